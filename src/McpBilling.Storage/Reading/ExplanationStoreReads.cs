using System.Text.Json;
using Dapper;
using McpBilling.Customers;
using McpBilling.Insights;
using McpBilling.Integration;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Storage.Reading;

/// <summary>Reads what an explanation is made of, each in one snapshot.</summary>
internal sealed class ExplanationStoreReads(ReaderPool pool, TimeProvider time, PublicIds ids, Func<Task> flush) : IExplanationReads
{
    public async ValueTask<ChargeFacts?> OfEvent(Caller caller, string customerId, string eventId, CancellationToken cancellation)
    {
        // A refusal of a moment ago explains why there is no event.
        await flush();
        return await pool.Answer(r => new ExplanationReader(r, pool.Workspace(r, caller.WorkspaceKey, customerId), ids, time).OfEvent(customerId, eventId, cancellation));
    }

    public ValueTask<ChargeFacts?> OfHold(Caller caller, string holdId, CancellationToken cancellation) => new(pool.Answer(r =>
        ids.Parse(IdKind.Hold, caller.WorkspaceKey, holdId) is { } key ? new ExplanationReader(r, pool.Workspace(r, caller.WorkspaceKey), ids, time).OfHold(key) : null));

    public ValueTask<ChargeFacts?> OfEntry(Caller caller, string entryId, CancellationToken cancellation) => new(pool.Answer(r =>
        ids.Parse(IdKind.Entry, caller.WorkspaceKey, entryId) is { } key ? new ExplanationReader(r, pool.Workspace(r, caller.WorkspaceKey), ids, time).OfEntry(key) : null));
}

/// <summary>One explanation's reading.</summary>
internal sealed class ExplanationReader(PooledReader reader, WorkspaceRecord workspace, PublicIds ids, TimeProvider time)
{
    // How far a hold's entries, and a denied request, are looked for.
    private const int MaxRows = 20_000;

    private readonly EventRows _events = new(reader, workspace, ids);
    private readonly EntryPages _entries = new(reader, workspace, ids);

    public ChargeFacts? OfEvent(string customerId, string eventId, CancellationToken cancellation)
    {
        if (reader.Ledger.Customer(workspace, customerId) is not { } record)
        {
            return Refusals(customerId, eventId) is { Count: > 0 } refused
                ? new ChargeFacts { CustomerId = customerId, Catalog = workspace.Catalog, Refusals = refused }
                : throw new BillingException(ErrorCode.CustomerNotFound, $"There is no customer {WalletSession.Shown(customerId)}.", "customer_id");
        }
        if (FindEvent(record, eventId, cancellation) is { } key)
        {
            return EventFacts(key, record.Customer);
        }
        var (authorization, holdKey) = Authorization(record.Customer.Key, eventId);
        if (holdKey is { } placed)
        {
            return OfHold(placed);
        }
        var refusals = Refusals(customerId, eventId);
        return authorization is null && refusals.Count == 0 ? null
            : new ChargeFacts { CustomerId = customerId, Catalog = workspace.Catalog, Authorization = authorization, Refusals = refusals };
    }

    public ChargeFacts? OfHold(long holdKey)
    {
        if (reader.Ledger.Hold(workspace, holdKey) is not { } found)
        {
            return null;
        }
        var entries = HoldEntries(found.Hold, found.CustomerKey);
        var caused = reader.Ledger.Events(workspace.Key, entries.Causes).Found;
        var grants = GrantsOf(entries.Known);
        StoredEvent[] events = [.. entries.Causes.Where(caused.ContainsKey).Select(c => caused[c].Event)];
        return new ChargeFacts
        {
            CustomerId = _events.Customers[found.CustomerKey],
            Catalog = workspace.Catalog,
            Hold = Shown(found.Hold),
            HoldEvents = events,
            Entries = [.. entries.Known.Select(e => e.View)],
            Grants = ViewsOf(grants),
            Costs = [.. events.SelectMany(e => reader.Ledger.Costs.Beside(workspace.Key, found.CustomerKey, e.Key, e.Event))],
            Earned = Earned(entries.Known, grants),
        };
    }

