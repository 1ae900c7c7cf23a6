using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using McpBilling.Catalog;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Integration;

/// <summary>Asks whether what arrived from an app is right.</summary>
public sealed record VerifyIntegrationInput
{
    [Description("Only this product's usage."), StringLength(CatalogId.MaxLength, MinimumLength = 1)]
    public string? Product { get; init; }

    [Description("Judge what arrived since; default the last 24 hours. After a fix: until of the last answer.")]
    public Instant? Since { get; init; }

    [Description("How the app should bill; record_after expects no holds.")]
    [NotInTools]
    public IntegrationStyle? Style { get; init; }
}

/// <summary>What a check came to.</summary>
public enum Verdict
{
    Pass,
    Fail,

    /// <summary>Nothing arrived by which it could be judged.</summary>
    NotSeenYet,
}

/// <summary>By what a finding was judged: the first of each, capped.</summary>
public sealed record Evidence
{
    public IReadOnlyList<string>? EventIds { get; init; }
    public IReadOnlyList<string>? HoldIds { get; init; }
    public IReadOnlyList<string>? CustomerIds { get; init; }

    [Description("How many requests, events or holds.")]
    public long? Count { get; init; }

    public Instant? FirstAt { get; init; }
    public Instant? LastAt { get; init; }
}

/// <summary>One check and what it came to.</summary>
public sealed record Finding
{
    public required string Check { get; init; }
    public required Verdict Status { get; init; }
    public required string Found { get; init; }
    public Evidence? Evidence { get; init; }

    [Description("What to change in the app.")]
    public string? Fix { get; init; }

    internal static Finding Pass(string check, string found, Evidence? evidence = null) => new() { Check = check, Status = Verdict.Pass, Found = found, Evidence = evidence };

    internal static Finding Fail(string check, string found, string fix, Evidence evidence) => new() { Check = check, Status = Verdict.Fail, Found = found, Fix = fix, Evidence = evidence };

    internal static Finding NotSeenYet(string check, string found, string? fix = null) => new() { Check = check, Status = Verdict.NotSeenYet, Found = found, Fix = fix };
}

/// <summary>The judgement.</summary>
public sealed record VerifyIntegrationOutput
{
    [Description("fail when any finding fails; not_seen_yet when nothing arrived.")]
    public required Verdict Verdict { get; init; }

    public required IReadOnlyList<Finding> Findings { get; init; }

    public required Instant Since { get; init; }
    public required Instant Until { get; init; }

    [Description("What was expected and what was charged, by an independent calculation.")]
    public required AmountsProof Amounts { get; init; }

    [Description("The stored proof; absent when the key may not write.")]
    public string? ProofId { get; init; }

    [Description("What was too much to read.")]
    public IReadOnlyList<string>? NotRead { get; init; }
}

/// <summary>The use case: judges an app by what it sent, and keeps the evidence.</summary>
public sealed class VerifyIntegration : Operation<VerifyIntegrationInput, VerifyIntegrationOutput>
{
    [SetsRequiredMembers]
    public VerifyIntegration()
    {
        Name = "verify_integration";
        Title = "Verify the integration";
        Description =
            "Checks whether the app or backend reports and sends usage correctly, is hooked up properly, working end to end: ids, names, customers, holds nobody " +
            "closes, clock, test or live, retries, every amount recalculated. Finds mistakes: each is pass, fail with the fix, or not_seen_yet. Run the app first " +
            "(success, denial, retry); after a fix call again with since. Stores a proof.";
        ToolSet = ToolSet.Setup;
        // A read-only key may judge; the proof is kept only for a key that may write.
        Scope = Scopes.UsageRead;
        Route = "POST /v1/integrations/verify";
    }

    public override async ValueTask<VerifyIntegrationOutput> Run(VerifyIntegrationInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        var arrived = await billing.Reads<IIntegrationReads>().Arrived(caller, input.Since, cancellation);
        var seen = input.Product is { } product ? OfProduct(arrived, product) : arrived;
        var amounts = AmountsProof.Of(seen);
        var findings = IntegrationChecks.Judge(seen, amounts, input.Style, caller.Mode);
        var verdict = findings.Any(f => f.Status == Verdict.Fail) ? Verdict.Fail
            : seen.Events.Count == 0 && seen.Authorizations.Count == 0 ? Verdict.NotSeenYet
            : Verdict.Pass;
        var output = new VerifyIntegrationOutput
        {
            Verdict = verdict,
            Findings = findings,
            Since = seen.Since,
            Until = seen.Now,
            Amounts = amounts,
            NotRead = seen.NotRead.Count > 0 ? seen.NotRead : null,
        };
        if (!caller.ScopeNames.Contains(Scopes.UsageWrite))
        {
            return output;
        }
        string document = JsonSerializer.Serialize(output, BillingJson.TypeInfo<VerifyIntegrationOutput>());
        string proofId = await billing.Commit(
            new ProofCommand(ProofCommand.Verification, input.Product ?? "all products", JsonNamingPolicy.SnakeCaseLower.ConvertName(verdict.ToString()), document), caller, cancellation);
        return output with { ProofId = proofId };
    }

    // An event of a type that nothing knows may be a mistyped one of this product: it stays, as does what names no type.
    private static Arrivals OfProduct(Arrivals arrived, string product)
    {
        var catalog = arrived.Catalog;
        if (catalog.FindProduct(product) is null)
        {
            throw new BillingException(
                ErrorCode.CatalogItemNotFound,
                $"There is no product \"{product}\". {NearestName.Hint(product, catalog.Document.Products.Select(p => p.Id)) ?? "get_catalog lists the products."}", "product");
        }
        var others = catalog.Document.Meters.Select(m => m.EventType).ToHashSet(StringComparer.Ordinal);
        others.ExceptWith(catalog.Versions.Values.Where(v => v.ProductId == product).Select(v => v.Meter.EventType));
        return arrived with
        {
            Events = [.. arrived.Events.Where(e => !others.Contains(e.Event.EventType))],
            Signals = [.. arrived.Signals.Where(s => !others.Contains(s.Signal.EventType))],
            Holds = [.. arrived.Holds.Where(h => h.Hold.Lines.IsEmpty || h.Hold.Lines.Any(l => l.Product is null || l.Product == product))],
        };
    }
}
