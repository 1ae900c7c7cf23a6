using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Costs;

public sealed record RepriceCostsInput : ICheckedInput
{
    [Description("Only say what would change (default)."), DefaultValue(true)]
    public bool DryRun { get; set; } = true;

    [Description("Also events that have a price: those whose price is another by the present book. Default: only unpriced ones.")]
    public bool All { get; set; }

    [Description("Only requests from this time on.")]
    public Instant? From { get; init; }

    [Description("Only requests before this time.")]
    public Instant? To { get; init; }

    [Description("Why, for whoever reads the adjustments later."), StringLength(200, MinimumLength = 1)]
    public string Reason { get; set; } = "a price arrived";

    public bool IsWithinBounds() => PlainText.Fits(Reason, 200);
}

/// <summary>What changes for a model.</summary>
public sealed record RepricedModel
{
    [Description("provider/model.")]
    public required string Model { get; init; }

    public required long Events { get; init; }

    [Description("US dollars added; below zero: taken off.")]
    public required string Delta { get; init; }
}

public sealed record RepriceCostsOutput
{
    public required bool DryRun { get; init; }

    [Description("Events that change.")]
    public required long Events { get; init; }

    [Description("US dollars added in all.")]
    public required string Delta { get; init; }

    public required IReadOnlyList<RepricedModel> Models { get; init; }

    [Description("Events looked at that still have no price.")]
    public required long StillUnpriced { get; init; }
}

/// <summary>The use case: prices that arrive later reach the costs that waited for them, as adjustments.</summary>
public sealed class RepriceCosts : Operation<RepriceCostsInput, RepriceCostsOutput>
{
    // As many as one transaction takes without keeping others waiting.
    private const int Part = 200;

    [SetsRequiredMembers]
    public RepriceCosts()
    {
        Name = "reprice_costs";
        Title = "Price costs again";
        Description = "Prices unpriced costs by the present price book, or (all) also those whose price was corrected. A dry run shows it first; then each change is an adjustment, never an edit.";
        ToolSet = ToolSet.Costs;
        Scope = Scopes.CatalogWrite;
        Route = "POST /v1/costs/reprice";
        HasTool = false;
        TakesLong = true;
    }

    public override async ValueTask<RepriceCostsOutput> Run(RepriceCostsInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        var models = new SortedDictionary<string, (long Events, decimal Delta)>(StringComparer.Ordinal);
        long after = 0, still = 0;
        while (true)
        {
            var part = await billing.Reads<ICostReads>().Repriceable(caller, input.All, input.From, input.To, after, Part, cancellation);
            if (part.Costs.Count == 0)
            {
                break;
            }
            after = part.Costs[^1].Key;
            var done = input.DryRun
                ? RepriceCommand.Decide(part.Costs, part.Prices, input.Reason)
                : await billing.Commit(new RepriceCommand([.. part.Costs.Select(c => c.Key)], input.Reason), caller, cancellation);
            foreach (var (cost, adjustment) in done.Adjusted)
            {
                var so = models.GetValueOrDefault(cost.Event.ModelKey);
                models[cost.Event.ModelKey] = (so.Events + 1, so.Delta + adjustment.Delta);
            }
            still += done.StillUnpriced;
        }
        return new RepriceCostsOutput
        {
            DryRun = input.DryRun,
            Events = models.Values.Sum(m => m.Events),
            Delta = CostMoney.Format(models.Values.Sum(m => m.Delta)),
            Models = [.. models.Select(m => new RepricedModel { Model = m.Key, Events = m.Value.Events, Delta = CostMoney.Format(m.Value.Delta) })],
            StillUnpriced = still,
        };
    }
}

/// <summary>What pricing some events again did.</summary>
public sealed record RepricedCosts(IReadOnlyList<(StoredCost Cost, CostAdjustment Adjustment)> Adjusted, long StillUnpriced);

/// <summary>Prices the events of these keys again, in one transaction.</summary>
public sealed class RepriceCommand(IReadOnlyList<long> keys, string reason) : Command<RepricedCosts>
{
    public IReadOnlyList<long> Keys { get; } = keys;

    public RepricedCosts Decide(IEnumerable<StoredCost> costs, PriceBook prices) => Decide(costs, prices, reason);

    public static RepricedCosts Decide(IEnumerable<StoredCost> costs, PriceBook prices, string reason)
    {
        var adjusted = new List<(StoredCost, CostAdjustment)>();
        long still = 0;
        foreach (var cost in costs)
        {
            if (Repricing.Of(cost, prices, reason) is { } adjustment)
            {
                adjusted.Add((cost, adjustment));
            }
            else if (cost.Now.Status == CostStatus.Unpriced)
            {
                still++;
            }
        }
        return new RepricedCosts(adjusted, still);
    }
}
