using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Operations;

namespace McpBilling.Insights.Margins;

/// <summary>Asks for everything that the picture shows.</summary>
public sealed record GetMarginReportInput
{
    [Description("First UTC day, such as 2026-11-01; default: the 30 days up to the last day with costs."), StringLength(40, MinimumLength = 1)]
    public string? From { get; init; }

    [Description("The day after the last."), StringLength(40, MinimumLength = 1)]
    public string? To { get; init; }

    [Description("Customers in a list; of more, half are those with the greatest margins and half those with the least."), Range(2, 200), DefaultValue(40)]
    public int Customers { get; set; } = 40;
}

/// <summary>A period on one page.</summary>
public sealed record MarginReportOutput
{
    [Description("Absent when nothing is recorded and no days were asked for.")]
    public MarginPeriod? Period { get; init; }

    public required MarginTotals Totals { get; init; }

    [Description("By margin, the greatest first.")]
    public required IReadOnlyList<MarginRow> Customers { get; init; }

    [Description("The customers between the two halves of the list, together; absent when all are in it.")]
    public OtherCustomers? Others { get; init; }

    [Description("The models that cost most, and 'other' when there are more.")]
    public required IReadOnlyList<string> Models { get; init; }

    [Description("What each of the models cost on each day of the period, days without costs included.")]
    public required IReadOnlyList<ModelCosts> Days { get; init; }

    public required MarginDistribution Distribution { get; init; }

    [Description("What a customer costs at each of 1 to 100 of a hundred, by nearest rank; empty without customers.")]
    public required IReadOnlyList<string> CostCurve { get; init; }

    public required MarginAlerts Alerts { get; init; }
    public required CostShare Unattributed { get; init; }
    public required UnpricedShare Unpriced { get; init; }
    public required CostShare Internal { get; init; }
    public required CostShare Socialized { get; init; }
    public required CostShare WrittenOff { get; init; }
    public required IReadOnlyList<string> Warnings { get; init; }
}

public sealed record OtherCustomers
{
    public required int Count { get; init; }
    public required string Revenue { get; init; }
    public required string Cost { get; init; }
    public required string Margin { get; init; }
}

public sealed record ModelCosts
{
    [Description("The day, or the first of several when the period is longer than 92 days.")]
    public required string Day { get; init; }

    [Description("In the order of models.")]
    public required IReadOnlyList<string> Costs { get; init; }
}

/// <summary>The use case: the figures of the picture that <c>mcp-billing report</c> draws.</summary>
public sealed class GetMarginReport : Operation<GetMarginReportInput, MarginReportOutput>
{
    private const int UsualDays = 30;
    private const int MaxModels = 6;

    [SetsRequiredMembers]
    public GetMarginReport()
    {
        Name = "get_margin_report";
        Title = "Get the margin report";
        Description = "The figures of the page that mcp-billing report --html draws: margins, costs by model and day, distribution, alerts and shares of one period.";
        ToolSet = ToolSet.Costs;
        Scope = Scopes.UsageRead;
        Route = "GET /v1/margins/report";
        Reads = true;
        HasTool = false;
    }

    public override async ValueTask<MarginReportOutput> Run(GetMarginReportInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        var days = DayRange.Read(input.From, input.To);
        var reads = billing.Reads<IMarginReads>();
        if (input.From is null)
        {
            // What was recorded last is what somebody wants to see, also when it was imported and lies months back.
            var known = (await reads.Margins(caller, new MarginQuestion(days, null), cancellation))!.Recorded;
            days = known is { } recorded ? new(Math.Max(recorded.From, recorded.To - UsualDays), input.To is null ? recorded.To : days.To) : days;
        }
        var figures = (await reads.Margins(caller, new MarginQuestion(days, null) { ModelDays = true }, cancellation))!;
        var report = new MarginReport(figures);
        var period = MarginAnswer.Period(days, figures.Recorded);
        var (shown, others) = Shown(report, input.Customers);
        var stack = ModelStack.Of(figures.ModelDays, period is null ? null : new DayRange(DayRange.DayOf(period.From), DayRange.DayOf(period.To)), MaxModels);
        return new MarginReportOutput
        {
            Period = period,
            Totals = MarginAnswer.Fill(new MarginTotals { Customers = report.Customers.Count, Events = 0, Revenue = "", Cost = "", Margin = "" }, report.Total),
            Customers = [.. shown.Select(MarginAnswer.Row)],
            Others = others,
            Models = stack.Models,
            Days = stack.Days,
            Distribution = MarginAnswer.Distribution(report),
            CostCurve = report.Customers.Count == 0 ? [] : [.. report.CostAt([.. Enumerable.Range(1, 100)]).Select(c => c.ToString())],
            Alerts = new MarginAlerts
            {
                TopCost = MarginAnswer.Alerted(report.TopByCost, report.Total.Cost, input.Customers),
                NegativeMargin = MarginAnswer.Alerted(report.Negative, report.Total.Cost, input.Customers),
            },
            Unattributed = MarginAnswer.Share(report.Unattributed, report.Total),
            Unpriced = MarginAnswer.Unpriced(report.Total),
            Internal = MarginAnswer.Share(report.Internal, report.Total),
            Socialized = MarginAnswer.Share(report.Socialized, report.Total),
            WrittenOff = MarginAnswer.Share(report.WrittenOff, report.Total),
            Warnings = MarginAnswer.Warnings(report, null, null),
        };
    }

    private static (IReadOnlyList<CustomerMargin> Shown, OtherCustomers? Others) Shown(MarginReport report, int most)
    {
        CustomerMargin[] sorted = [.. report.Customers.OrderByDescending(c => c.Sum.Margin).ThenBy(c => c.Sum.Key, StringComparer.Ordinal)];
        if (sorted.Length <= most)
        {
            return (sorted, null);
        }
        int best = most / 2, worst = most - best;
        var between = sorted[best..^worst].Aggregate(MarginSum.Nothing(""), (sum, c) => sum + c.Sum);
        return (
            [.. sorted[..best], .. sorted[^worst..]],
            new OtherCustomers { Count = sorted.Length - most, Revenue = between.Revenue.ToString(), Cost = between.Cost.ToString(), Margin = between.Margin.ToString() });
    }
}
