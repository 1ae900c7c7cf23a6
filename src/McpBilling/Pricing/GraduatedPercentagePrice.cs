using McpBilling.Money;

namespace McpBilling.Pricing;

/// <summary><c>graduated_percentage</c>: each part of the period's amount at its tier's percent; a tier's flat price once, when the amount passes into it.</summary>
public sealed class GraduatedPercentagePrice : CumulativeModel
{
    private readonly Tiers _tiers;

    private GraduatedPercentagePrice(Tiers tiers) => _tiers = tiers;

    public override Exact Total(Exact quantity) => _tiers.EachPartAtItsOwn(quantity);

    internal static GraduatedPercentagePrice Read(PriceFields fields) => new(Tiers.ReadPercents(fields));
}
