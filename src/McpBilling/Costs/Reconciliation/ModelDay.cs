namespace McpBilling.Costs.Reconciliation;

/// <summary>Both sides of one kind, in one measure.</summary>
internal sealed class Figures
{
    public decimal Reported { get; set; }

    /// <summary>With what earlier reconciliations added.</summary>
    public decimal Recorded { get; set; }

    public decimal Adjusted { get; set; }

    public decimal[] ReportedByHour { get; } = new decimal[24];

    public decimal[] RecordedByHour { get; } = new decimal[24];

    public decimal ReportedBatch { get; set; }

    public decimal RecordedBatch { get; set; }

    public bool BatchIsTold { get; set; }
}

/// <summary>A model on a day, on both sides: what the causes of a drift are looked for in.</summary>
internal sealed class ModelDay(string provider, long day, string model)
{
    public string Provider => provider;

    public long Day => day;

    /// <summary>Empty for figures that the report does not split by model.</summary>
    public string Model => model;

    public SortedDictionary<string, Figures> Quantities { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, Figures> Amounts { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, Figures> Of(Measure measure) => measure == Measure.Quantity ? Quantities : Amounts;

    /// <summary>Calls that the report counts; null: not told.</summary>
    public decimal? Requests { get; set; }

    /// <summary>Recorded calls of the model: those of its most frequent kind.</summary>
    public long Events => EventsByHour.Sum();

    public long[] EventsByHour { get; set; } = new long[24];

    /// <summary>Recorded calls of all models of the provider.</summary>
    public required long[] ProviderEventsByHour { get; init; }

    public long UnpricedEvents { get; set; }

    /// <summary>Every figure of the report's usage says its hour.</summary>
    public bool IsHourly { get; set; }

    /// <summary>The hour at which the report's days begin, where that is not midnight UTC.</summary>
    public int? DayBegins { get; set; }

    public Figures At(Measure measure, string kind)
    {
        var of = Of(measure);
        if (!of.TryGetValue(kind, out var figures))
        {
            of[kind] = figures = new Figures();
        }
        return figures;
    }
}
