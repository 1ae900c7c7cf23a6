namespace McpBilling.Money;

/// <summary>How a charge is rounded to its asset's scale.</summary>
public enum Rounding
{
    /// <summary>A tie goes to the even neighbour (the default; DESIGN, Numbers).</summary>
    HalfEven,

    /// <summary>A tie goes away from zero.</summary>
    HalfUp,
}

/// <summary>What a balance is counted in: an ISO 4217 currency (<c>usd</c>) or a declared unit (<c>credits</c>).</summary>
/// <param name="Id">Lower-case id, <c>[a-z0-9][a-z0-9_-]{0,63}</c>.</param>
/// <param name="Name">For people.</param>
/// <param name="Scale">Decimal digits kept, 0 to 12: an amount is a whole number of 10^-scale. Never changes once used.</param>
/// <param name="MinorDigits">Digits always shown: a currency's ISO 4217 minor digits, 0 for units.</param>
/// <param name="Rounding">How charges are rounded to <paramref name="Scale"/>.</param>
public sealed record Asset(string Id, string Name, int Scale, int MinorDigits, Rounding Rounding = Rounding.HalfEven)
{
    public const int MaxScale = 12;
    public const int DefaultUnitScale = 6;

    public bool IsCurrency { get; init; }

    /// <summary>10^<see cref="Scale"/>: how many amount units make one whole.</summary>
    public long UnitsPerWhole { get; } = (long)Math.Pow(10, Scale);
}
