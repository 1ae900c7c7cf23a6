using McpBilling.Money;
using McpBilling.Pricing;

namespace McpBilling.Tests.Pricing;

/// <summary>The worked examples of pricing.md and what they imply for single events.</summary>
public class PriceTests
{
    private const string PerUnit = """{"model":"per_unit","unit_price":"0.04"}""";
    private const string PerMillion = """{"model":"per_unit","unit_price":"3","per":"1000000"}""";
    private const string PerHour = """{"model":"per_unit","unit_price":"1","per":"3600"}""";
    private const string Flat = """{"model":"flat","amount":"9.50"}""";
    private const string Graduated = """{"model":"graduated","tiers":[{"up_to":"10","unit_price":"1"},{"up_to":"20","unit_price":"0.5"},{"up_to":null,"unit_price":"0.1"}]}""";
    private const string GraduatedFlat = """{"model":"graduated","tiers":[{"up_to":"10","unit_price":"1","flat_price":"2"},{"up_to":null,"unit_price":"0.5","flat_price":"5"}]}""";
    private const string Volume = """{"model":"volume","tiers":[{"up_to":"10","unit_price":"1"},{"up_to":"20","unit_price":"0.5"},{"up_to":null,"unit_price":"0.1"}]}""";
    private const string VolumeFlat = """{"model":"volume","tiers":[{"up_to":"5","flat_price":"100"},{"up_to":"10","flat_price":"150"},{"up_to":null,"unit_price":"5"}]}""";
    private const string Stairstep = """{"model":"stairstep","tiers":[{"up_to":"10","flat_price":"5"},{"up_to":"100","flat_price":"20"},{"up_to":null,"flat_price":"50"}]}""";
    private const string Package = """{"model":"package","package_size":"1000","package_price":"0.20"}""";
    private const string PackageFree = """{"model":"package","package_size":"1000","package_price":"0.20","free_units":"100"}""";
    private const string Percentage = """{"model":"percentage","percent":"2.9","fixed_per_event":"0.30","min_per_event":"0.50"}""";
    private const string GraduatedPercentage = """{"model":"graduated_percentage","tiers":[{"up_to":"100","percent":"20","flat_price":"10"},{"up_to":"200","percent":"30","flat_price":"7"},{"up_to":null,"percent":"40","flat_price":"5"}]}""";
    private const string GraduatedPerThousand = """{"model":"graduated","per":"1000","tiers":[{"up_to":"2000","unit_price":"1"},{"up_to":null,"unit_price":"0.5"}]}""";
    private const string RoundedUp = """{"model":"per_unit","unit_price":"2","per":"60","quantity_rounding":"up"}""";
    private const string RoundedNearest = """{"model":"per_unit","unit_price":"2","per":"60","quantity_rounding":"nearest"}""";
    private const string RoundedAfterFree = """{"model":"per_unit","unit_price":"1","free_units":"0.5","quantity_rounding":"up"}""";
    private const string RoundedTiers = """{"model":"graduated","quantity_rounding":"up","tiers":[{"up_to":"10","unit_price":"1"},{"up_to":null,"unit_price":"0.5"}]}""";
    private const string FreeTiers = """{"model":"graduated","free_units":"3","tiers":[{"up_to":"10","unit_price":"1"},{"up_to":null,"unit_price":"0.5"}]}""";
    private const string FlatAfterFree = """{"model":"flat","amount":"4","free_units":"10"}""";
    private const string CappedUnit = """{"model":"per_unit","unit_price":"1","max_per_period":"5"}""";
    private const string GraduatedCase = """{"model":"graduated","tiers":[{"up_to":"5","unit_price":"0","flat_price":"100"},{"up_to":"10","flat_price":"50"},{"up_to":"15","unit_price":"5"},{"up_to":null,"unit_price":"1"}]}""";

