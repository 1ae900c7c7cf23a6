using System.Collections.Immutable;
using McpBilling.Operations;

namespace McpBilling.Costs.Reconciliation;

/// <summary>What was recorded of one kind of a model in an hour.</summary>
/// <param name="Hour">UTC, counted from 1970: that of the requests.</param>
/// <param name="Events">How many calls had this kind.</param>
/// <param name="Cost">US dollars; of unpriced events nothing.</param>
public sealed record LedgerLine(long Hour, string Model, string Kind, bool Batch, long Events, decimal Quantity, decimal Cost);

/// <summary>Calls of a model that have no price.</summary>
public sealed record LedgerUnpriced(long Day, string Model, long Events);

/// <summary>What earlier reconciliations added to a day's costs.</summary>
/// <param name="Model">Empty where a report was not split by model.</param>
/// <param name="Kind">Empty where a report was not split by kind.</param>
/// <param name="Amount">US dollars, signed.</param>
public sealed record LedgerAdjustment(long Day, string Model, string Kind, decimal Amount);

/// <summary>Our side of one provider.</summary>
/// <param name="LastReconciliation">The key of the workspace's newest kept reconciliation, 0 before the first: what adjustments were decided on.</param>
public sealed record CostLedger(
    string Provider, ImmutableArray<LedgerLine> Lines, ImmutableArray<LedgerUnpriced> Unpriced, ImmutableArray<LedgerAdjustment> Adjustments, long LastReconciliation = 0);

/// <summary>Reads what the ledger knows of a provider, summed over all customers: what the provider's reports can be held against.</summary>
public interface ICostLedgerReads
{
    /// <param name="fromDay">Counted from 1970, included.</param>
    /// <param name="toDay">Not included.</param>
    ValueTask<CostLedger> Ledger(Caller caller, string provider, long fromDay, long toDay, CancellationToken cancellation);
}
