using System.Diagnostics.CodeAnalysis;
using McpBilling.Catalog;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Insights;

/// <summary>The use case: what would customers pay? Reads only; a draft is never applied.</summary>
public sealed class SimulatePricing : Operation<SimulatePricingInput, SimulatePricingOutput>
{
    [SetsRequiredMembers]
    public SimulatePricing()
    {
        Name = "simulate_pricing";
        Title = "Simulate pricing";
        Description =
            "What if: previews the impact of draft prices (billing.json) beside the present ones, on past or described usage, without touching anything: forecasts " +
            "revenue, compares old and new, who would pay more or is worse off, who runs out of credit, and with assumed costs on which clients you lose money (a " +
            "loss). Next: apply_catalog. Example: {\"usage\":{\"described\":[{\"customers\":500,\"event_type\":\"image\",\"quantity_per_customer\":\"20\"}]}}";
        ToolSet = ToolSet.Setup;
        Scope = Scopes.UsageRead;
        Route = "POST /v1/simulations";
        Reads = true;
        TakesLong = true;
    }

    public override ValueTask<SimulatePricingOutput> Run(SimulatePricingInput input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        Run(input, caller, billing, null, cancellation);

    public override async ValueTask<SimulatePricingOutput> Run(
        SimulatePricingInput input, Caller caller, IBilling billing, IProgress<OperationProgress>? progress, CancellationToken cancellation)
    {
        // It shows what customers did and what the catalog says: a key needs to be allowed both.
        caller.Require(Scopes.CatalogRead);
        if (input.Usage is { Recorded: not null, Described: not null })
        {
            throw new BillingException(ErrorCode.InvalidRequest, "usage.described does not go with usage.recorded: simulate one, then the other.", "usage.described");
        }
        return input.Usage?.Described is { } described
            ? await Described(input, described, caller, billing, progress, cancellation)
            : await Recorded(input, input.Usage?.Recorded ?? new(), caller, billing, progress, cancellation);
    }

    private static async ValueTask<SimulatePricingOutput> Described(
        SimulatePricingInput input, IReadOnlyList<DescribedUsageInput> lines, Caller caller, IBilling billing, IProgress<OperationProgress>? progress, CancellationToken cancellation)
    {
        var present = await billing.Reads<ICatalogReads>().Current(caller);
        var now = (await billing.Reads<IClockReads>().Clock(caller, cancellation)).Now;
        var draft = input.Document is { } document ? DraftCatalog.Read(present, document, now) : null;
        var described = new DescribedUsage(present, draft, Costs(input, present, draft), now);
        var part = described.Run(lines, progress, cancellation);
        List<string> warnings =
        [
            $"Assumed: customers join on {described.Period.From} with the catalog's sign-up grants, use evenly over that calendar month, and buy no credit; what credit does not cover is owed.",
            .. described.Warnings,
        ];
        return Answer(input, part, described.Period, SimulationReport.Text(Counted, described.Events), null, draft, warnings);
    }

    private static async ValueTask<SimulatePricingOutput> Recorded(
        SimulatePricingInput input, RecordedUsageInput asked, Caller caller, IBilling billing, IProgress<OperationProgress>? progress, CancellationToken cancellation)
    {
        if (asked is { From: { } from, To: { } to })
        {
            if (to <= from)
            {
                throw new BillingException(ErrorCode.InvalidRequest, $"usage.recorded.to is {to}: it must be after from, {from}.", "usage.recorded.to");
            }
            if (to - from > RecordedUsageInput.MaxPeriod)
            {
                throw new BillingException(ErrorCode.InvalidRequest, $"usage.recorded.to is {to}, more than 366 days after from, {from}: simulate a shorter period.", "usage.recorded.to");
            }
        }
        var present = await billing.Reads<ICatalogReads>().Current(caller);
        var now = (await billing.Reads<IClockReads>().Clock(caller, cancellation)).Now;
        if (asked.To is null && asked.From is { } since && now - since > RecordedUsageInput.MaxPeriod)
        {
            throw new BillingException(ErrorCode.InvalidRequest, $"usage.recorded.from is {since}, more than 366 days ago: name to as well.", "usage.recorded.from");
        }
        // What is wrong with the question is said before the ledger is read.
        var draft = input.Document is { } document ? DraftCatalog.Read(present, document, now) : null;
        var costs = Costs(input, present, draft);
        var history = billing.Reads<IUsageHistory>();
        // A file is read by whoever asks, and this may take long.
        var recorded = await await Task.Factory.StartNew(
            () => history.Open(caller, new UsagePeriod(asked.From, asked.To, asked.CustomerId), cancellation).AsTask(), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var part = await RecordedSimulation.Run(recorded, recorded.Catalog, draft, keepsSignup: false, costs, progress, cancellation);
        var period = new SimulatedPeriod { From = recorded.Period.From, To = Instant.Min(recorded.Period.To, recorded.Now) };
        var charged = recorded.Charged.GroupBy(c => c.Key.Asset, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => new AssetAmount
        {
            Asset = g.Key,
            Amount = SimulationReport.Text(recorded.Catalog.RequireAsset(g.Key), g.Aggregate(Int128.Zero, (sum, c) => sum + c.Value)),
        });
        return Answer(input, part, period, SimulationReport.Text(Counted, recorded.Events), [.. charged], draft, RecordedWarnings(recorded, draft));
    }

    private static List<string> RecordedWarnings(IRecordedUsage recorded, DraftCatalog? draft)
    {
        var warnings = new List<string>();
        var changed = recorded.Catalog.Stored.Prices.Where(p => p.Version > 1 && p.EffectiveAt > recorded.Period.From && p.EffectiveAt <= recorded.Now).Select(p => p.PriceId).Distinct().ToList();
        if (changed.Count > 0)
        {
            warnings.Add($"{string.Join(", ", changed.Take(10))} changed within the period: present rates each event by the version of its own time.");
        }
        if (draft is not null)
        {
            warnings.Add("Assumed: customers use the same as they did; the draft was in effect since each customer joined, also before the period.");
            if (!draft.HasSameSignup)
            {
                warnings.Add("Assumed: on the draft every customer got the draft's sign-up grants when joining; really, existing customers keep what they got.");
            }
        }
        return warnings;
    }

    private static SimulatePricingOutput Answer(
        SimulatePricingInput input, SimulationPart part, SimulatedPeriod period, string events, IReadOnlyList<AssetAmount>? charged, DraftCatalog? draft, List<string> warnings)
    {
        try
        {
            var report = new SimulationReport(part, input.Costs is { Count: > 0 }, input.Limit);
            AddTrouble(warnings, part.Now, "the present catalog");
            AddTrouble(warnings, part.Then, "the draft");
            if (input.Costs is { Count: > 0 })
            {
                warnings.Add("Costs are assumed: per unit of each event's quantity, also of usage taken back later. Revenue in other assets than the costs' counts in no margin.");
            }
            return new SimulatePricingOutput
            {
                Period = period,
                Customers = report.Customers,
                Events = events,
                Present = report.Figures(then: false),
                Draft = draft is null ? null : report.Figures(then: true),
                Charged = charged,
                Products = report.Products(),
                Moves = report.Moves(),
                PayMore = report.Changed(1),
                PayLess = report.Changed(-1),
                PayMost = report.PayMost(),
                Unprofitable = report.Unprofitable(),
                Warnings = [.. warnings, .. (draft?.Warnings ?? []).Select(w => "draft: " + w)],
            };
        }
        catch (OverflowException)
        {
            throw new BillingException(ErrorCode.AmountInvalid, "One customer would pay or cost more than 64 bits can count.", "usage");
        }
    }

    private static void AddTrouble(List<string> warnings, SimulationTrouble trouble, string where)
    {
        if (trouble.Refused > 0)
        {
            warnings.Add($"{trouble.Refused} events could not be rated on {where} and count as charged nothing, the first because: {trouble.FirstRefusal}");
        }
        if (trouble.Holds > 0)
        {
            warnings.Add($"{trouble.Holds} holds found too little credit on {where}: their usage is charged all the same, in the asset that covers it when it is captured.");
        }
        if (trouble.Reversals > 0)
        {
            warnings.Add($"{trouble.Reversals} reversals of a part could not be carried out on {where}, whose meter does not split, and are left out.");
        }
    }

    private static List<AssumedCost> Costs(SimulatePricingInput input, CatalogSnapshot present, DraftCatalog? draft)
    {
        var costs = new List<AssumedCost>();
        foreach (var (i, cost) in (input.Costs ?? []).Index())
        {
            if (cost.PerUnit < 0)
            {
                throw new BillingException(ErrorCode.AmountInvalid, $"costs[{i}].per_unit is {Quantity.Format(cost.PerUnit)}: it must not be negative.", $"costs[{i}].per_unit");
            }
            var asset = draft?.Snapshot.FindAsset(cost.Asset) ?? present.RequireAsset(cost.Asset, $"costs[{i}].asset");
            if (present.MetersOf(cost.EventType).Count == 0 && draft?.Snapshot.MetersOf(cost.EventType).Count is null or 0)
            {
                var known = draft?.Snapshot ?? present;
                string hint = known.NearestEventType(cost.EventType) is { } near ? $" Did you mean '{near}'?" : "";
                throw new BillingException(ErrorCode.InvalidRequest, $"costs[{i}].event_type is {WalletSession.Shown(cost.EventType)}, which no meter takes.{hint}", $"costs[{i}].event_type");
            }
            costs.Add(new AssumedCost(cost.EventType, cost.PerUnit, asset));
        }
        return costs;
    }

    // A count is written as an amount without decimals would be.
    private static readonly Asset Counted = new("events", "Events", 0, 0);
}
