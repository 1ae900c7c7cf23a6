using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using McpBilling.Ledger;
using McpBilling.Money;

namespace McpBilling.Usage;

/// <summary>How an event's charges are kept: fields by comma, charges by semicolon, shares as <c>grant:amount+…</c>.</summary>
public static class EventChargeText
{
    public static string Write(ImmutableArray<EventCharge> charges)
    {
        if (charges.IsEmpty)
        {
            return "";
        }
        var text = new StringBuilder(64);
        foreach (var c in charges)
        {
            if (text.Length > 0)
            {
                text.Append(';');
            }
            text.Append(CultureInfo.InvariantCulture, $"{c.VersionKey},{c.PeriodStart.Microseconds},{Quantity.Format(c.Metered)},{Quantity.Format(c.QuantityBefore)},{c.EventsBefore},{c.Amount},{(c.Capped ? 1 : 0)},{(c.Left == c.Metered ? "" : Quantity.Format(c.Left))},");
            Append(text, c.Shares);
        }
        return text.ToString();
    }

    public static ImmutableArray<EventCharge> Read(string text)
    {
        if (text.Length == 0)
        {
            return [];
        }
        var charges = ImmutableArray.CreateBuilder<EventCharge>();
        foreach (string part in text.Split(';'))
        {
            string[] f = part.Split(',');
            decimal metered = Decimal(f[2]);
            charges.Add(new EventCharge(
                Long(f[0]), new Instant(Long(f[1])), metered, Decimal(f[3]), Long(f[4]), Long(f[5]), f[6] == "1", f[7].Length == 0 ? metered : Decimal(f[7]), Shares(f[8])));
        }
        return charges.ToImmutable();
    }

    public static void Append(StringBuilder text, ImmutableArray<Share> shares)
    {
        for (int i = 0; i < shares.Length; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{(i > 0 ? "+" : "")}{shares[i].GrantKey}:{shares[i].Amount}");
        }
    }

    public static string Write(ImmutableArray<Share> shares)
    {
        var text = new StringBuilder();
        Append(text, shares);
        return text.ToString();
    }

    public static ImmutableArray<Share> Shares(string text)
    {
        if (text.Length == 0)
        {
            return [];
        }
        var shares = ImmutableArray.CreateBuilder<Share>();
        foreach (string part in text.Split('+'))
        {
            int colon = part.IndexOf(':', StringComparison.Ordinal);
            shares.Add(new Share(Long(part.AsSpan(0, colon)), Long(part.AsSpan(colon + 1))));
        }
        return shares.ToImmutable();
    }

    private static long Long(ReadOnlySpan<char> text) => long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    private static decimal Decimal(string text) => decimal.Parse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
}
