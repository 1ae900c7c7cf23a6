using System.Collections.Immutable;
using McpBilling.Money;

namespace McpBilling.Costs;

/// <summary>A time of day, UTC, half-open: from <paramref name="Start"/> up to and without <paramref name="End"/>; past midnight where it ends before it starts.</summary>
public readonly record struct TimeWindow(TimeOnly Start, TimeOnly End)
{
    public bool Holds(TimeOnly time) => time.IsBetween(Start, End);

    public override string ToString() => $"{Start:HH:mm}-{End:HH:mm}";

    /// <summary>Reads <c>01:00-04:00</c>.</summary>
    public static bool TryParse(string text, out TimeWindow window)
    {
        window = default;
        if (text.Length != 11 || text[5] != '-' || !TimeOnly.TryParseExact(text[..5], "HH:mm", out var start) || !TimeOnly.TryParseExact(text[6..], "HH:mm", out var end) || start == end)
        {
            return false;
        }
        window = new(start, end);
        return true;
    }
}

/// <summary>
/// When a row that overlays the base row counts: all of its conditions must hold. A row without any is the base row. Conditions on the request are names
/// with one value each (<c>batch</c>: <c>true</c>, <c>service_tier</c>: <c>flex</c>, in lower case), so that one row can be seen to be more special than another.
/// </summary>
public sealed class PriceConditions : IEquatable<PriceConditions>
{
    public const string Batch = "batch";
    public const string ServiceTier = "service_tier";
    public const string Speed = "speed";
    public const string InferenceGeo = "inference_geo";
    public const string DataResidency = "data_residency";
    public const string Deployment = "deployment";

    /// <summary>Names of conditions on the request.</summary>
    public static readonly ImmutableArray<string> Names = [Batch, ServiceTier, Speed, InferenceGeo, DataResidency, Deployment];

    /// <summary>By their number in <see cref="DayOfWeek"/>.</summary>
    public static readonly ImmutableArray<string> DayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    public static readonly PriceConditions None = new([], [], []);

    private readonly string text;

    /// <param name="request">Values by the names of <see cref="Names"/>.</param>
    /// <param name="windows">Any of these times of day; none given: always.</param>
    /// <param name="weekdays">Any of these days of the week, UTC; none given: every day.</param>
    public PriceConditions(IEnumerable<KeyValuePair<string, string>> request, ImmutableArray<TimeWindow> windows, ImmutableArray<DayOfWeek> weekdays)
    {
        Request = [.. request.Select(c => KeyValuePair.Create(c.Key, c.Value.ToLowerInvariant())).OrderBy(c => Names.IndexOf(c.Key))];
        Windows = windows;
        Weekdays = [.. weekdays.Distinct().Order()];
        IEnumerable<string> parts = Request.Select(c => c.Key == Batch ? Batch : $"{c.Key}={c.Value}");
        parts = Windows.IsEmpty ? parts : parts.Append("utc=" + string.Join('+', Windows));
        parts = Weekdays.IsEmpty ? parts : parts.Append("days=" + string.Join('+', Weekdays.Select(d => DayNames[(int)d])));
        text = string.Join(',', parts);
    }

    public ImmutableArray<KeyValuePair<string, string>> Request { get; }
    public ImmutableArray<TimeWindow> Windows { get; }
    public ImmutableArray<DayOfWeek> Weekdays { get; }

    public bool IsNone => text.Length == 0;

    public bool Hold(PriceSituation situation, Instant at)
    {
        foreach (var (name, value) in Request)
        {
            if (situation[name] != value)
            {
                return false;
            }
        }
        if (Windows.IsEmpty && Weekdays.IsEmpty)
        {
            return true;
        }
        var time = at.ToDateTimeOffset();
        return (Weekdays.IsEmpty || Weekdays.Contains(time.DayOfWeek)) && (Windows.IsEmpty || Windows.Any(w => w.Holds(TimeOnly.FromTimeSpan(time.TimeOfDay))));
    }

    /// <summary>Whether it asks all that the other asks, and more: then it goes before the other.</summary>
    public bool IsMoreSpecialThan(PriceConditions other) =>
        !Equals(other) && other.Request.All(c => Request.Contains(c)) && (other.Windows.IsEmpty || other.Windows.SequenceEqual(Windows)) && (other.Weekdays.IsEmpty || other.Weekdays.SequenceEqual(Weekdays));

