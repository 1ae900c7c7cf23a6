using CsCheck;
using McpBilling.Pricing;

namespace McpBilling.Tests.Pricing;

/// <summary>Random valid definitions and the numbers that go with them: round ones that meet bounds, and ones with twelve decimals.</summary>
internal static class PriceDefinitions
{
    public static readonly Gen<decimal> Quantities = Gen.OneOf(
        Gen.Int[0, 30].Select(i => (decimal)i),
        Gen.Int[0, 300].Select(i => i / 10m),
        Gen.Long[0, 40_000_000_000_000].Select(u => u / 1_000_000_000_000m));

    public static readonly Gen<string> Rows = Gen.OneOf(Gen.Const("a"), Gen.Const("b"), Gen.Const("c"));

    private static readonly decimal[] RoundSizes = [1m, 10m, 60m, 3m, 0.7m, 1000m];
    // Not below a hundredth: with twelve digits kept, dividing by less would leave 64 bits now and then.
    private static readonly Gen<decimal> Sizes = Gen.OneOf(Gen.Int[0, 5].Select(i => RoundSizes[i]), Gen.Long[10_000_000_000, 30_000_000_000_000].Select(u => u / 1_000_000_000_000m));
    private static readonly Gen<decimal> Money = Gen.OneOf(Gen.Int[0, 500].Select(i => i / 100m), Gen.Long[0, 5_000_000_000_000].Select(u => u / 1_000_000_000_000m));

    public static readonly Gen<PriceDefinition> Cumulative = WithTerms(Gen.OneOf(
        Gen.Select(Money, Maybe(Sizes)).Select((price, per) => Named("per_unit") with { UnitPrice = price, Per = per }),
        Money.Select(amount => Named("flat") with { Amount = amount }),
        Gen.Select(TiersOf(Money, Money, Unit), Maybe(Sizes), Gen.OneOf(Gen.Const("graduated"), Gen.Const("volume"))).Select((tiers, per, model) => Named(model) with { Tiers = tiers, Per = per }),
        TiersOf(Money, Money, (up, _, flat) => new PriceTier { UpTo = up, FlatPrice = flat }).Select(tiers => Named("stairstep") with { Tiers = tiers }),
        TiersOf(Money, Money, (up, rate, flat) => new PriceTier { UpTo = up, Percent = rate, FlatPrice = flat }).Select(tiers => Named("graduated_percentage") with { Tiers = tiers }),
        Gen.Select(Sizes, Money).Select((size, price) => Named("package") with { PackageSize = size, PackagePrice = price })));

    public static readonly Gen<PriceDefinition> CostPlus = WithTerms(Gen.Select(Gen.OneOf(Gen.Int[0, 200].Select(i => (decimal)i), Money), Maybe(Money))
        .Select((markup, fee) => Named("cost_plus") with { MarkupPercent = markup, FixedPerEvent = fee }));

    public static readonly Gen<PriceDefinition> PerEvent = Gen.OneOf(
        CostPlus,
        WithTerms(Gen.Select(Money, Money, Money, Maybe(Sizes)).Select((a, b, rest, per) => Named("matrix") with
        {
            Dimensions = ["row"],
            Rows = [new MatrixRow { Values = ["a"], UnitPrice = a }, new MatrixRow { Values = ["b"], UnitPrice = b }],
            Default = rest,
            Per = per,
        })),
        Gen.Select(Gen.Select(Money, Maybe(Money), Maybe(Money), Maybe(Money)), Maybe(Gen.Long[0, 4]), Maybe(Quantities), Maybe(Money), Gen.Enum<QuantityRounding>())
            .Select((fees, events, amount, cap, rounding) => Named("percentage") with
            {
                Percent = fees.Item1,
                FixedPerEvent = fees.Item2,
                MinPerEvent = fees.Item3,
                MaxPerEvent = fees.Item4 + (fees.Item3 ?? 0),
                FreeEvents = events,
                FreeAmount = amount,
                MaxPerPeriod = cap * 5,
                QuantityRounding = rounding,
            }));

    public static readonly Gen<PriceDefinition> Any = Gen.OneOf(Cumulative, PerEvent);

    private static PriceDefinition Named(string model) => new() { Id = "p", Meter = "m", Asset = "usd", Model = model };

    private static PriceTier Unit(decimal? upTo, decimal rate, decimal flat) => new() { UpTo = upTo, UnitPrice = rate, FlatPrice = flat };

    private static Gen<T?> Maybe<T>(Gen<T> gen)
        where T : struct => Gen.Select(Gen.Bool, gen).Select((there, value) => there ? (T?)value : null);

    private static Gen<IReadOnlyList<PriceTier>> TiersOf(Gen<decimal> rates, Gen<decimal> flats, Func<decimal?, decimal, decimal, PriceTier> tier) =>
        Gen.Select(Quantities.Where(q => q > 0).Array[0, 4], Gen.Select(rates, flats).Array[5]).Select((bounds, prices) =>
        {
            decimal?[] ascending = [.. bounds.Distinct().Order().Select(b => (decimal?)b), null];
            return (IReadOnlyList<PriceTier>)[.. ascending.Select((up, i) => tier(up, prices[i].Item1, prices[i].Item2))];
        });

    private static Gen<PriceDefinition> WithTerms(Gen<PriceDefinition> gen) =>
        Gen.Select(gen, Maybe(Quantities), Maybe(Money), Gen.Enum<QuantityRounding>()).Select((d, free, cap, rounding) =>
            d with { FreeUnits = free, MaxPerPeriod = cap * 10, QuantityRounding = rounding });
}
