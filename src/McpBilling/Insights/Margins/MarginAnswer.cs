using McpBilling.Operations;

namespace McpBilling.Insights.Margins;

/// <summary>Writes a report as it travels.</summary>
internal static class MarginAnswer
{
    private static readonly int[] Percents = [50, 75, 90, 99];

    // Days read best in their order.
    public static MarginOrder OrderOf(GetMarginsInput input) => new(input.Sort ?? (input.GroupBy == MarginGroup.Period ? MarginSort.Key : MarginSort.Cost));

    /// <summary>Rows on earlier pages.</summary>
    public static int SkippedBy(GetMarginsInput input) => (int)Math.Clamp(Cursors.ReadOne(input.Cursor) ?? 0, 0, int.MaxValue - input.Limit);

    public static GetMarginsOutput Of(GetMarginsInput input, DayRange days, MarginFigures figures, OtherModelCost? other)
    {
        var report = new MarginReport(figures);
        var (page, rows) = report.Rows(input.GroupBy, OrderOf(input), input.CustomerId, SkippedBy(input), input.Limit);
        long next = SkippedBy(input) + page.Count;
        bool ofOne = input.CustomerId is not null;
        var total = ofOne ? OfCustomer(report, input.CustomerId!) : report.Total;
        bool Asked(CustomerMargin c) => !ofOne || c.Sum.Key == input.CustomerId;
        return new GetMarginsOutput
        {
            Period = Period(days, figures.Recorded),
            Totals = Fill(new MarginTotals { Customers = ofOne ? 1 : report.Customers.Count, Events = 0, Revenue = "", Cost = "", Margin = "" }, total),
            Rows = [.. page.Select(Row)],
            TotalRows = rows,
            NextCursor = next < rows ? Cursors.Write(next) : null,
            Distribution = Distribution(report),
            Alerts = new MarginAlerts
            {
                TopCost = Alerted([.. report.TopByCost.Where(Asked)], report.Total.Cost, input.Limit),
                NegativeMargin = Alerted([.. report.Negative.Where(Asked)], report.Total.Cost, input.Limit),
            },
            Unattributed = Share(report.Unattributed, report.Total),
            Unpriced = Unpriced(report.Total),
            Internal = Share(report.Internal, report.Total),
            Socialized = Share(report.Socialized, report.Total),
            WrittenOff = Share(report.WrittenOff, report.Total),
            OnModel = other,
            Warnings = Warnings(report, input.GroupBy, other),
        };
    }

    public static MarginPeriod? Period(DayRange days, DayRange? recorded)
    {
        int? from = days.From == DayRange.Always.From ? recorded?.From : days.From, to = days.To == DayRange.Always.To ? recorded?.To : days.To;
        return from is { } first && to is { } end ? new MarginPeriod { From = DayRange.Start(first), To = DayRange.Start(Math.Max(first, end)) } : null;
    }

    public static T Fill<T>(T figure, MarginSum sum) where T : MarginFigure => figure with
    {
        Events = sum.Events,
        Revenue = sum.Revenue.ToString(),
        Cost = sum.Cost.ToString(),
        Margin = sum.Margin.ToString(),
        MarginPercent = sum.Margin.PercentOf(sum.Revenue),
    };

    public static MarginRow Row(CustomerMargin row) => Fill(new MarginRow { Key = row.Sum.Key, Events = 0, Revenue = "", Cost = "", Margin = "" }, row.Sum) with
    {
        CustomerId = row.Sum.CustomerId,
        Socialized = row.Socialized == Dollars.Zero ? null : row.Socialized.ToString(),
        Unpriced = row.Sum.Unpriced == 0 ? null : row.Sum.Unpriced,
        Incomplete = row.Sum.Incomplete == 0 ? null : row.Sum.Incomplete,
    };

    public static MarginDistribution Distribution(MarginReport report) => new()
    {
        Cost = Texts(report.CostAt(Percents)),
        Margin = Texts(report.MarginAt(Percents)),
    };

    public static CostShare Share(MarginSum part, MarginSum whole) => new()
    {
        Events = part.Events,
        EventsPercent = Dollars.Percent(part.Events, whole.Events),
        Cost = part.Cost.ToString(),
        CostPercent = part.Cost.PercentOf(whole.Cost),
    };

    public static UnpricedShare Unpriced(MarginSum whole) => new()
    {
        Events = whole.Unpriced,
        EventsPercent = Dollars.Percent(whole.Unpriced, whole.Events),
        Incomplete = whole.Incomplete,
        NoUsage = whole.NoUsage,
    };

    public static AlertList Alerted(IReadOnlyList<CustomerMargin> customers, Dollars allCosts, int limit) => new()
    {
        Count = customers.Count,
        CostPercent = Dollars.Sum(customers.Select(c => c.Sum.Cost)).PercentOf(allCosts),
        Customers = [.. customers.Take(limit).Select(Alerted)],
    };

    public static AlertedCustomer Alerted(CustomerMargin customer) => new()
    {
        CustomerId = customer.Sum.Key,
        Revenue = customer.Sum.Revenue.ToString(),
        Cost = customer.Sum.Cost.ToString(),
        Margin = customer.Sum.Margin.ToString(),
    };

    public static IReadOnlyList<string> Warnings(MarginReport report, MarginGroup? by, OtherModelCost? other)
    {
        var warnings = new List<string>();
        long unknown = report.Total.Unpriced + report.Total.NoUsage;
        if (unknown + report.Total.Incomplete > 0)
        {
            warnings.Add($"Costs are lower bounds, margins upper ones: of {report.Total.Events} events, {unknown} have no known cost and {report.Total.Incomplete} are known in part.");
        }
        if (report.Socialized.Cost > Dollars.Zero)
        {
            warnings.Add(!report.IsSpread ? "Socialized costs are in no customer's cost: no customer has a cost to spread them by."
                : by is MarginGroup.Customer or null ? "Each customer's cost has its part of the socialized costs in it."
                : "Socialized costs are spread over customers only: these rows are without their parts.");
        }
        if (other is { WithoutPrice.Count: > 0 })
        {
            warnings.Add($"On {other.Model} there is no price for {string.Join(", ", other.WithoutPrice.Select(k => k.Kind))}: left out on both sides, not counted as free.");
        }
        if (other is not null)
        {
            warnings.Add("Another model would count tokens and use caches in its own way: on_model takes the quantities as they were, without surcharges for long contexts.");
        }
        return warnings;
    }

    private static MarginSum OfCustomer(MarginReport report, string id) => id switch
    {
        MarginKeys.Internal => report.Internal,
        MarginKeys.Unattributed => report.Unattributed,
        _ => report.Customers.FirstOrDefault(c => c.Sum.Key == id)?.Sum ?? MarginSum.Nothing(id),
    };

    private static PercentileAmounts Texts(IReadOnlyList<Dollars> at) => new() { P50 = at[0].ToString(), P75 = at[1].ToString(), P90 = at[2].ToString(), P99 = at[3].ToString() };
}
