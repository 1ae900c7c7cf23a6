using McpBilling.Costs;
using McpBilling.Costs.Reconciliation;
using McpBilling.Insights.Margins;
using McpBilling.Integration;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Payments;
using McpBilling.Payments.Sandbox;
using McpBilling.Portal;
using McpBilling.Storage.Chains;
using McpBilling.Storage.Reading;
using McpBilling.Storage.Sums;

namespace McpBilling.Storage.Writing;

/// <summary>The commands of a batch that are on a workspace and no customer: signals, proofs, prices of models, repricing, reconciliations, alerts, webhooks.</summary>
internal sealed class WorkspaceBatch(Batch batch, WriterSession session, TimeProvider time, PublicIds ids)
{
    /// <summary>Keeps what the doors saw, in the workspace's time.</summary>
    public object Note(long workspaceKey, IReadOnlyList<CountedSignal> signals)
    {
        var workspace = batch.Workspace(workspaceKey);
        batch.IsBroken = true;
        SignalRows.Add(session.Connection, workspace, signals, workspace.Now(time));
        batch.IsBroken = false;
        return signals;
    }

    public string Run(ProofCommand command, Caller caller)
    {
        var workspace = batch.Workspace(caller.WorkspaceKey);
        batch.IsBroken = true;
        string id = ProofRows.Add(session.Connection, workspace, command, caller, workspace.Now(time), ids);
        batch.IsBroken = false;
        return id;
    }

    public AddedPrices Run(AddPricesCommand command, Caller caller)
    {
        var workspace = batch.Workspace(caller.WorkspaceKey);
        if (workspace.OwnPrices.Version != command.Version)
        {
            return new(null);
        }
        if (command.Version + command.Rows.Count > AddPricesCommand.MostRows)
        {
            throw new BillingException(ErrorCode.InvalidRequest, $"The price book has {command.Version} own rows; with {command.Rows.Count} more it would have over {AddPricesCommand.MostRows}.");
        }
        batch.IsBroken = true;
        var added = PriceRows.Add(session.Connection, workspace, command.Rows, caller, workspace.Now(time));
        batch.IsBroken = false;
        return added;
    }

    public IReadOnlyList<MarginAlertView> Run(MarginAlertsCommand command, Caller caller)
    {
        var workspace = batch.Workspace(caller.WorkspaceKey);
        batch.IsBroken = true;
        var added = AlertRows.Add(session.Connection, workspace, command, caller, workspace.Now(time), ids);
        foreach (var alert in added)
        {
            batch.Outbox.Tell(workspace, alert.Message());
        }
        batch.IsBroken = false;
        return added;
    }

    /// <summary>Links and sessions of the portal, in real time.</summary>
    public object Run(IPortalCommand command, Caller caller)
    {
        var workspace = batch.Workspace(caller.WorkspaceKey);
        var rows = new PortalRows(session, workspace, Instant.From(time.GetUtcNow()), ids);
        batch.IsBroken = true;
        object done;
        try
        {
            done = command switch
            {
                AddPortalLink add => rows.Add(add, caller),
                EnterPortal enter => rows.Enter(enter),
                EndPortalSessions end => rows.End(end),
                _ => throw new InvalidOperationException($"no rows for {command.GetType().Name}"),
            };
        }
        catch (BillingException)
        {
            // Refused before anything was written.
            batch.IsBroken = false;
            throw;
        }
        batch.IsBroken = false;
        return done;
    }

    public RepricedCosts Run(RepriceCommand command, Caller caller)
    {
        var workspace = batch.Workspace(caller.WorkspaceKey);
        session.Reader.Costs.Expect(workspace.Key, command.Keys);
        var rows = command.Keys.Select(k => session.Reader.Costs.Find(workspace.Key, k)).OfType<CostRow>().ToDictionary(r => r.Cost.Key);
        var done = command.Decide(rows.Values.Select(r => r.Cost), workspace.Prices);
        var now = workspace.Now(time);
        var customers = batch.Customers.Of(workspace, done.Adjusted.Select(a => rows[a.Cost.Key].CustomerKey));
        batch.IsBroken = true;
        foreach (var (cost, adjustment) in done.Adjusted)
        {
            var row = rows[cost.Key];
            session.Costs.Insert(workspace.Key, ++workspace.LastOperation, cost, now, adjustment);
            batch.Replays.Forget();
            batch.SumsOf(workspace).Add(cost.Event, customers[row.CustomerKey].Id, row.Product, cost.Now, adjustment);
        }
        batch.IsBroken = false;
        return done;
    }

    public KeptReconciliation Run(KeepReconciliation command, Caller caller)
    {
        var workspace = batch.Workspace(caller.WorkspaceKey);
        if (command.Asked is not null && ReconciliationRows.Find(session.Connection, workspace.Key, command) is { } found)
        {
            string before = ids.Format(IdKind.Reconciliation, workspace.Key, found.Seq, found.At);
            return new KeptReconciliation(before, found.At, ReconciliationStoreReads.Posted(session.Connection, workspace.Key, found.Seq), true);
        }
        long last = ReconciliationRows.Last(session.Connection, workspace.Key);
        var adjustments = command.Decide(last);
        var now = workspace.Now(time);
        batch.IsBroken = true;
        ReconciliationRows.Add(session.Connection, workspace.Key, last + 1, command, caller, now, adjustments);
        foreach (var adjustment in adjustments)
        {
            batch.SumsOf(workspace).Add(adjustment);
        }
        batch.IsBroken = false;
        return new KeptReconciliation(ids.Format(IdKind.Reconciliation, workspace.Key, last + 1, now), now, adjustments, false);
    }

    /// <summary>Keeps a signed digest of the caller's own workspace.</summary>
    public object Run(KeepDigest command, Caller caller) => command.Digest.Workspace != caller.WorkspaceKey
        ? throw new InvalidOperationException("a digest of another workspace")
        : Write(() => DigestTable.Add(session.Connection, command.Digest));

    public object Run(StoreWebhookCommand command, Caller caller) => Write(() => PaymentRows.Store(session.Connection, caller.WorkspaceKey, command));

    public object Run(CloseWebhookCommand command, Caller caller) => Write(() => PaymentRows.Close(session.Connection, caller.WorkspaceKey, command));

    public object Run(SandboxWriteCommand command, Caller caller) => Write(() => PaymentRows.Write(session.Connection, caller.WorkspaceKey, command));

    /// <summary>Who does what for all workspaces.</summary>
    public IReadOnlyList<StoredLease> Run(SetLeases command) => Write(() => LeaseRows.Set(session.Connection, command));

    /// <summary>Adds some postings to the sums of days.</summary>
    public object Run(FoldStep step, Caller caller) => Write<object>(() => step.Run(session, batch.Workspace(caller.WorkspaceKey)));

    private T Write<T>(Func<T> write)
    {
        batch.IsBroken = true;
        T result = write();
        batch.IsBroken = false;
        return result;
    }
}
