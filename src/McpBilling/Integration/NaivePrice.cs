using System.Numerics;
using System.Text.Json;
using McpBilling.Money;

namespace McpBilling.Integration;

/// <summary>
/// One version of a price as its definition in billing.json reads, priced as docs/topics/pricing-models.md says, in fractions and without a shortcut. What
/// charges is McpBilling.Pricing; this shares no line with it, so that both being wrong in the same way is unlikely.
/// </summary>
internal sealed class NaivePrice(long key, string priceId, string productId, string meterId, int version, Instant from, Instant until, bool carry, JsonElement definition, Asset asset)
{
    private static readonly NaiveFraction Hundred = NaiveFraction.Of(100);

    public long Key { get; } = key;
    public string PriceId { get; } = priceId;
    public string ProductId { get; } = productId;
    public string MeterId { get; } = meterId;
    public int Version { get; } = version;
    public bool Carry { get; } = carry;
    public Asset Asset { get; } = asset;
    public string Period { get; } = Text(definition, "period") ?? "month";
    public NaiveConditions Where { get; } = NaiveConditions.Of(definition, "where");

    private string Model { get; } = Text(definition, "model")!;

    public bool AppliesAt(Instant time) => from <= time && time < until;

    /// <summary>Each event has a price of its own, and a period costs their sum.</summary>
    public bool IsPerEvent => Model is "percentage" or "matrix" or "cost_plus";

    /// <summary>Its quantity is the event's cost, in dollars to 18 decimals, and not what the meter measures.</summary>
    public bool IsByCost => Model == "cost_plus";

    /// <summary>What a period of this quantity costs, before cap and rounding. For models that price the quantity as a whole.</summary>
    public NaiveFraction Total(NaiveFraction quantity)
    {
        var q = Billable(quantity);
        if (q <= NaiveFraction.Zero)
        {
            return NaiveFraction.Zero;
        }
        return Model switch
        {
            "per_unit" => q / Per * Required("unit_price"),
            "flat" => Required("amount"),
            "package" => NaiveFraction.Of((q / Required("package_size")).Ceiling()) * Required("package_price"),
            _ => Tiered(q),
        };
    }

    /// <summary>What one event costs; null when a matrix has no row for it.</summary>
    /// <param name="before">The period's quantity before it.</param>
    public NaiveFraction? Fee(NaiveFraction before, NaiveFraction after, long eventsBefore, IReadOnlyDictionary<string, string> properties)
    {
        var from = Billable(before);
        var to = NaiveFraction.Max(from, Billable(after));
        return Model switch
        {
            "matrix" => RowPrice(properties) / Per * (to - from),
            "cost_plus" => CostPlus(from, to),
            _ => Percentage(from, to, eventsBefore),
        };
    }

    /// <summary>What a period may cost, rounded once, in units of the asset.</summary>
    public BigInteger Rounded(NaiveFraction total)
    {
        var capped = Number("max_per_period") is { } cap ? NaiveFraction.Min(total, cap) : total;
        return (capped * NaiveFraction.Of(BigInteger.Pow(10, Asset.Scale))).Round(Asset.Rounding);
    }

    private NaiveFraction Tiered(NaiveFraction q)
    {
        var (total, from) = (NaiveFraction.Zero, NaiveFraction.Zero);
        foreach (var tier in definition.GetProperty("tiers").EnumerateArray())
        {
            var bound = Number(tier, "up_to");
            bool isLast = bound is not { } end || q <= end;
            var rate = Model == "graduated_percentage" ? (Number(tier, "percent") ?? NaiveFraction.Zero) / Hundred : (Number(tier, "unit_price") ?? NaiveFraction.Zero) / Per;
            var flat = Number(tier, "flat_price") ?? NaiveFraction.Zero;
            if (Model is "volume" or "stairstep")
            {
                if (isLast)
                {
                    return q * rate + flat;
                }
                continue;
            }
            var to = isLast ? q : bound!.Value;
            total += (to - from) * rate + flat;
            if (isLast)
            {
                break;
            }
            from = to;
        }
        return total;
    }

