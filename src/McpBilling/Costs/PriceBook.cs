using System.Collections.Frozen;
using System.Collections.Immutable;
using McpBilling.Money;

namespace McpBilling.Costs;

/// <summary>
/// What providers charge, and since when. Immutable. Prices a reading at the time of its request: kind by kind, exact, and without ever taking what is not known
/// for zero.
/// </summary>
public sealed class PriceBook
{
    private static readonly Lazy<PriceBook> Lazily = new(() => new PriceBook(ShippedPrices.Read(), []));

    private readonly FrozenDictionary<(string Provider, string Name), PricedModel> shipped;
    private readonly FrozenDictionary<(string Provider, string Name), PricedModel> own;

    /// <exception cref="ArgumentException">Two models of one provider share a name, or two rows an id.</exception>
    public PriceBook(IEnumerable<PriceRow> shippedRows, IEnumerable<PriceRow> ownRows)
        : this(Index(shippedRows), ownRows)
    {
    }

    private PriceBook(FrozenDictionary<(string, string), PricedModel> shipped, IEnumerable<PriceRow> ownRows)
    {
        this.shipped = shipped;
        own = IndexOwn(ownRows);
        Models = [.. shipped.Concat(own).Where(m => m.Key.Item2 == m.Value.Model).Select(m => m.Key).Distinct().OrderBy(m => m.Item1, StringComparer.Ordinal).ThenBy(m => m.Item2, StringComparer.Ordinal)];
    }

    /// <summary>The rows that come with the program; read from it when first asked for.</summary>
    public static PriceBook Shipped => Lazily.Value;

    public bool HasOwn => own.Count > 0;

    /// <summary>The shipped rows, by provider, model, time.</summary>
    public IEnumerable<PriceRow> ShippedRows => Rows(shipped);

    /// <summary>The builder's own rows, each model's in the order in which they were recorded.</summary>
    public IEnumerable<PriceRow> OwnRows => Rows(own);

    /// <summary>The same book with these own rows, in the order in which they were recorded, instead of those it has.</summary>
    public PriceBook With(IEnumerable<PriceRow> ownRows) => new(shipped, ownRows);

    /// <summary>What a reading cost at the time of its request. The model is the response's where it says one, unless the builder has a price for the requested name (a deployment).</summary>
    /// <param name="provider">Any name of <see cref="CostProviders"/>, or another provider of which the builder has rows.</param>
    /// <param name="model">As it was requested or answered.</param>
    /// <exception cref="OverflowException">An amount is beyond 10^10 dollars.</exception>
    public PricedCost Price(string provider, string model, Instant at, UsageReading reading)
    {
        if (reading.State == ReadingState.NoUsage)
        {
            return new(CostStatus.NoUsage, [], null, reading.Reason ?? "the response does not say what was used");
        }
        string canonical = CostProviders.Canonical(provider);
        string name = reading.Model is { } answered && !HasOwnPrice(canonical, model) ? answered : model;
        var situation = PriceSituation.Of(reading.Context);
        var lines = ImmutableArray.CreateBuilder<CostLine>(reading.Uses.Length);
        var notes = new List<string>();
        decimal sum = 0;
        bool isKnown = true;
        RateCard? card = null;
        MeteredUse? cardOf = null;
        foreach (var use in Ordered(reading.Uses))
        {
            // One card for each call of a model: an iteration has a context of its own.
            if (card is null || cardOf!.Model != use.Model || cardOf.Part != use.Part)
            {
                (card, cardOf) = (CardOf(canonical, use.Model ?? name, at, situation, reading.ContextTokensOf(use.Part)), use);
            }
            var rate = card.Rate(use.Kind);
            if (rate.Note is not null && !notes.Contains(rate.Note))
            {
                notes.Add(rate.Note);
            }
            decimal per = CostKinds.Per(use.Kind);
            decimal? amount = rate.Value is { } value ? AmountOf(use.Quantity, value, per) : null;
            isKnown &= amount is not null;
            sum += amount ?? 0;
            lines.Add(new(use.Kind, use.Quantity, rate.Value, per, amount, rate.RowId) { Assumed = use.Assumed || rate.Assumed, Model = use.Model, Iteration = use.Iteration });
        }
        if (reading is { State: ReadingState.Partial, Reason: { } broken })
        {
            notes.Insert(0, broken);
        }
        var status = !isKnown ? CostStatus.Unpriced : reading.State == ReadingState.Partial ? CostStatus.Incomplete : CostStatus.Priced;
        return new(status, lines.DrainToImmutable(), isKnown ? sum : null, notes.Count == 0 ? null : string.Join("; ", notes));
    }

    /// <summary>Quantity × rate / per in US dollars: exact where it ends within 18 decimals, else rounded there, half to even.</summary>
    public static decimal AmountOf(decimal quantity, decimal rate, decimal per)
    {
        // Tokens by the million: small whole numbers, whose product and quotient a decimal holds exactly.
        if (per == 1_000_000m && quantity.Scale == 0 && quantity <= 1_000_000_000m && rate < 1_000_000m && rate.Scale <= 12)
        {
            return quantity * rate / per;
        }
        return (Exact.From(quantity) * Exact.From(rate) / Exact.From(per)).ToDecimal(18);
    }