    [Theory]
    [InlineData(PerUnit, "3", "0.12")]
    [InlineData(PerMillion, "1", "0.000003")]
    [InlineData(PerMillion, "1500000", "4.50")]
    [InlineData(PerHour, "3600", "1.00")]
    [InlineData(PerHour, "1", "0.000277778")]
    [InlineData(Flat, "0.001", "9.50")]
    [InlineData(Flat, "1000", "9.50")]
    [InlineData(Graduated, "10", "10.00")]
    [InlineData(Graduated, "10.5", "10.25")]
    [InlineData(Graduated, "11", "10.50")]
    [InlineData(Graduated, "20", "15.00")]
    [InlineData(Graduated, "25", "15.50")]
    [InlineData(GraduatedFlat, "1", "3.00")]
    [InlineData(GraduatedFlat, "10", "12.00")]
    [InlineData(GraduatedFlat, "10.000000000001", "17.00")]
    [InlineData(GraduatedFlat, "11", "17.50")]
    [InlineData(Volume, "10", "10.00")]
    [InlineData(Volume, "11", "5.50")]
    [InlineData(Volume, "25", "2.50")]
    [InlineData(VolumeFlat, "7", "150.00")]
    [InlineData(VolumeFlat, "11", "55.00")]
    [InlineData(Stairstep, "10", "5.00")]
    [InlineData(Stairstep, "11", "20.00")]
    [InlineData(Stairstep, "101", "50.00")]
    [InlineData(Package, "1", "0.20")]
    [InlineData(Package, "1000", "0.20")]
    [InlineData(Package, "1001", "0.40")]
    [InlineData(PackageFree, "100", "0.00")]
    [InlineData(PackageFree, "101", "0.20")]
    [InlineData(PackageFree, "1100", "0.20")]
    [InlineData(PackageFree, "1101", "0.40")]
    [InlineData(Percentage, "5", "0.50")]
    [InlineData(Percentage, "100", "3.20")]
    [InlineData(Percentage, "0", "0.50")]
    [InlineData(GraduatedPercentage, "450", "172.00")]
    [InlineData(GraduatedPerThousand, "3000", "2.50")]
    [InlineData(RoundedUp, "61", "4.00")]
    [InlineData(RoundedUp, "60", "2.00")]
    [InlineData(RoundedNearest, "89.999999", "2.00")]
    [InlineData(RoundedNearest, "90", "4.00")]
    [InlineData(RoundedNearest, "29", "0.00")]
    [InlineData(RoundedAfterFree, "1.6", "2.00")]
    [InlineData(RoundedTiers, "10.1", "10.50")]
    [InlineData(FreeTiers, "14", "10.50")]
    [InlineData(FlatAfterFree, "10", "0.00")]
    [InlineData(FlatAfterFree, "10.1", "4.00")]
    [InlineData(CappedUnit, "7", "5.00")]
    public void One_event_costs_what_the_table_says(string price, string quantity, string cost)
    {
        var book = new PeriodBook(Prices.Of(price), Prices.Usd);
        Assert.Equal(cost, Text(book.Add(decimal.Parse(quantity))));
    }

    [Theory]
    [InlineData(PerUnit), InlineData(Flat), InlineData(GraduatedFlat), InlineData(Volume), InlineData(VolumeFlat), InlineData(Stairstep)]
    [InlineData(Package), InlineData(GraduatedPercentage), InlineData(RoundedUp)]
    public void No_usage_costs_nothing(string price)
    {
        var book = new PeriodBook(Prices.Of(price), Prices.Usd);
        Assert.Equal(0, book.Add(0));
    }

    [Theory]
    [InlineData(GraduatedFlat, "1 1 1 1 1 1 1 1 1 1 1", "3.00 1.00 1.00 1.00 1.00 1.00 1.00 1.00 1.00 1.00 5.50")]
    [InlineData(Volume, "1 1 1 1 1 1 1 1 1 1 1", "1.00 1.00 1.00 1.00 1.00 1.00 1.00 1.00 1.00 1.00 -4.50")]
    [InlineData(Package, "1 998 1 1", "0.20 0.00 0.00 0.20")]
    [InlineData(PackageFree, "100 1 999 1", "0.00 0.20 0.00 0.20")]
    [InlineData(GraduatedPercentage, "50 100 300", "20.00 32.00 120.00")]
    [InlineData(GraduatedCase, "12 10", "160.00 22.00")]
    [InlineData(GraduatedCase, "7 1", "150.00 0.00")]
    [InlineData(VolumeFlat, "5 2", "100.00 50.00")]
    [InlineData(CappedUnit, "3 3 3", "3.00 2.00 0.00")]
    [InlineData(PerHour, "1 1 1", "0.000277778 0.000277778 0.000277777")]
    [InlineData(RoundedUp, "30 30 1", "2.00 0.00 2.00")]
    public void Each_event_costs_what_it_adds(string price, string quantities, string charges)
    {
        var book = new PeriodBook(Prices.Of(price), Prices.Usd);
        Assert.Equal(charges, string.Join(' ', quantities.Split(' ').Select(q => Text(book.Add(decimal.Parse(q))))));
    }

    [Theory]
    [InlineData("""{"model":"volume","max_per_period":"100","tiers":[{"up_to":"15","unit_price":"10"},{"up_to":null,"unit_price":"5"}]}""", "15 1", "100.00! -20.00")]
    [InlineData("""{"model":"per_unit","unit_price":"10","max_per_period":"100"}""", "9 1 1", "90.00 10.00! 0.00!")]
    [InlineData("""{"model":"percentage","percent":"10","max_per_period":"15"}""", "100 100", "10.00 5.00!")]
    public void A_cap_that_is_reached_is_told(string price, string quantities, string charges)
    {
        var book = new PeriodBook(Prices.Of(price), Prices.Usd);
        Assert.Equal(charges, string.Join(' ', quantities.Split(' ').Select(q => Text(book.Add(decimal.Parse(q))) + (book.Capped ? "!" : ""))));
    }

