using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Insights.Margins;

public sealed record CheckMarginsInput
{
    [Description("The calendar month, UTC, such as 2026-10; default: the last one that is over."), StringLength(7, MinimumLength = 7)]
    public string? Month { get; init; }
}

public sealed record CheckMarginsOutput
{
    public required string Month { get; init; }

    [Description("Alerts that hold for the month as it stands now.")]
    public required int Found { get; init; }

    [Description("Those that were not kept before.")]
    public required IReadOnlyList<MarginAlertView> Added { get; init; }
}

/// <summary>The use case: looks for losing and heaviest customers of a month, and keeps what it finds. The program does it by itself when a month is over.</summary>
public sealed class CheckMargins : Operation<CheckMarginsInput, CheckMarginsOutput>
{
    [SetsRequiredMembers]
    public CheckMargins()
    {
        Name = "check_margins";
        Title = "Check margins";
        Description = "Keeps an alert for every customer with a negative margin and for the 5 % that cost most in a month. Each is kept once; list_margin_alerts shows them.";
        ToolSet = ToolSet.Costs;
        Scope = Scopes.UsageWrite;
        Route = "POST /v1/margins/checks";
        HasTool = false;
    }

    public override async ValueTask<CheckMarginsOutput> Run(CheckMarginsInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        var days = input.Month is { } named ? Read(named) : LastOver(DayRange.DayOf((await billing.Reads<Wallets.IClockReads>().Clock(caller, cancellation)).Now));
        string month = DayRange.Text(days.From)[..7];
        var figures = (await billing.Reads<IMarginReads>().Margins(caller, new MarginQuestion(days, null), cancellation))!;
        var report = new MarginReport(figures);
        MarginAlert Alert(MarginAlertKind kind, CustomerMargin c) => new(month, kind, c.Sum.Key, c.Sum.Revenue.ToString(), c.Sum.Cost.ToString(), c.Sum.Margin.ToString());
        List<MarginAlert> found = [.. report.Negative.Select(c => Alert(MarginAlertKind.NegativeMargin, c)), .. report.TopByCost.Select(c => Alert(MarginAlertKind.TopCost, c))];
        var added = found.Count == 0 ? [] : await billing.Commit(new MarginAlertsCommand(month, found), caller, cancellation);
        return new CheckMarginsOutput { Month = month, Found = found.Count, Added = added };
    }

    /// <summary>The last calendar month that is over on a day.</summary>
    public static DayRange LastOver(int today) => DayRange.MonthOf(DayRange.MonthOf(today).From - 1);

    private static DayRange Read(string month) => DateOnly.TryParseExact(month, "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.None, out var first) && first.Year >= 2000
        ? DayRange.MonthOf(DayRange.DayOf(first))
        : throw new BillingException(ErrorCode.InvalidRequest, $"month is {WalletSession.Shown(month)}: it must be a calendar month such as 2026-10.", "month");
}
