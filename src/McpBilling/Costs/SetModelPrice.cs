using System.Collections.Frozen;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Costs;

/// <summary>Sets what a model costs by the builder's own contract.</summary>
public sealed record SetModelPriceInput
{
    [Description("Such as openai, or one of your own."), RegularExpression("^[A-Za-z0-9][A-Za-z0-9._-]*$"), StringLength(64, MinimumLength = 1)]
    public required string Provider { get; init; }

    [Description("As it is requested or answered, or a deployment's name."), RegularExpression("^[!-~]+$"), StringLength(256, MinimumLength = 1)]
    public required string Model { get; init; }

    [JsonShape("""{"type":"object","additionalProperties":{"type":"string","pattern":"^-?\\d+(\\.\\d+)?$"}}"""), Length(0, 20)]
    [Description("US dollars by kind: {\"input\":\"2.5\",\"output\":\"10\"} for 1M tokens. Kinds left out keep their rate.")]
    public IReadOnlyDictionary<string, decimal>? Rates { get; init; }

    [Description("Only then: batch, service_tier=flex, deployment=global …, with commas."), StringLength(200)]
    public string? When { get; init; }

    [Description("Default now; for an unknown model, always.")]
    public Instant? EffectiveFrom { get; init; }

    public Instant? EffectiveTo { get; init; }

    [Description("Context from which over_rates count: >200000, >=272000, none."), StringLength(16)]
    public string? OverThreshold { get; init; }

    [JsonShape("""{"type":"object","additionalProperties":{"type":"string","pattern":"^-?\\d+(\\.\\d+)?$"}}"""), Length(0, 20)]
    public IReadOnlyDictionary<string, decimal>? OverRates { get; init; }

    [StringLength(200, MinimumLength = 1)]
    public string? Source { get; init; }

    [DefaultValue(false), Description("Take your price back: the shipped one counts again.")]
    public bool Withdraw { get; init; }
}

public sealed record SetModelPriceOutput
{
    public required ModelPriceView Price { get; init; }

    [Description("False: it was so before.")]
    public required bool Changed { get; init; }

    public required IReadOnlyList<string> Notes { get; init; }
}

/// <summary>A builder's own price: a new row from its time on, over the shipped one. What was booked stays as it was until it is priced again.</summary>
public sealed class SetModelPrice : Operation<SetModelPriceInput, SetModelPriceOutput>
{
    [SetsRequiredMembers]
    public SetModelPrice()
    {
        Name = "set_model_price";
        Title = "Set a model price";
        Description = "Sets what a model costs you: your contract's price, a deployment, a model that list_model_prices does not show. A new row; booked costs stay until POST /v1/costs/reprice.";
        ToolSet = ToolSet.Costs;
        Scope = Scopes.CatalogWrite;
        Route = "POST /v1/model-prices";
    }

