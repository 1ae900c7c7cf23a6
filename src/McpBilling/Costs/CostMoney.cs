using System.Globalization;
using McpBilling.Money;

namespace McpBilling.Costs;

/// <summary>
/// Dollars as costs count them: exact decimals of at most <see cref="Scale"/> places, since a single token may cost less than any ledger's unit. For sums in
/// rows a value is two integers: whole nano-dollars, and the rest.
/// </summary>
public static class CostMoney
{
    /// <summary>Digits after the point. Quotients that do not end are rounded here, half to even.</summary>
    public const int Scale = 18;

    /// <summary>The currency of every cost.</summary>
    public const string Currency = "usd";

    private const decimal Nano = 1_000_000_000m;

    /// <summary>Without trailing zeros.</summary>
    public static string Format(decimal dollars) => Quantity.Format(dollars);

    /// <summary>Reads a decimal text that is not negative, has at most <see cref="Scale"/> digits after the point, and is below 10^9.</summary>
    public static bool TryParse(string text, out decimal dollars) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out dollars)
        && text.Length <= 28 && dollars.Scale <= Scale && dollars < 1_000_000_000m;

    /// <summary>Whole nano-dollars, rounded down, and the rest in 10^-18 dollars, 0 to below 10^9.</summary>
    /// <exception cref="OverflowException">Beyond 9.2 billion dollars.</exception>
    public static (long Whole, long Part) Split(decimal dollars)
    {
        decimal nano = decimal.Floor(dollars * Nano);
        return ((long)nano, (long)((dollars - nano / Nano) * Nano * Nano));
    }

    /// <summary>The opposite of <see cref="Split"/>, also of sums of such parts.</summary>
    public static decimal Join(long whole, long part) => whole / Nano + part / Nano / Nano;
}
