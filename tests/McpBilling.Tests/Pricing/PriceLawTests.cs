using CsCheck;
using McpBilling.Money;
using McpBilling.Pricing;
using McpBilling.Tests.Money;

namespace McpBilling.Tests.Pricing;

/// <summary>The laws of rating as properties, against <see cref="PriceOracle"/>.</summary>
public class PriceLawTests
{
    private static readonly Gen<Asset> Assets = Gen.Select(Gen.Int[0, 12], Gen.Enum<Rounding>()).Select((scale, rounding) => new Asset("x", "X", scale, 0, rounding));

    private static readonly Gen<(decimal Quantity, string Row)[]> Events = Gen.Select(PriceDefinitions.Quantities, PriceDefinitions.Rows).Array[0, 12];

    [Fact]
    public void A_periods_charges_are_the_price_of_its_quantity() =>
        Gen.Select(PriceDefinitions.Any, Events, Assets).Sample((definition, events, asset) =>
        {
            var book = new PeriodBook(Prices.Of(definition), asset);
            var so_far = new List<PriceOracle.Event>();
            foreach (var (quantity, row) in events)
            {
                book.Add(quantity, Row(row));
                so_far.Add(new(quantity, row));
                Assert.Equal(Due(definition, PriceOracle.Period(definition, so_far), asset), book.Charged);
            }
        }, iter: 3_000);

    [Fact]
    public void The_price_of_one_quantity_is_exact() =>
        Gen.Select(PriceDefinitions.Cumulative, PriceDefinitions.Quantities).Sample((definition, quantity) =>
        {
            var price = Prices.Of(definition);
            var total = price.Add(price.Start(null), quantity, Prices.NoProperties, Prices.Usd)!.Value.After.Total;
            Assert.True(Fraction.Of(total).Same(PriceOracle.Cumulative(definition, quantity)));
        }, iter: 20_000);

    [Fact]
    public void Law_8_holds_whatever_is_taken_back_in_any_order() =>
        Gen.Select(PriceDefinitions.Any, Gen.Select(PriceDefinitions.Quantities, PriceDefinitions.Rows, Gen.Int[0, 99], Gen.Int[1, 4]).Array[1, 20], Assets)
            .Sample((definition, steps, asset) =>
            {
                var book = new PeriodBook(Prices.Of(definition), asset);
                foreach (var (quantity, row, choice, quarters) in steps)
                {
                    if (choice < 55 || book.Count == 0)
                    {
                        book.Add(quantity, Row(row));
                    }
                    else
                    {
                        int index = choice % book.Count;
                        decimal left = book.Remaining.ElementAt(index).Left;
                        decimal part = quarters == 4 ? left : decimal.Round(left * quarters / 4, 12);
                        book.Remove(index, part);
                    }
                    Assert.Equal(Due(definition, Owed(definition, book), asset), book.Charged);
                }
                while (book.Count > 0)
                {
                    book.Remove(0, book.Remaining.First().Left);
                }
                Assert.Equal(0, book.Charged);
                Assert.Equal(PeriodState.Empty, book.State);
            }, iter: 3_000);

    [Fact]
    public void A_carried_part_is_never_charged_again() =>
        Gen.Select(PriceDefinitions.Cumulative, PriceDefinitions.Any, Events, Events, Assets).Sample((old, next, before, after, asset) =>
        {
            var first = new PeriodBook(Prices.Of(old), asset);
            foreach (var (quantity, row) in before)
            {
                first.Add(quantity, Row(row));
            }
            var second = new PeriodBook(Prices.Of(next), asset, first.State);
            foreach (var (quantity, row) in after)
            {
                second.Add(quantity, Row(row));
            }
            if (!PriceOracle.IsPerEvent(next))
            {
                long carried = Due(next, PriceOracle.Cumulative(next, first.State.Quantity), asset);
                // A version cannot give back what another one charged: below what it carried it owes nothing.
                Assert.Equal(Math.Max(0, Due(next, PriceOracle.Cumulative(next, second.State.Quantity), asset) - carried), second.Charged);
            }
            while (second.Count > 0)
            {
                second.Remove(second.Count - 1, second.Remaining.Last().Left);
            }
            Assert.Equal(0, second.Charged);
            Assert.Equal(first.State.Quantity, second.State.Quantity);
        }, iter: 1_500);