    private NaiveFraction? RowPrice(IReadOnlyDictionary<string, string> properties)
    {
        var values = definition.GetProperty("dimensions").EnumerateArray().Select(d => properties.GetValueOrDefault(d.GetString()!)).ToList();
        foreach (var row in definition.GetProperty("rows").EnumerateArray())
        {
            if (row.GetProperty("values").EnumerateArray().Select(v => v.GetString()).SequenceEqual(values))
            {
                return Number(row, "unit_price");
            }
        }
        return Number("default");
    }

    private NaiveFraction Percentage(NaiveFraction from, NaiveFraction to, long eventsBefore)
    {
        var (freeEvents, freeAmount) = (Number("free_events"), Number("free_amount") ?? Number("free_units"));
        var charged = to - from;
        bool isFree = (freeEvents is not null || freeAmount is not null)
            && (freeEvents is not { } events || NaiveFraction.Of(eventsBefore) < events)
            && (freeAmount is not { } amount || from < amount);
        if (isFree)
        {
            if (freeAmount is not { } most || to <= most)
            {
                return NaiveFraction.Zero;
            }
            charged = to - most;
        }
        var fee = charged * Required("percent") / Hundred + (Number("fixed_per_event") ?? NaiveFraction.Zero);
        fee = Number("min_per_event") is { } least ? NaiveFraction.Max(fee, least) : fee;
        return Number("max_per_event") is { } greatest ? NaiveFraction.Min(fee, greatest) : fee;
    }

    // So many first dollars of a period's cost are free, with the fee of the events that stay within them.
    private NaiveFraction CostPlus(NaiveFraction from, NaiveFraction to)
    {
        var free = Number("free_units") ?? NaiveFraction.Zero;
        if (from < free && to <= free)
        {
            return NaiveFraction.Zero;
        }
        var cost = to - NaiveFraction.Max(from, free);
        return cost + cost * Required("markup_percent") / Hundred + (Number("fixed_per_event") ?? NaiveFraction.Zero);
    }

    private NaiveFraction Billable(NaiveFraction quantity)
    {
        var free = Model is "percentage" or "cost_plus" ? NaiveFraction.Zero : Number("free_units") ?? NaiveFraction.Zero;
        var q = NaiveFraction.Max(NaiveFraction.Zero, quantity - free);
        return Text(definition, "quantity_rounding") switch
        {
            "up" => NaiveFraction.Of((q / Per).Ceiling()) * Per,
            "nearest" => NaiveFraction.Of((q / Per + NaiveFraction.Of(1, 2)).Floor()) * Per,
            _ => q,
        };
    }

    private NaiveFraction Per => Number("per") ?? NaiveFraction.Of(1);

    private NaiveFraction Required(string name) => Number(name) ?? throw new InvalidOperationException($"price {PriceId} has no {name}");

    private NaiveFraction? Number(string name) => Number(definition, name);

    private static NaiveFraction? Number(JsonElement of, string name) => Text(of, name) is { } text ? NaiveFraction.Parse(text) : null;

    internal static string? Text(JsonElement of, string name) =>
        of.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value.ToString() : null;
}

/// <summary>A <c>where</c> or a <c>filter</c>: each named property must have one of its values.</summary>
internal sealed class NaiveConditions
{
    private readonly List<(string Name, List<string> Values)> _conditions = [];

    public int Count => _conditions.Count;

    /// <summary>The properties that are looked at.</summary>
    public IEnumerable<string> Names => _conditions.Select(c => c.Name);

    public static NaiveConditions Of(JsonElement definition, string name)
    {
        var read = new NaiveConditions();
        if (definition.TryGetProperty(name, out var conditions) && conditions.ValueKind == JsonValueKind.Object)
        {
            read._conditions.AddRange(conditions.EnumerateObject().Select(c => (c.Name, c.Value.EnumerateArray().Select(v => v.ToString()).ToList())));
        }
        return read;
    }

    public bool Fit(IReadOnlyDictionary<string, string> properties) =>
        _conditions.All(c => properties.TryGetValue(c.Name, out string? value) && c.Values.Contains(value));
}
