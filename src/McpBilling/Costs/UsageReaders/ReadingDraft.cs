using System.Collections.Immutable;

namespace McpBilling.Costs.UsageReaders;

/// <summary>A reading while it is made: what was seen so far, and whether anything was.</summary>
internal sealed class ReadingDraft(PriceContext told)
{
    private readonly List<MeteredUse> uses = [];
    private readonly SortedDictionary<string, decimal> inside = new(StringComparer.Ordinal);
    private bool isKnown;

    /// <summary>What the caller told; a reader puts over it what the response knows better.</summary>
    public PriceContext Context { get; set; } = told;

    /// <summary>See <see cref="UsageReading.LongestContext"/>.</summary>
    public decimal? LongestContext { get; set; }

    /// <summary>Why it is a lower bound; null while it is not.</summary>
    public string? Partial { get; set; }

    /// <summary>Adds to a kind. A zero says that the usage is known, and makes no line; null says nothing.</summary>
    public void Add(string kind, decimal? quantity, bool assumed = false, string? model = null, int? part = null, string? iteration = null)
    {
        isKnown |= quantity is not null;
        if (quantity is not > 0)
        {
            return;
        }
        int at = uses.FindIndex(u => u.Kind == kind && u.Model == model && u.Part == part);
        if (at < 0)
        {
            uses.Add(new(kind, quantity.Value) { Assumed = assumed, Model = model, Part = part, Iteration = iteration });
            return;
        }
        uses[at] = uses[at] with { Quantity = uses[at].Quantity + quantity.Value, Assumed = uses[at].Assumed || assumed };
    }

    /// <summary>Adds what was worked out: a zero of these says nothing of whether the usage is known.</summary>
    public void AddFound(string kind, decimal quantity, bool assumed = false, string? model = null, int? part = null, string? iteration = null) =>
        Add(kind, quantity > 0 ? quantity : null, assumed, model, part, iteration);

    /// <summary>Notes tokens that other figures contain.</summary>
    public void Inside(string name, decimal? quantity)
    {
        if (quantity is > 0)
        {
            inside[name] = quantity.Value;
        }
    }

    /// <summary>The served tier, where the response names one. <c>auto</c> is what was asked for, not what served it.</summary>
    public void ServedBy(string? tier)
    {
        if (tier is not (null or "auto"))
        {
            Context = Context with { ServiceTier = tier };
        }
    }

    /// <param name="missing">What to say when nothing of the usage was there.</param>
    public UsageReading Finish(string? id, string? model, string missing) => new()
    {
        Uses = [.. uses.OrderBy(u => u.Part ?? -1).ThenBy(u => CostKinds.Order(u.Kind))],
        State = !isKnown ? ReadingState.NoUsage : Partial is null ? ReadingState.Complete : ReadingState.Partial,
        Reason = Partial ?? (isKnown ? null : missing),
        ResponseId = id,
        Model = model,
        Context = Context,
        Inside = (LongestContext is { } longest ? inside.Append(new(UsageReading.LongestContextName, longest)) : inside).ToImmutableSortedDictionary(StringComparer.Ordinal),
    };
}