    public bool Equals(PriceConditions? other) => other?.text == text;
    public override bool Equals(object? obj) => Equals(obj as PriceConditions);
    public override int GetHashCode() => text.GetHashCode(StringComparison.Ordinal);

    /// <summary>Reads what <see cref="ToString"/> writes: <c>batch,service_tier=flex,utc=01:00-04:00+06:00-10:00,days=mon+tue</c>, in any order.</summary>
    /// <exception cref="FormatException">Says what was found and what is allowed.</exception>
    public static PriceConditions Parse(string text)
    {
        var request = new Dictionary<string, string>();
        ImmutableArray<TimeWindow> windows = [];
        ImmutableArray<DayOfWeek> days = [];
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] sides = part.Split('=', 2, StringSplitOptions.TrimEntries);
            string name = sides[0].ToLowerInvariant();
            string value = sides.Length == 2 ? sides[1].ToLowerInvariant() : name == Batch ? "true" : "";
            if (value.Length is 0 or > 64 || (name == Batch && value != "true"))
            {
                throw new FormatException($"has {part}: a condition is {Batch}, or a name with its value such as {ServiceTier}=flex");
            }
            if (name == "utc")
            {
                windows = [.. value.Split('+').Select(w => TimeWindow.TryParse(w, out var window) ? window : throw new FormatException($"has {part}: a time of day is written utc=01:00-04:00"))];
            }
            else if (name == "days")
            {
                days = [.. value.Split('+').Select(d => DayNames.IndexOf(d) is var place && place >= 0 ? (DayOfWeek)place : throw new FormatException($"has {part}: days are {string.Join(", ", DayNames)}"))];
            }
            else if (!Names.Contains(name) || !request.TryAdd(name, value))
            {
                throw new FormatException($"has {part}: conditions are {string.Join(", ", Names)}, utc, days, each once");
            }
        }
        return new(request, windows, days);
    }

    /// <summary>As part of a row's id: <c>batch,service_tier=flex</c>; empty for the base row.</summary>
    public override string ToString() => text;
}

/// <summary>What of a request's circumstances its price may depend on. What a provider calls its usual way (<c>default</c>, <c>standard</c>, <c>global</c> inference …) is no circumstance.</summary>
public sealed class PriceSituation
{
    private readonly string?[] values = new string?[PriceConditions.Names.Length];

    private PriceSituation()
    {
    }

    public static PriceSituation Of(PriceContext context)
    {
        // The served tier goes before the one that was asked for.
        string? tier = Special(context.ServiceTier ?? context.RequestedServiceTier, "default", "standard", "auto", "on_demand", "standard_only", "ondemand", "service_tier_unspecified", "unspecified");
        var situation = new PriceSituation();
        situation.Set(PriceConditions.Batch, context.Batch || tier == "batch" ? "true" : null);
        situation.Set(PriceConditions.ServiceTier, tier == "batch" ? null : tier);
        situation.Set(PriceConditions.Speed, Special(context.Speed, "standard", "default", "normal"));
        situation.Set(PriceConditions.InferenceGeo, Special(context.InferenceGeo, "global", "not_available", "default"));
        situation.Set(PriceConditions.DataResidency, Special(context.DataResidency, "global", "none", "default"));
        situation.Set(PriceConditions.Deployment, Special(context.Deployment)?.Replace('-', '_').Replace("datazone", "data_zone", StringComparison.Ordinal) switch
        {
            "global_standard" or "globalstandard" => "global",
            "data_zone_standard" or "data_zonestandard" => "data_zone",
            "standard" => "regional",
            var other => other,
        });
        return situation;
    }

    public string? this[string name] => PriceConditions.Names.IndexOf(name) is var place && place >= 0 ? values[place] : null;

    /// <summary>The circumstances, as conditions.</summary>
    public IEnumerable<KeyValuePair<string, string>> Circumstances => PriceConditions.Names.Where(n => this[n] is not null).Select(n => KeyValuePair.Create(n, this[n]!));

    private void Set(string name, string? value) => values[PriceConditions.Names.IndexOf(name)] = value;

    private static string? Special(string? value, params ReadOnlySpan<string> usual)
    {
        string? lower = string.IsNullOrWhiteSpace(value) ? null : value.Trim().ToLowerInvariant();
        return lower is null || usual.Contains(lower) ? null : lower;
    }
}