    // wallets.md, G: graduated 0.10 to 1 unit, then 0.05.
    [Fact]
    public void A_reversal_gives_back_what_the_period_no_longer_owes()
    {
        var book = new PeriodBook(Prices.Of("""{"model":"graduated","tiers":[{"up_to":"1","unit_price":"0.10"},{"up_to":null,"unit_price":"0.05"}]}"""), Prices.Usd);
        book.Add(1);
        book.Add(1);
        Assert.Equal("-0.05", Text(book.Remove(0, 1)));
        Assert.Equal("-0.10", Text(book.Remove(0, 1)));
        Assert.Equal(0, book.Charged);
    }

    [Fact]
    public void A_meter_of_the_latest_value_may_lower_the_price()
    {
        var price = Prices.Of(PerUnit);
        var ten = price.Add(price.Start(null), 10, Prices.NoProperties, Prices.Usd)!.Value;
        var four = price.Add(ten.After, 4, Prices.NoProperties, Prices.Usd)!.Value;
        Assert.Equal("0.40 -0.24", $"{Text(ten.Charge)} {Text(four.Charge)}");
    }

    [Fact]
    public void A_new_version_goes_on_from_the_periods_quantity_and_never_charges_it()
    {
        var old = new PeriodBook(Prices.Of(PerUnit), Prices.Usd);
        old.Add(10);
        var book = new PeriodBook(Prices.Of(Graduated), Prices.Usd, old.State);
        Assert.Equal("0.50", Text(book.Add(1)));
        Assert.Equal(11m, book.State.Quantity);
        book.Remove(0, 1);
        Assert.Equal(0, book.Charged);
    }

    [Fact]
    public void A_version_that_does_not_carry_starts_at_zero()
    {
        var book = new PeriodBook(Prices.Of(Graduated), Prices.Usd);
        Assert.Equal("1.00", Text(book.Add(1)));
    }

    [Fact]
    public void A_new_percentage_version_goes_on_with_the_allowances_and_the_cap()
    {
        var old = new PeriodBook(Prices.Of("""{"model":"percentage","percent":"10","free_events":1}"""), Prices.Usd);
        old.Add(50);
        old.Add(70);
        var book = new PeriodBook(Prices.Of("""{"model":"percentage","percent":"20","free_events":2,"max_per_period":"10"}"""), Prices.Usd, old.State);
        Assert.Equal("2.00", Text(book.Add(10)));
        Assert.Equal("1.00", Text(book.Add(10)));
        book.Remove(0, 10);
        book.Remove(0, 10);
        Assert.Equal(0, book.Charged);
    }

    [Fact]
    public void Beyond_64_bits_is_an_overflow_and_not_a_wrong_charge()
    {
        var price = Prices.Of("""{"model":"per_unit","unit_price":"1000000"}""");
        Assert.Throws<OverflowException>(() => price.Add(price.Start(null), 1_000_000m, Prices.NoProperties, Prices.Usd));
    }

    [Fact]
    public void An_asset_that_rounds_half_up_does_so_away_from_zero()
    {
        var credits = new Asset("credits", "Credits", 0, 0, Rounding.HalfUp);
        var book = new PeriodBook(Prices.Of("""{"model":"per_unit","unit_price":"0.5"}"""), credits);
        Assert.Equal([1, 0, 1, 0], Enumerable.Range(0, 4).Select(_ => book.Add(1)!.Value));
        var even = new PeriodBook(Prices.Of("""{"model":"per_unit","unit_price":"0.5"}"""), credits with { Rounding = Rounding.HalfEven });
        Assert.Equal([0, 1, 1, 0], Enumerable.Range(0, 4).Select(_ => even.Add(1)!.Value));
    }

    [Theory]
    [InlineData("", HoldKind.Estimate, null)]
    [InlineData(""","hold_policy":{"kind":"estimate"}""", HoldKind.Estimate, null)]
    [InlineData(""","hold_policy":{"kind":"flat","amount":"0.25"}""", HoldKind.Flat, "0.25")]
    [InlineData(""","hold_policy":{"kind":"max"}""", HoldKind.Max, null)]
    [InlineData(""","hold_policy":{"kind":"max","amount":"2"}""", HoldKind.Max, "2")]
    [InlineData(""","hold_policy":{"kind":"learned","amount":"0.5"}""", HoldKind.Learned, "0.5")]
    [InlineData(""","hold_policy":{"kind":"learned"}""", HoldKind.Learned, null)]
    public void A_hold_policy_is_read_with_its_amount(string policy, HoldKind kind, string? amount) =>
        Assert.Equal(new HoldRule(kind, amount is null ? null : decimal.Parse(amount)), Prices.Of("{\"model\":\"per_unit\",\"unit_price\":\"1\"" + policy + "}").Hold);

    private static string Text(long? units) => new Amount(Prices.Usd, units!.Value).ToString();
}
