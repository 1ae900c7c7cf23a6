using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Costs.Reconciliation;

public sealed record ListReconciliationsInput
{
    [Description("next_cursor of the page before."), StringLength(64)]
    public string? Cursor { get; init; }

    [Description("Reconciliations a page, 1 to 100."), Range(1, 100)]
    public int Limit { get; set; } = 20;
}

/// <summary>A kept reconciliation in a list.</summary>
public record ReconciliationLine
{
    [Description("The reconciliation's id (recon_…).")]
    public required string Id { get; init; }

    public required Instant At { get; init; }

    [Description("The key that asked (key_…), or local.")]
    public required string Who { get; init; }

    [Description("The first UTC day.")]
    public required string FirstDay { get; init; }

    public required string LastDay { get; init; }
    public required DriftColour Colour { get; init; }

    [Description("US dollars that it posted as adjustments.")]
    public required decimal Adjusted { get; init; }

    [Description("The names of its documents.")]
    public required IReadOnlyList<string> Documents { get; init; }
}

public sealed record ListReconciliationsOutput
{
    public required IReadOnlyList<ReconciliationLine> Reconciliations { get; init; }

    [Description("Give it back as cursor for older ones; absent on the last page.")]
    public string? NextCursor { get; init; }
}

/// <summary>Reads kept reconciliations.</summary>
public interface IReconciliationReads
{
    /// <summary>A page, newest first; <c>Next</c> is the key of its last one when there are older ones.</summary>
    ValueTask<(IReadOnlyList<ReconciliationLine> Lines, long? Next)> Reconciliations(Caller caller, long? before, int limit, CancellationToken cancellation);

    /// <summary>Null when there is none of that id in the caller's workspace.</summary>
    ValueTask<GetReconciliationOutput?> Reconciliation(Caller caller, string id, CancellationToken cancellation);

    /// <summary>Which of these documents (SHA-256, hex) were part of a kept reconciliation.</summary>
    ValueTask<IReadOnlySet<string>> Known(Caller caller, IReadOnlyCollection<string> hashes, CancellationToken cancellation);
}

/// <summary>The kept reconciliations of a workspace, newest first.</summary>
public sealed class ListReconciliations : Operation<ListReconciliationsInput, ListReconciliationsOutput>
{
    [SetsRequiredMembers]
    public ListReconciliations()
    {
        Name = "list_reconciliations";
        Title = "List reconciliations";
        Description = "The kept answers of reconcile_costs, those of the nightly job included, newest first.";
        ToolSet = ToolSet.Costs;
        Scope = Scopes.UsageRead;
        Route = "GET /v1/costs/reconciliations";
        Reads = true;
        HasTool = false;
    }

    public override async ValueTask<ListReconciliationsOutput> Run(ListReconciliationsInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        var (lines, next) = await billing.Reads<IReconciliationReads>().Reconciliations(caller, Cursors.ReadOne(input.Cursor), input.Limit, cancellation);
        return new ListReconciliationsOutput { Reconciliations = lines, NextCursor = next is { } last ? Cursors.Write(last) : null };
    }
}

public sealed record GetReconciliationInput
{
    [Description("From list_reconciliations or reconcile_costs."), StringLength(64, MinimumLength = 1)]
    public required string ReconciliationId { get; init; }
}

/// <summary>A reconciliation with its answer.</summary>
public sealed record GetReconciliationOutput : ReconciliationLine
{
    public required IReadOnlyList<AdjustmentView> Adjustments { get; init; }

    [JsonShape(JsonShapeAttribute.AnyObject), Description("The answer of reconcile_costs as it was given.")]
    public required JsonElement Answer { get; init; }
}

/// <summary>One reconciliation, whole.</summary>
public sealed class GetReconciliation : Operation<GetReconciliationInput, GetReconciliationOutput>
{
    [SetsRequiredMembers]
    public GetReconciliation()
    {
        Name = "get_reconciliation";
        Title = "Get a reconciliation";
        Description = "One kept answer of reconcile_costs with the adjustments that it posted.";
        ToolSet = ToolSet.Costs;
        Scope = Scopes.UsageRead;
        Route = "GET /v1/costs/reconciliations/{reconciliation_id}";
        Reads = true;
        HasTool = false;
    }

    public override async ValueTask<GetReconciliationOutput> Run(GetReconciliationInput input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        await billing.Reads<IReconciliationReads>().Reconciliation(caller, input.ReconciliationId, cancellation)
            ?? throw new BillingException(ErrorCode.NotFound, $"There is no reconciliation {Wallets.WalletSession.Shown(input.ReconciliationId)}.", "reconciliation_id");
}
