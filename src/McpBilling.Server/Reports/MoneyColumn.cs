using System.Globalization;
using McpBilling.Insights.Margins;

namespace McpBilling.Server.Reports;

/// <summary>How the amounts of one column or plot are written: with as many digits as its greatest needs to say something, all with the same, so that they line up.</summary>
internal readonly record struct MoneyColumn(int Decimals)
{
    private const int MostDecimals = 12;

    /// <summary>Cents where there are dollars; below, three digits of the greatest.</summary>
    public static MoneyColumn For(IEnumerable<Dollars> amounts)
    {
        decimal greatest = amounts.Select(a => Math.Abs(a.Rounded(MostDecimals))).DefaultIfEmpty(0).Max();
        if (greatest >= 1 || greatest == 0)
        {
            return new(2);
        }
        int decimals = 2;
        for (decimal scaled = greatest * 100; scaled < 100 && decimals < MostDecimals; scaled *= 10)
        {
            decimals++;
        }
        return new(decimals);
    }

    /// <summary><c>$1,234.50</c>, <c>−$0.02</c>; what is not zero but rounds to it says so.</summary>
    public string Text(Dollars amount)
    {
        decimal rounded = amount.Rounded(Decimals);
        string digits = Math.Abs(rounded).ToString("N" + Decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return rounded == 0 && amount != Dollars.Zero ? $"{(amount < Dollars.Zero ? "−" : "")}<${(Decimals == 0 ? "1" : $"0.{new string('0', Decimals - 1)}1")}"
            : $"{(rounded < 0 ? "−" : "")}${digits}";
    }

    /// <summary>For axes: <c>$1.5k</c>, <c>$20</c>.</summary>
    public static string Short(decimal dollars) => (dollars < 0 ? "−$" : "$") + Math.Abs(dollars) switch
    {
        >= 1_000_000 => (Math.Abs(dollars) / 1_000_000).ToString("0.##", CultureInfo.InvariantCulture) + "M",
        >= 1_000 => (Math.Abs(dollars) / 1_000).ToString("0.##", CultureInfo.InvariantCulture) + "k",
        _ => Math.Abs(dollars).ToString("0.############", CultureInfo.InvariantCulture),
    };
}
