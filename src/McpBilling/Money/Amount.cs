namespace McpBilling.Money;

/// <summary>An exact sum of one asset: a whole number of 10^-scale of it. Amounts of different assets don't add.</summary>
/// <param name="Asset">What is counted.</param>
/// <param name="Units">Signed count of 10^-<see cref="Money.Asset.Scale"/>.</param>
/// <exception cref="OverflowException">Arithmetic beyond 64 bits.</exception>
/// <exception cref="InvalidOperationException">Two amounts of different assets were added or compared.</exception>
public readonly record struct Amount(Asset Asset, long Units)
{
    public static Amount Zero(Asset asset) => new(asset, 0);

    public static Amount operator +(Amount a, Amount b) => new(Same(a, b), checked(a.Units + b.Units));
    public static Amount operator -(Amount a, Amount b) => new(Same(a, b), checked(a.Units - b.Units));
    public static Amount operator -(Amount a) => new(a.Asset, checked(-a.Units));

    /// <summary>Reads plain decimal text such as <c>12.50</c>. False when it has more digits than the scale holds, or overflows.</summary>
    public static bool TryFrom(Asset asset, decimal value, out Amount amount)
    {
        amount = Zero(asset);
        decimal units;
        try
        {
            units = value * asset.UnitsPerWhole;
        }
        catch (OverflowException)
        {
            return false;
        }
        // System.Decimal rounds silently beyond 28 digits, so the result is only trusted when it divides back exactly.
        if (units != decimal.Truncate(units) || units > long.MaxValue || units < long.MinValue || units / asset.UnitsPerWhole != value)
        {
            return false;
        }
        amount = new(asset, (long)units);
        return true;
    }

    /// <summary>The exact decimal value in whole assets.</summary>
    public decimal ToDecimal() => (decimal)Units / Asset.UnitsPerWhole;

    /// <summary>Decimal text without needless zeros, but never fewer digits than the currency shows (<c>0.04</c>, <c>100.00</c>, <c>0.0105</c>).</summary>
    public override string ToString() => AmountText.Format(Units, Asset.Scale, Asset.MinorDigits);

    private static Asset Same(Amount a, Amount b) =>
        a.Asset.Id == b.Asset.Id ? a.Asset : throw new InvalidOperationException($"{a.Asset.Id} and {b.Asset.Id} don't add");
}
