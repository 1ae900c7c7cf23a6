using McpBilling.Money;

namespace McpBilling.Pricing;

/// <summary><c>volume</c>: all of q at the tier that q lies in, plus that tier's flat price. The total may fall as q grows.</summary>
public sealed class VolumePrice : CumulativeModel
{
    private readonly Tiers _tiers;

    private VolumePrice(Tiers tiers) => _tiers = tiers;

    public override Exact Total(Exact quantity)
    {
        if (quantity.Sign <= 0)
        {
            return Exact.Zero;
        }
        var tier = _tiers.Of(quantity);
        return quantity * tier.Rate + tier.Flat;
    }

    internal static VolumePrice Read(PriceFields fields) => new(Tiers.ReadUnitPrices(fields));
}