    public override ValueTask<SetModelPriceOutput> Run(SetModelPriceInput input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        AddPricesCommand.Run(stored => Decide(input, stored), caller, billing, cancellation);

    private static (IReadOnlyList<PriceRow>, Func<IReadOnlyList<PriceRow>, SetModelPriceOutput>) Decide(SetModelPriceInput input, StoredPrices stored)
    {
        var when = Conditions(input.When);
        string provider = CostProviders.Canonical(input.Provider), model = input.Model.ToLowerInvariant();
        bool isKnown = stored.Book.RowsOf(provider, model).Count > 0;
        var from = input.EffectiveFrom ?? (isKnown ? stored.Now : Instant.Beginning);
        var to = input.EffectiveTo ?? Instant.Never;
        if (to <= from)
        {
            throw Refused("effective_to", $"is {to}: it must be after {from}");
        }
        var inForce = stored.Book.RowsAt(provider, model, from == Instant.Beginning ? stored.Now : from);
        var before = inForce.FirstOrDefault(r => r.When.Equals(when));
        var row = new PriceRow
        {
            Id = "",
            Provider = provider,
            Model = model,
            EffectiveFrom = from,
            EffectiveTo = to,
            When = when,
            Status = input.Withdraw ? PriceRowStatus.Cancelled : PriceRowStatus.Active,
            Rates = input.Withdraw ? FrozenDictionary<string, decimal>.Empty : Merged(before?.Rates, input.Rates),
            Source = input.Source ?? "set by the builder",
            Checked = DateOnly.FromDateTime(stored.Now.ToDateTimeOffset().UtcDateTime),
        };
        if (input.Withdraw)
        {
            return Withdrawal(input, row, before);
        }
        row = WithThreshold(row, before, input);
        Require(row, before);
        if (before is { } same && IsOwn(same) && Same(same, row) && (input.EffectiveFrom is null || same.EffectiveFrom == from) && same.EffectiveTo == to)
        {
            return ([], _ => new() { Price = ModelPriceView.Of(same), Changed = false, Notes = [] });
        }
        var notes = Notes(row, before, inForce, input);
        return ([row], added => new() { Price = ModelPriceView.Of(added[0]), Changed = true, Notes = notes });
    }

    private static (IReadOnlyList<PriceRow>, Func<IReadOnlyList<PriceRow>, SetModelPriceOutput>) Withdrawal(SetModelPriceInput input, PriceRow row, PriceRow? before)
    {
        if (input.Rates is { Count: > 0 } || input.OverRates is { Count: > 0 })
        {
            throw Refused("rates", "is not for a withdrawal; leave it out");
        }
        return before is not null && IsOwn(before)
            ? ([row], added => new() { Price = ModelPriceView.Of(added[0]), Changed = true, Notes = [$"{before.Id} does not count any more from {row.EffectiveFrom} on"] })
            : throw Refused("withdraw", $"finds no own price of {row.Provider}/{row.Model}{(row.IsBase ? "" : $" for {row.When}")} that counts then");
    }

    private static PriceRow WithThreshold(PriceRow row, PriceRow? before, SetModelPriceInput input)
    {
        if (input.OverThreshold == "none")
        {
            return input.OverRates is { Count: > 0 } ? throw Refused("over_rates", "needs over_threshold: the context from which they count") : row;
        }
        ContextThreshold? given = null;
        if (input.OverThreshold is not null && !ContextThreshold.TryParse(input.OverThreshold, out given))
        {
            throw Refused("over_threshold", $"is {input.OverThreshold}: write >200000 (above so many tokens), >=272000 (from so many on), or none");
        }
        var threshold = given ?? before?.Threshold;
        var over = Merged(before?.OverRates, input.OverRates);
        if (over.Count == 0 != threshold is null)
        {
            throw threshold is null ? Refused("over_rates", "needs over_threshold: the context from which they count") : Refused("over_threshold", "needs over_rates: what counts beyond it");
        }
        return row with { Threshold = threshold, OverRates = over };
    }

    private static void Require(PriceRow row, PriceRow? before)
    {
        if (row.Rates.Count == 0)
        {
            throw Refused("rates", "is missing: name at least one kind, such as {\"input\":\"2.5\",\"output\":\"10\"}");
        }
        List<Problem> problems =
        [
            .. PriceSanity.Check(row.Rates, before?.Rates).Select(p => new Problem($"/rates/{p.Kind}", p.Message)),
            .. PriceSanity.Check(row.OverRates, row.Rates).Select(p => new Problem($"/over_rates/{p.Kind}", p.Message)),
            .. row.OverRates.Keys.Where(k => !row.Rates.ContainsKey(k)).Select(k => new Problem($"/over_rates/{k}", "has no rate below the threshold; name it in rates too")),
        ];
        if (problems.Count > 0)
        {
            throw InputGuard.Refusal(problems);
        }
    }

    private static List<string> Notes(PriceRow row, PriceRow? before, IReadOnlyList<PriceRow> inForce, SetModelPriceInput input)
    {
        var notes = new List<string>();
        if (before is not null)
        {
            string kept = string.Join(", ", before.Rates.Keys.Where(k => input.Rates?.ContainsKey(k) != true).OrderBy(CostKinds.Order));
            if (kept.Length > 0)
            {
                notes.Add($"kept from {before.Id}: {kept}");
            }
            if (before.Threshold is not null && input.OverThreshold is null && input.OverRates is null)
            {
                notes.Add($"kept from {before.Id}: what counts {before.Threshold} tokens of context; over_threshold none drops it");
            }
        }
        string lost = string.Join("; ", inForce.Where(r => !r.IsBase && !IsOwn(r)).Select(r => r.When.ToString()));
        if (row.IsBase && lost.Length > 0)
        {
            notes.Add($"the list prices for {lost} do not count beside your own price; set them too where you use them");
        }
        return notes;
    }

    private static FrozenDictionary<string, decimal> Merged(IReadOnlyDictionary<string, decimal>? before, IReadOnlyDictionary<string, decimal>? given)
    {
        var rates = new Dictionary<string, decimal>(before ?? FrozenDictionary<string, decimal>.Empty, StringComparer.Ordinal);
        foreach (var (kind, rate) in given ?? FrozenDictionary<string, decimal>.Empty)
        {
            rates[kind] = rate;
        }
        return rates.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static PriceConditions Conditions(string? text)
    {
        try
        {
            return string.IsNullOrWhiteSpace(text) ? PriceConditions.None : PriceConditions.Parse(text);
        }
        catch (FormatException e)
        {
            throw Refused("when", e.Message);
        }
    }

    private static bool Same(PriceRow a, PriceRow b) => a.Threshold == b.Threshold && SameRates(a.Rates, b.Rates) && SameRates(a.OverRates, b.OverRates);

    private static bool SameRates(FrozenDictionary<string, decimal> a, FrozenDictionary<string, decimal> b) => a.Count == b.Count && a.All(r => b.TryGetValue(r.Key, out decimal other) && other == r.Value);

    private static bool IsOwn(PriceRow row) => row.Id.StartsWith("own-", StringComparison.Ordinal);

    private static BillingException Refused(string field, string message) => InputGuard.Refusal([new Problem("/" + field, message)]);
}
