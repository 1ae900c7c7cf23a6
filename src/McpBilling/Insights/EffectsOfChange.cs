using System.Text.Json;
using McpBilling.Catalog;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Insights;

/// <summary>
/// What a change of the catalog does to existing customers: the simulation of the last 30 days of recorded usage, bounded, so that a diff stays quick. Existing customers
/// keep the sign-up credit that they got.
/// </summary>
public static class EffectsOfChange
{
    /// <summary>How much of the ledger a diff reads back at most: about a second's work. Who wants all of it calls simulate_pricing.</summary>
    public const long MaxFacts = 50_000;

    private const int MostAffected = 5;

    /// <param name="present">The catalog that the document would change.</param>
    /// <param name="now">The workspace's present.</param>
    /// <exception cref="BillingException">As applying the document would be refused.</exception>
    public static async ValueTask<CatalogEffects?> Of(
        IUsageHistory history, Caller caller, CatalogSnapshot present, JsonElement document, long? expectedVersion, Instant now, CancellationToken cancellation)
    {
        var change = CatalogRevision.Apply(present, document, now, expectedVersion);
        if (!change.Changes.Any(Matters))
        {
            return null;
        }
        var recorded = await history.Open(caller, new UsagePeriod(null, null, MaxFacts: MaxFacts), cancellation);
        if (recorded.Customers + recorded.LeftOut == 0)
        {
            return null;
        }
        var draft = DraftCatalog.Of(present, Next(present, change, now), []);
        var before = DraftCatalog.InEffect(present, now);
        var part = await RecordedSimulation.Run(recorded, before, draft, keepsSignup: true, [], null, cancellation);
        var report = new SimulationReport(part, hasCosts: false, MostAffected);
        var totals = report.Moves()!.Select(m => Amounts(m, report.Figures(then: false), report.Figures(then: true))).ToList();
        return new CatalogEffects
        {
            Customers = recorded.Customers + recorded.LeftOut,
            Products = [.. Products(present, change, part, report.Customers)],
            Totals = totals,
            MostAffected = [.. Affected(report, 1), .. Affected(report, -1)],
            Notes = Notes(recorded),
        };
    }

    // A sign-up grant is for customers to come, an asset charges nobody by itself.
    private static bool Matters(CatalogItemChange change) =>
        change.Action != CatalogAction.Unchanged && change.Kind is CatalogKind.Price or CatalogKind.Product or CatalogKind.Meter or CatalogKind.TimeZone;

    // A price that was scheduled before is no effect of this change: it stays as it is in effect now.
    private static CatalogSnapshot Next(CatalogSnapshot present, CatalogChange change, Instant now)
    {
        var unchanged = change.Changes.Where(c => c.Kind == CatalogKind.Price && c.Action == CatalogAction.Unchanged).Select(c => c.Id).ToHashSet(StringComparer.Ordinal);
        return CatalogRevision.FromTheBeginning(change.Next.Document with
        {
            Products =
            [
                .. change.Next.Document.Products.Select(p => p with
                {
                    Prices = [.. p.Prices.Select(price => unchanged.Contains(price.Id) ? present.FindPrice(price.Id)?.At(now)?.Definition ?? price : price)],
                }),
            ],
        });
    }

    private static AssetEffect Amounts(SimulatedMoves moves, SimulatedFigures before, SimulatedFigures after) => new()
    {
        Asset = moves.Asset,
        Before = before.Revenue.Single(r => r.Asset == moves.Asset).Amount,
        After = after.Revenue.Single(r => r.Asset == moves.Asset).Amount,
        PayMore = moves.PayMore,
        PayLess = moves.PayLess,
        Same = moves.Same,
    };

    private static IEnumerable<ProductEffect> Products(CatalogSnapshot present, CatalogChange change, SimulationPart part, long customers)
    {
        var productOf = present.Document.Products.Concat(change.Next.Document.Products).SelectMany(p => p.Prices.Select(price => (price.Id, Product: p.Id)))
            .GroupBy(p => p.Id, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Last().Product, StringComparer.Ordinal);
        var changed = change.Changes.Where(c => c.Action != CatalogAction.Unchanged && c.Kind is CatalogKind.Price or CatalogKind.Product)
            .GroupBy(c => c.Kind == CatalogKind.Price ? productOf[c.Id] : c.Id, StringComparer.Ordinal);
        foreach (var of in changed)
        {
            yield return new ProductEffect
            {
                Product = of.Key,
                Changes = [.. of.Select(c => $"{c.Kind.ToString().ToLowerInvariant()} {c.Id} {c.Action.ToString().ToLowerInvariant()}{(c.Details is null ? "" : ": " + c.Details)}")],
                Amounts =
                [
                    .. part.Products.Where(p => p.Key.Product == of.Key).OrderBy(p => p.Key.Asset, StringComparer.Ordinal).Select(p => new AssetEffect
                    {
                        Asset = p.Key.Asset,
                        Before = SimulationReport.Text(part.Assets[p.Key.Asset], p.Value.Now),
                        After = SimulationReport.Text(part.Assets[p.Key.Asset], p.Value.Then),
                        PayMore = p.Value.More,
                        PayLess = p.Value.Less,
                        Same = customers - p.Value.More - p.Value.Less,
                    }),
                ],
            };
        }
    }

    private static IEnumerable<CustomerEffect> Affected(SimulationReport report, int sign) => report.Changed(sign)!
        .Select(c => new CustomerEffect { CustomerId = c.CustomerId, Asset = c.Asset, Before = c.Present, After = c.Draft!, Change = c.Change! });

    private static List<string> Notes(IRecordedUsage recorded)
    {
        List<string> notes = ["Usage of the last 30 days, as if the new prices had been in effect; really they apply from their own time on."];
        if (recorded.LeftOut > 0)
        {
            notes.Add($"{recorded.LeftOut} of {recorded.Customers + recorded.LeftOut} customers are in no figure, to keep the diff quick; simulate_pricing with this document computes all.");
        }
        return notes;
    }
}
