using McpBilling.Money;

namespace McpBilling.Pricing;

/// <summary><c>graduated</c>: each part of q at its own tier's unit price; a tier's flat price once, when q passes into it.</summary>
public sealed class GraduatedPrice : CumulativeModel
{
    private readonly Tiers _tiers;

    private GraduatedPrice(Tiers tiers) => _tiers = tiers;

    public override Exact Total(Exact quantity) => _tiers.EachPartAtItsOwn(quantity);

    internal static GraduatedPrice Read(PriceFields fields) => new(Tiers.ReadUnitPrices(fields));
}
