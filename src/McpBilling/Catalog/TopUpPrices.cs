using McpBilling.Money;

namespace McpBilling.Catalog;

/// <summary>What credit a payment buys.</summary>
public static class TopUpPrices
{
    /// <summary>The currency's least coin by ISO 4217: 0.01 for usd, 1 for jpy, 0.001 for kwd.</summary>
    public static decimal Coin(Asset currency)
    {
        decimal coin = 1;
        for (int i = 0; i < currency.MinorDigits; i++)
        {
            coin /= 10;
        }
        return coin;
    }

    /// <summary>Units of the asset for a paid amount, rounded half to even as every charge is; null: more than 64 bits hold.</summary>
    public static long? CreditOf(FreeTopUp free, decimal paid, Asset asset)
    {
        try
        {
            decimal units = decimal.Round(checked(paid * free.Rate * asset.UnitsPerWhole), 0, MidpointRounding.ToEven);
            return units <= long.MaxValue ? (long)units : null;
        }
        catch (OverflowException)
        {
            return null;
        }
    }
}
