using McpBilling.Money;

namespace McpBilling.Tests.Pricing;

/// <summary>Percentage and matrix: what one event costs depends on the events before it, and stays so when those are reversed.</summary>
public class PerEventPriceTests
{
    private const string Matrix =
        """{"model":"matrix","dimensions":["model","size"],"rows":[{"values":["flux","hd"],"unit_price":"0.08"},{"values":["flux","sd"],"unit_price":"0.04"}]}""";

    // Fees that Lago's own tests expect (its percentage charge model), by the events' amounts.
    [Theory]
    [InlineData("""{"percent":"1.3","fixed_per_event":"2","free_events":"3","free_amount":"250"}""", "50 100 250 400", "0.00 0.00 3.95 7.20")]
    [InlineData("""{"percent":"1.3","fixed_per_event":"2","free_amount":"250"}""", "50 100 250 400", "0.00 0.00 3.95 7.20")]
    [InlineData("""{"percent":"1.3","fixed_per_event":"2","free_units":"250"}""", "50 100 250 400", "0.00 0.00 3.95 7.20")]
    [InlineData("""{"percent":"1.3","fixed_per_event":"2","free_events":"3"}""", "50 100 250 400", "0.00 0.00 0.00 7.20")]
    [InlineData("""{"percent":"1.3","fixed_per_event":"2","free_events":"3","free_amount":"500"}""", "50 100 250 400", "0.00 0.00 0.00 7.20")]
    [InlineData("""{"percent":"1.3","fixed_per_event":"2"}""", "50 100 250 400", "2.65 3.30 5.25 7.20")]
    [InlineData("""{"percent":"2.99","min_per_event":"1.75","max_per_event":"12"}""", "10 80 10000", "1.75 2.392 12.00")]
    [InlineData("""{"percent":"2.99","fixed_per_event":"2","min_per_event":"1.75","max_per_event":"12"}""", "10 80 10000", "2.299 4.392 12.00")]
    [InlineData("""{"percent":"2.99","free_events":"2","min_per_event":"1.75","max_per_event":"12"}""", "10 80 10000", "0.00 0.00 12.00")]
    [InlineData("""{"percent":"2.99","free_amount":"30","min_per_event":"1.75","max_per_event":"12"}""", "10 80 10000", "0.00 1.794 12.00")]
    [InlineData("""{"percent":"1","fixed_per_event":"5","free_events":"3","free_amount":"15"}""", "1 1 1 1", "0.00 0.00 0.00 5.01")]
    [InlineData("""{"percent":"1","fixed_per_event":"5","free_events":"3","free_amount":"15"}""", "10 10", "0.00 5.05")]
    [InlineData("""{"percent":"1","fixed_per_event":"5","free_amount":"15"}""", "15 0 1", "0.00 5.00 5.01")]
    [InlineData("""{"percent":"1","fixed_per_event":"5","free_events":"1"}""", "0 0", "0.00 5.00")]
    [InlineData("""{"percent":"100"}""", "0.37", "0.37")]
    [InlineData("""{"percent":"10","quantity_rounding":"up"}""", "0.4 0.4 0.4", "0.10 0.00 0.10")]
    public void Each_payment_pays_its_own_fee(string terms, string amounts, string fees)
    {
        var book = new PeriodBook(Prices.Of("""{"model":"percentage",""" + terms[1..]), Prices.Usd);
        Assert.Equal(fees, string.Join(' ', amounts.Split(' ').Select(a => Text(book.Add(decimal.Parse(a))))));
    }

