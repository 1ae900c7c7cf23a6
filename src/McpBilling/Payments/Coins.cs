using McpBilling.Catalog;
using McpBilling.Money;

namespace McpBilling.Payments;

/// <summary>Money as it can be paid.</summary>
public static class Coins
{
    /// <summary>The greatest amount, not above this one, that a processor can pay: some count in coarser coins than ISO 4217 says.</summary>
    public static Amount Floor(Amount amount, ProcessorCapabilities can)
    {
        ArgumentNullException.ThrowIfNull(can);
        long coin = (long)(TopUpPrices.Coin(amount.Asset) * amount.Asset.UnitsPerWhole);
        for (int digit = 0; digit < 3; digit++, coin *= 10)
        {
            var floor = new Amount(amount.Asset, amount.Units / coin * coin);
            if (floor.Units > 0 && can.CanPay(floor))
            {
                return floor;
            }
        }
        return Amount.Zero(amount.Asset);
    }
}
