using System.Collections.Frozen;
using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using McpBilling.Money;

namespace McpBilling.Costs;

/// <summary>When a price with conditions counts: all that are named must hold.</summary>
public sealed record PriceConditionsView
{
    public bool? Batch { get; init; }

    [StringLength(64, MinimumLength = 1)]
    public string? ServiceTier { get; init; }

    [StringLength(64, MinimumLength = 1)]
    public string? Speed { get; init; }

    [StringLength(64, MinimumLength = 1)]
    public string? InferenceGeo { get; init; }

    [StringLength(64, MinimumLength = 1)]
    public string? DataResidency { get; init; }

    [StringLength(64, MinimumLength = 1)]
    public string? Deployment { get; init; }

    [Description("Times of day, UTC: 01:00-04:00."), Length(1, 8)]
    public IReadOnlyList<string>? UtcWindows { get; init; }

    [Description("mon … sun, UTC."), Length(1, 7)]
    public IReadOnlyList<string>? Weekdays { get; init; }
}

/// <summary>From how many tokens of context the over_threshold_rates count, for the whole request.</summary>
public sealed record ContextThresholdView
{
    [Range(1, 1_000_000_000)]
    public required long Tokens { get; init; }

    [Description("gt: above; gte: from so many on.")]
    public required ThresholdOperator Op { get; init; }
}

public enum ThresholdOperator
{
    Gt,
    Gte,
}

/// <summary>A row of the price book as it is written: in answers, in storage, and in the file that comes with the program.</summary>
public sealed record PriceRowView
{
    public string? Id { get; init; }
    public required string Provider { get; init; }
    public required string Model { get; init; }
    public IReadOnlyList<string>? Aliases { get; init; }
    public Instant? EffectiveFrom { get; init; }
    public Instant? EffectiveTo { get; init; }
    public PriceRowStatus? Status { get; init; }
    public PriceConditionsView? When { get; init; }

    [Description("US dollars by kind: a million tokens, a thousand searches or pages, an hour of audio.")]
    public required IReadOnlyDictionary<string, decimal> Rates { get; init; }

    public ContextThresholdView? ContextThreshold { get; init; }
    public IReadOnlyDictionary<string, decimal>? OverThresholdRates { get; init; }
    public required string Source { get; init; }
    public required string Checked { get; init; }

    public static PriceRowView Of(PriceRow row) => new()
    {
        Id = row.Id,
        Provider = row.Provider,
        Model = row.Model,
        Aliases = row.Aliases.IsEmpty ? null : row.Aliases,
        EffectiveFrom = row.EffectiveFrom == Instant.Beginning ? null : row.EffectiveFrom,
        EffectiveTo = row.EffectiveTo == Instant.Never ? null : row.EffectiveTo,
        Status = row.Status == PriceRowStatus.Active ? null : row.Status,
        When = row.IsBase ? null : Of(row.When),
        Rates = InOrder(row.Rates),
        ContextThreshold = row.Threshold is { } threshold ? new() { Tokens = threshold.Tokens, Op = threshold.Inclusive ? ThresholdOperator.Gte : ThresholdOperator.Gt } : null,
        OverThresholdRates = row.OverRates.Count == 0 ? null : InOrder(row.OverRates),
        Source = row.Source,
        Checked = row.Checked.ToString("yyyy-MM-dd"),
    };

    /// <exception cref="FormatException">A part of it cannot be read; says which.</exception>
    public PriceRow ToRow()
    {
        string provider = CostProviders.Canonical(Provider), model = Model.ToLowerInvariant();
        var (from, to, status, when) = (EffectiveFrom ?? Instant.Beginning, EffectiveTo ?? Instant.Never, Status ?? PriceRowStatus.Active, Conditions(When));
        return new()
        {
            Id = Id ?? PriceRow.IdOf(provider, model, from, when, status),
            Provider = provider,
            Model = model,
            Aliases = Aliases is null ? [] : [.. Aliases.Select(a => a.ToLowerInvariant())],
            EffectiveFrom = from,
            EffectiveTo = to,
            Status = status,
            When = when,
            Rates = Rates.ToFrozenDictionary(StringComparer.Ordinal),
            Threshold = ContextThreshold is { } threshold ? new(threshold.Tokens, threshold.Op == ThresholdOperator.Gte) : null,
            OverRates = OverThresholdRates?.ToFrozenDictionary(StringComparer.Ordinal) ?? FrozenDictionary<string, decimal>.Empty,
            Source = Source,
            Checked = DateOnly.TryParseExact(Checked, "yyyy-MM-dd", out var day) ? day : throw new FormatException($"checked is {Checked}, not a day such as 2026-11-23"),
        };
    }

    /// <exception cref="FormatException">A window or a weekday cannot be read; says which.</exception>
    public static PriceConditions Conditions(PriceConditionsView? when)
    {
        if (when is null)
        {
            return PriceConditions.None;
        }
        var request = new List<KeyValuePair<string, string>>();
        void Add(string name, string? value)
        {
            if (value is not null)
            {
                request.Add(new(name, value));
            }
        }
        Add(PriceConditions.Batch, when.Batch == true ? "true" : null);
        Add(PriceConditions.ServiceTier, when.ServiceTier);
        Add(PriceConditions.Speed, when.Speed);
        Add(PriceConditions.InferenceGeo, when.InferenceGeo);
        Add(PriceConditions.DataResidency, when.DataResidency);
        Add(PriceConditions.Deployment, when.Deployment);
        return new(
            request,
            [.. (when.UtcWindows ?? []).Select(w => TimeWindow.TryParse(w, out var window) ? window : throw new FormatException($"utc_windows has {w}, not a time of day such as 01:00-04:00"))],
            [.. (when.Weekdays ?? []).Select(Weekday)]);
    }

    private static DayOfWeek Weekday(string name)
    {
        int place = PriceConditions.DayNames.IndexOf(name.ToLowerInvariant());
        return place >= 0 ? (DayOfWeek)place : throw new FormatException($"weekdays has {name}, not one of {string.Join(", ", PriceConditions.DayNames)}");
    }

    private static PriceConditionsView Of(PriceConditions when)
    {
        string? Value(string name) => when.Request.FirstOrDefault(c => c.Key == name).Value;
        return new()
        {
            Batch = Value(PriceConditions.Batch) is null ? null : true,
            ServiceTier = Value(PriceConditions.ServiceTier),
            Speed = Value(PriceConditions.Speed),
            InferenceGeo = Value(PriceConditions.InferenceGeo),
            DataResidency = Value(PriceConditions.DataResidency),
            Deployment = Value(PriceConditions.Deployment),
            UtcWindows = when.Windows.IsEmpty ? null : [.. when.Windows.Select(w => w.ToString())],
            Weekdays = when.Weekdays.IsEmpty ? null : [.. when.Weekdays.Select(d => PriceConditions.DayNames[(int)d])],
        };
    }

    private static SortedDictionary<string, decimal> InOrder(FrozenDictionary<string, decimal> rates) =>
        new(rates, Comparer<string>.Create((a, b) => CostKinds.Order(a) != CostKinds.Order(b) ? CostKinds.Order(a).CompareTo(CostKinds.Order(b)) : string.CompareOrdinal(a, b)));
}

/// <summary>The file that comes with the program (<c>price_book.json</c>); the same form is taken by an import.</summary>
public sealed record PriceBookFile
{
    public required string Format { get; init; }
    public string? About { get; init; }
    public required IReadOnlyList<PriceRowView> Rows { get; init; }
}