    [Fact]
    public void A_cap_is_never_passed_and_only_ever_lowers_the_price() =>
        Gen.Select(PriceDefinitions.Any, Events).Sample((definition, events) =>
        {
            decimal cap = definition.MaxPerPeriod ?? 7;
            PeriodBook capped = new(Prices.Of(definition with { MaxPerPeriod = cap }), Prices.Usd), free = new(Prices.Of(definition with { MaxPerPeriod = null }), Prices.Usd);
            foreach (var (quantity, row) in events)
            {
                capped.Add(quantity, Row(row));
                free.Add(quantity, Row(row));
                long most = Exact.From(cap).ToUnits(Prices.Usd.Scale, Prices.Usd.Rounding);
                Assert.Equal(Math.Min(free.Charged, most), capped.Charged);
                Assert.Equal(capped.State.Total >= cap, capped.Capped);
            }
        }, iter: 1_500);

    [Fact]
    public void Prices_that_grow_with_use_never_give_anything_back() =>
        Gen.Select(PriceDefinitions.Any.Where(d => d.Model is not ("volume" or "stairstep")), Events).Sample((definition, events) =>
        {
            var book = new PeriodBook(Prices.Of(definition), Prices.Usd);
            Assert.All(events, e => Assert.True(book.Add(e.Quantity, Row(e.Row)) >= 0));
        }, iter: 1_500);

    [Fact]
    public void Twelve_decimals_times_ten_to_the_fifteenth_lose_nothing() =>
        Gen.Select(Gen.Long[0, 999_999_999_999], Gen.Long[1, 999_999_999_999], Gen.Long[1, 999_999_999_999]).Sample((fraction, price, per) =>
        {
            decimal quantity = 999_999_999_999_999m + fraction / 1_000_000_000_000m;
            var definition = new PriceDefinition { Id = "p", Meter = "m", Asset = "usd", Model = "per_unit", UnitPrice = price / 1_000_000_000_000m, Per = 1_000 + per / 1_000_000_000_000m };
            var credits = new Asset("credits", "Credits", 2, 0);
            var book = new PeriodBook(Prices.Of(definition), credits);
            book.Add(quantity);
            Assert.Equal(Due(definition, PriceOracle.Cumulative(definition, quantity), credits), book.Charged);
            Assert.Equal(quantity, PeriodState.Parse(book.State.ToText()).Quantity);
        }, iter: 5_000);

    [Fact]
    public void Costs_of_eighteen_decimals_up_to_ten_billion_dollars_lose_nothing() =>
        Gen.Select(PriceDefinitions.CostPlus.Select(d => d with { QuantityRounding = QuantityRounding.None }), Gen.Select(Gen.Long[0, 999_999_999], Gen.Long[0, 999_999_999_999_999_999]).Array[1, 10])
            .Sample((definition, costs) =>
            {
                var book = new PeriodBook(Prices.Of(definition with { MaxPerPeriod = null }), new Asset("usd", "US dollars", 6, 2));
                var so_far = new List<PriceOracle.Event>();
                foreach (var (dollars, rest) in costs)
                {
                    decimal cost = dollars + rest / 1_000_000_000_000_000_000m;
                    book.Add(cost, Row("a"));
                    so_far.Add(new(cost));
                    Assert.Equal((long)PriceOracle.Period(definition, so_far).Rounded(6, Rounding.HalfEven), book.Charged);
                }
                while (book.Count > 0)
                {
                    // A third first, where there is one.
                    decimal third = decimal.Round(book.Remaining.First().Left / 3, 18);
                    if (third > 0)
                    {
                        book.Remove(0, third);
                    }
                    book.Remove(0, book.Remaining.First().Left);
                }
                Assert.Equal((0L, PeriodState.Empty), (book.Charged, book.State));
            }, iter: 1_000);

    private static Fraction Owed(PriceDefinition definition, PeriodBook book) =>
        PriceOracle.IsPerEvent(definition)
            ? book.Remaining.Aggregate(Fraction.Zero, (sum, e) => sum + PriceOracle.Fee(definition, e.QuantityBefore, e.EventsBefore, new(e.Left, e.Properties["row"])))
            : PriceOracle.Cumulative(definition, book.State.Quantity);

    private static long Due(PriceDefinition definition, Fraction total, Asset asset)
    {
        var cap = definition.MaxPerPeriod is { } most ? Fraction.Of(most) : total;
        return (long)(total > cap ? cap : total).Rounded(asset.Scale, asset.Rounding);
    }

    private static Dictionary<string, string> Row(string row) => new() { ["row"] = row };
}
