using McpBilling.Money;

namespace McpBilling.Pricing;

/// <summary><c>stairstep</c>: the flat price of the tier that q lies in, and nothing else.</summary>
public sealed class StairstepPrice : CumulativeModel
{
    private readonly Tiers _tiers;

    private StairstepPrice(Tiers tiers) => _tiers = tiers;

    public override Exact Total(Exact quantity) => quantity.Sign > 0 ? _tiers.Of(quantity).Flat : Exact.Zero;

    internal static StairstepPrice Read(PriceFields fields) => new(Tiers.ReadFlatPrices(fields));
}