    /// <summary>All rows of a model, by any of its names, past and future ones too: own ones first.</summary>
    public IReadOnlyList<PriceRow> RowsOf(string provider, string model)
    {
        var found = Find(CostProviders.Canonical(provider), model);
        return [.. found.Own?.Rows ?? [], .. found.Shipped?.Rows ?? []];
    }

    /// <summary>The rows of a model that count at a time: its base row, and what lies over it under its conditions. Empty where the name is not in the book as it is written.</summary>
    public IReadOnlyList<PriceRow> RowsAt(string provider, string model, Instant at)
    {
        var found = Find(CostProviders.Canonical(provider), model);
        return found.Guess is null ? RateCard.RowsAt(found, at) : [];
    }

    /// <summary>The main name of every model, by provider and name.</summary>
    public IReadOnlyList<(string Provider, string Model)> Models { get; }

    internal RateCard CardOf(string provider, string name, Instant at, PriceSituation situation, decimal contextTokens)
    {
        var found = Find(provider, name);
        return found.IsNothing ? RateCard.Unknown($"the price book has no model {Shown(name)} of {provider}") : RateCard.Of(found, name, at, situation, contextTokens);
    }

    internal FoundModel Find(string provider, string name)
    {
        foreach (var (spelling, guess) in ModelNames.Spellings(provider, name))
        {
            shipped.TryGetValue((provider, spelling), out var listed);
            if (!own.TryGetValue((provider, spelling), out var mine) && listed is not null)
            {
                own.TryGetValue((provider, listed.Model), out mine);
            }
            if (mine is not null || listed is not null)
            {
                return new(mine, listed, guess);
            }
        }
        return default;
    }

    private bool HasOwnPrice(string provider, string name) => HasOwn && ModelNames.Spellings(provider, name).Any(s => s.Guess is null && own.ContainsKey((provider, s.Name)));

    private static IEnumerable<MeteredUse> Ordered(ImmutableArray<MeteredUse> uses)
    {
        for (int i = 1; i < uses.Length; i++)
        {
            if (Compare(uses[i - 1], uses[i]) > 0)
            {
                return uses.Order(Comparer<MeteredUse>.Create(Compare));
            }
        }
        return uses;
    }

    private static int Compare(MeteredUse a, MeteredUse b)
    {
        int byPart = Nullable.Compare(a.Part, b.Part);
        int byModel = byPart != 0 ? byPart : string.CompareOrdinal(a.Model, b.Model);
        int byKind = byModel != 0 ? byModel : CostKinds.Order(a.Kind).CompareTo(CostKinds.Order(b.Kind));
        return byKind != 0 ? byKind : a.Quantity.CompareTo(b.Quantity);
    }

    private static IEnumerable<PriceRow> Rows(FrozenDictionary<(string Provider, string Name), PricedModel> models) =>
        models.Where(m => m.Key.Name == m.Value.Model).OrderBy(m => m.Key.Provider, StringComparer.Ordinal).ThenBy(m => m.Key.Name, StringComparer.Ordinal).SelectMany(m => m.Value.Rows);

    private static FrozenDictionary<(string, string), PricedModel> Index(IEnumerable<PriceRow> rows)
    {
        var names = new Dictionary<(string, string), PricedModel>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var group in rows.GroupBy(r => (r.Provider, r.Model)))
        {
            var model = PricedModel.Of(group);
            foreach (string name in model.Aliases.Prepend(model.Model))
            {
                if (!names.TryAdd((model.Provider, name), model) && names[(model.Provider, name)] != model)
                {
                    throw new ArgumentException($"{model.Provider}/{name} is a name of {names[(model.Provider, name)].Model} and of {model.Model}");
                }
            }
            if (model.Rows.FirstOrDefault(r => !ids.Add(r.Id)) is { } twice)
            {
                throw new ArgumentException($"two rows have the id {twice.Id}");
            }
        }
        return names.ToFrozenDictionary();
    }

    // A builder's rows come one after the other and may not be refused for what they are called: a main name goes before an alias, the later alias before the earlier.
    private static FrozenDictionary<(string, string), PricedModel> IndexOwn(IEnumerable<PriceRow> rows)
    {
        var names = new Dictionary<(string, string), PricedModel>();
        var models = rows.GroupBy(r => (r.Provider, r.Model)).Select(PricedModel.Of).ToList();
        foreach (var (model, name) in models.SelectMany(m => m.Aliases, (m, a) => (m, a)).Concat(models.Select(m => (m, a: m.Model))))
        {
            names[(model.Provider, name)] = model;
        }
        return names.ToFrozenDictionary();
    }

    private static string Shown(string name) => name.Length > 100 ? name[..100] + "…" : name;
}