    public ChargeFacts? OfEntry(long entryKey)
    {
        if (_entries.Single(entryKey) is not { } found)
        {
            return null;
        }
        if (found.Cause != 0 && reader.Ledger.Event(workspace.Key, found.Cause) is { } e)
        {
            return EventFacts(found.Cause, reader.Ledger.Customer(workspace, e.CustomerKey)!.Customer);
        }
        if (found.Line.HoldKey is { } hold && OfHold(hold) is { } ofHold)
        {
            return ofHold;
        }
        // A reversal's entries belong to the event that was reversed.
        if (found.View.Cause is { Kind: "reversal", Id: { } reversed } && reader.Ledger.Customer(workspace, found.CustomerKey) is { } owner && FindEvent(owner, reversed, default) is { } key)
        {
            return EventFacts(key, owner.Customer);
        }
        return new ChargeFacts { CustomerId = _events.Customers[found.CustomerKey], Catalog = workspace.Catalog, Entries = [found.View], Grants = ViewsOf(GrantsOf([(found.Line, found.View)])) };
    }

    private ChargeFacts EventFacts(long key, Customer customer)
    {
        var stored = reader.Ledger.Event(workspace.Key, key)!.Value.Event;
        var arrived = _events.Read(key);
        var entries = Caused(key);
        var grants = GrantsOf(entries);
        return new ChargeFacts
        {
            CustomerId = customer.Id,
            Catalog = workspace.Catalog,
            Event = stored,
            Hold = arrived.HoldId is { } id && ids.Parse(IdKind.Hold, workspace.Key, id) is { } holdKey && reader.Ledger.Hold(workspace, holdKey) is { } hold ? Shown(hold.Hold) : null,
            Entries = [.. entries.Select(e => e.View)],
            Grants = ViewsOf(grants),
            Costs = reader.Ledger.Costs.Beside(workspace.Key, customer.Key, key, stored.Event),
            Earned = Earned(entries, grants),
            Reversals = stored.WasReversed ? Reversals(customer.Key, key, stored.Event.Id) : [],
        };
    }

    private static decimal Earned(IReadOnlyList<(Entry Line, EntryView View)> entries, IReadOnlyDictionary<long, (Grant Grant, Asset Asset, long CustomerKey)> grants) =>
        entries.Sum(e => Earnings.Of(e.Line, grant => grants.TryGetValue(grant, out var found) ? found.Grant.CostBasis : null));

    // By the customer's chain, newest first: ids of events are kept in their rows alone.
    private long? FindEvent(CustomerRecord record, string eventId, CancellationToken cancellation)
    {
        using var chain = new ChainRows(reader.Connection, "usage_event", "id");
        foreach (var row in chain.From(workspace.Key, record.LastEvent))
        {
            cancellation.ThrowIfCancellationRequested();
            if (row.Text(ChainRows.Columns) == eventId)
            {
                return row.Long(0);
            }
        }
        return null;
    }

    private List<(Entry Line, EntryView View)> Caused(long cause)
    {
        using var rows = reader.Connection.Statement("SELECT seq FROM entry WHERE workspace_id = ? AND seq >= ? AND seq < ? AND cause_seq <> 0 ORDER BY seq");
        rows.Bind(1, workspace.Key).Bind(2, _events.FirstEntryOf(cause)).Bind(3, _events.FirstEntryOf(cause + 1));
        return _entries.Known(rows.All(row => row.Long(0)));
    }