    // pricing.md's example first. A free event pays no fixed fee; the one that crosses pays it whole.
    [Theory]
    [InlineData("""{"markup_percent":"30"}""", "0.010500", "0.01365")]
    [InlineData("""{"markup_percent":"0"}""", "0.010500 0", "0.0105 0.00")]
    [InlineData("""{"markup_percent":"30","fixed_per_event":"0.002"}""", "0.0105 0 1", "0.01565 0.002 1.302")]
    [InlineData("""{"markup_percent":"12.5"}""", "0.000000000001 0.000000000999", "0.00 0.000000001")]
    [InlineData("""{"markup_percent":"50","fixed_per_event":"1","free_units":"2"}""", "1.5 0.5 0 0.5 1.5", "0.00 0.00 1.00 1.75 3.25")]
    [InlineData("""{"markup_percent":"50","fixed_per_event":"1","free_units":"2"}""", "1.5 1.5", "0.00 2.50")]
    [InlineData("""{"markup_percent":"100","max_per_period":"3"}""", "1 1 1", "2.00 1.00 0.00")]
    [InlineData("""{"markup_percent":"10","quantity_rounding":"up"}""", "0.4 0.4 0.4", "1.10 0.00 1.10")]
    public void Each_use_pays_its_cost_and_the_markup(string terms, string costs, string charges)
    {
        var book = new PeriodBook(Prices.Of("""{"model":"cost_plus",""" + terms[1..]), Prices.Usd);
        Assert.Equal(charges, string.Join(' ', costs.Split(' ').Select(c => Text(book.Add(decimal.Parse(c))))));
    }

    [Fact]
    public void Reversing_a_free_event_leaves_the_fees_of_the_others_as_they_were_decided()
    {
        var book = new PeriodBook(Prices.Of("""{"model":"percentage","percent":"1","fixed_per_event":"5","free_events":1}"""), Prices.Usd);
        book.Add(100);
        book.Add(200);
        Assert.Equal("0.00", Text(book.Remove(0, 100)));
        Assert.Equal("-1.00", Text(book.Remove(0, 100)));
        Assert.Equal("6.00", Text(book.Charged));
        Assert.Equal("-6.00", Text(book.Remove(0, 100)));
    }

    [Theory]
    [InlineData("flux", "hd", "0.16")]
    [InlineData("flux", "sd", "0.08")]
    [InlineData("flux", "4k", null)]
    [InlineData("Flux", "hd", null)]
    [InlineData("fluxh", "d", null)]
    [InlineData("flux", null, null)]
    public void A_matrix_charges_by_its_row(string model, string? size, string? cost)
    {
        var properties = new Dictionary<string, string> { ["model"] = model, ["other"] = "x" };
        if (size is not null)
        {
            properties["size"] = size;
        }
        long? charge = new PeriodBook(Prices.Of(Matrix), Prices.Usd).Add(2, properties);
        Assert.Equal(cost, charge is null ? null : Text(charge));
    }

    [Fact]
    public void A_matrix_falls_back_to_its_default()
    {
        var price = Prices.Of("""{"model":"matrix","dimensions":["model"],"per":"1000","default":"5","rows":[{"values":["flux"],"unit_price":"1"}]}""");
        var book = new PeriodBook(price, Prices.Usd);
        Assert.Equal("2.00", Text(book.Add(2000, new Dictionary<string, string> { ["model"] = "flux" })));
        Assert.Equal("10.00", Text(book.Add(2000, new Dictionary<string, string> { ["model"] = "sdxl" })));
        Assert.Equal("10.00", Text(book.Add(2000)));
    }

    [Fact]
    public void Free_units_of_a_matrix_go_to_the_first_units_whatever_their_row()
    {
        var price = Prices.Of("""{"model":"matrix","dimensions":["m"],"free_units":"10","rows":[{"values":["a"],"unit_price":"1"},{"values":["b"],"unit_price":"2"}]}""");
        var book = new PeriodBook(price, Prices.Usd);
        Dictionary<string, string> a = new() { ["m"] = "a" }, b = new() { ["m"] = "b" };
        Assert.Equal("0.00 2.00 4.00", $"{Text(book.Add(8, a))} {Text(book.Add(3, b))} {Text(book.Add(2, b))}");
        Assert.Equal("-2.00", Text(book.Remove(1, 2)));
    }

    [Fact]
    public void An_event_that_lowers_the_quantity_has_no_amount_of_its_own()
    {
        var price = Prices.Of("""{"model":"percentage","percent":"10","fixed_per_event":"1"}""");
        var high = price.Add(price.Start(null), 100, Prices.NoProperties, Prices.Usd)!.Value;
        var low = price.Add(high.After, 40, Prices.NoProperties, Prices.Usd)!.Value;
        Assert.Equal("11.00 1.00", $"{Text(high.Charge)} {Text(low.Charge)}");
    }

    private static string Text(long? units) => new Amount(Prices.Usd, units!.Value).ToString();
}