    private (List<(Entry Line, EntryView View)> Known, List<long> Causes) HoldEntries(Hold hold, long customerKey)
    {
        using var rows = reader.Connection.Statement("SELECT seq, cause_seq, hold_seq FROM entry WHERE workspace_id = ? AND seq >= ? AND seq < ? AND customer_id = ? ORDER BY seq");
        long first = _events.FirstEntryOf(hold.Key);
        rows.Bind(1, workspace.Key).Bind(2, first).Bind(3, first + MaxRows).Bind(4, customerKey);
        var seqs = new List<long>();
        var causes = new List<long>();
        while (rows.Next())
        {
            if (rows.LongOrNull(2) == hold.Key || causes.Contains(rows.Long(1)))
            {
                seqs.Add(rows.Long(0));
                if (rows.Long(1) != 0 && !causes.Contains(rows.Long(1)))
                {
                    causes.Add(rows.Long(1));
                }
            }
        }
        return (_entries.Known(seqs), causes);
    }

    private List<ReversalFacts> Reversals(long customerKey, long eventKey, string eventId) =>
        [.. _events.Reversals(customerKey, eventKey).Where(r => r.Answer.EventId == eventId).Select(r => new ReversalFacts(r.At, r.Answer.QuantityLeft, r.Answer.Reason, r.Answer.Charges))];

    private (AuthorizationFacts? Facts, long? HoldKey) Authorization(long customerKey, string key)
    {
        using var rows = reader.Connection.Statement("SELECT seq, customer_id, kind, idempotency_key, at, outcome FROM operation WHERE workspace_id = ? ORDER BY seq DESC LIMIT ?");
        rows.Bind(1, workspace.Key).Bind(2, MaxRows);
        while (rows.Next())
        {
            if (rows.Int(2) != (int)CommandKind.Authorize || rows.Long(1) != customerKey || rows.Text(3) != key)
            {
                continue;
            }
            var answer = JsonSerializer.Deserialize(rows.Text(5), BillingJson.TypeInfo<AuthorizeUsageOutput>())!;
            string? reason = answer.Reason is { } why ? JsonNamingPolicy.SnakeCaseLower.ConvertName(why.ToString()) : null;
            var facts = new AuthorizationFacts(new Instant(rows.Long(4)), answer.Allowed, reason, answer.Shortfall is null ? null : $"{answer.Shortfall} {(answer.Available.Count > 0 ? answer.Available[0].Asset : "")}".TrimEnd(), answer.Available);
            return (facts, answer.HoldId is null ? null : rows.Long(0));
        }
        return (null, null);
    }

    private List<RefusalFacts> Refusals(string customerId, string item) =>
        [.. reader.Connection.Query<(long Last, string Code, string Detail, long Count)>(
            $"""
            SELECT last_at, code, detail, count FROM integration_signal
            WHERE workspace_id = @ws AND customer_id = @customerId AND item = @item
                AND code NOT IN ('{AppSignal.Replayed}', '{AppSignal.EnvironmentSeen}', '{AppSignal.Denied}') ORDER BY last_at LIMIT 10
            """, new { ws = workspace.Key, customerId, item }).Select(r => new RefusalFacts(new Instant(r.Last), r.Code, r.Detail, r.Count))];

    private (string Id, Hold Hold) Shown(Hold hold) => (ids.Format(IdKind.Hold, workspace.Key, hold.Key, hold.CreatedAt), hold.AsOf(workspace.Now(time)));

    private IReadOnlyDictionary<long, (Grant Grant, Asset Asset, long CustomerKey)> GrantsOf(IReadOnlyList<(Entry Line, EntryView View)> entries) =>
        reader.Ledger.Grants(workspace, entries.Select(e => e.Line.GrantKey).OfType<long>()).Found;

    private Dictionary<string, GrantView> ViewsOf(IReadOnlyDictionary<long, (Grant Grant, Asset Asset, long CustomerKey)> grants) =>
        grants.Values.Select(g => GrantView.Of(g.Grant, g.Asset, ids, workspace.Key)).ToDictionary(g => g.Id);
}
