using System.Text.Json;
using Dapper;
using McpBilling.Costs;
using McpBilling.Integration;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Pricing;
using McpBilling.Storage.Writing;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Storage.Reading;

/// <summary>Reads what arrived since a time: the newest rows of each table, back to that time or to a bound, which is told.</summary>
internal sealed class ArrivalReader(PooledReader reader, WorkspaceRecord workspace, PublicIds ids, Instant now)
{
    public const int MaxEvents = 10_000;
    private const int MaxHolds = 10_000;
    private const int MaxOperations = 20_000;
    private const int MaxCosts = 10_000;
    private const int MaxCustomers = 20_000;
    private const int MaxSignals = 5_000;
    private const int MaxHistory = 5_000;
    private const int MaxHistories = 50_000;
    private const int CustomersAtOnce = 500;
    private const int HistoriesAtOnce = 50;

    private readonly List<string> _notRead = [];
    private readonly EventRows _events = new(reader, workspace, ids);

    public Arrivals Read(Instant since)
    {
        var events = Events(since);
        var (authorizations, saved) = Operations(since);
        var customers = events.Select(e => new WantedCustomer(e.CustomerId, 0, null)).Distinct().Chunk(CustomersAtOnce).SelectMany(some => reader.Ledger.Customers.Read(workspace, some))
            .ToDictionary(c => c.Customer.Id, StringComparer.Ordinal);
        return new Arrivals
        {
            Since = since,
            Now = now,
            Catalog = workspace.Catalog,
            CatalogSince = reader.Connection.ExecuteScalar<long?>("SELECT catalog_seq FROM workspace WHERE workspace_id = @ws", new { ws = workspace.Key }),
            Events = events,
            Holds = Holds(since),
            Authorizations = authorizations,
            Signals = Signals(since),
            Costs = Costs(since),
            Customers = Customers(since, saved),
            Debts = Debts(customers.Values),
            Histories = Histories(customers, events),
            NotRead = _notRead,
        };
    }

    private List<ArrivedEvent> Events(Instant since)
    {
        var events = _events.Newest(since, MaxEvents + 1);
        if (events.Count > MaxEvents)
        {
            events.RemoveAt(MaxEvents);
            _notRead.Add($"events before {events[^1].At} (the newest {MaxEvents} were judged)");
        }
        events.Reverse();
        return _events.WithPosted(events);
    }

    private List<ArrivedHold> Holds(Instant since)
    {
        using var rows = reader.Connection.Statement($"SELECT {LedgerReader.HoldColumns} FROM hold WHERE workspace_id = ? ORDER BY seq DESC LIMIT ?");
        rows.Bind(1, workspace.Key).Bind(2, (long)(MaxHolds + 1));
        var found = new List<(Hold Hold, long CustomerKey)>();
        while (rows.Next() && LedgerReader.ReadHold(rows, workspace) is var hold && hold.CreatedAt >= since)
        {
            if (found.Count == MaxHolds)
            {
                _notRead.Add($"holds before {hold.CreatedAt}");
                break;
            }
            found.Add((hold, rows.Long(5)));
        }
        rows.Reset();
        var customers = _events.Customers.Of(found.Select(f => f.CustomerKey));
        found.Reverse();
        return [.. found.Select(f => new ArrivedHold(ids.Format(IdKind.Hold, workspace.Key, f.Hold.Key, f.Hold.CreatedAt), customers[f.CustomerKey], f.Hold.AsOf(now)))];
    }

    private (List<ArrivedAuthorization> Authorizations, HashSet<long> Saved) Operations(Instant since)
    {
        var found = new List<(long Seq, long CustomerKey, Instant At, string Key, bool Allowed)>();
        var saved = new HashSet<long>();
        using var rows = reader.Connection.Statement("SELECT seq, customer_id, kind, idempotency_key, at, outcome FROM operation WHERE workspace_id = ? ORDER BY seq DESC LIMIT ?");
        rows.Bind(1, workspace.Key).Bind(2, MaxOperations);
        int read = 0;
        while (rows.Next() && new Instant(rows.Long(4)) is var at && at >= since)
        {
            if (++read == MaxOperations)
            {
                _notRead.Add($"authorizations before {at}");
            }
            switch ((CommandKind)rows.Int(2))
            {
                case CommandKind.SaveCustomer:
                    saved.Add(rows.Long(1));
                    break;
                case CommandKind.Authorize:
                    using (var answer = JsonDocument.Parse(rows.Text(5)))
                    {
                        found.Add((rows.Long(0), rows.Long(1), at, rows.Text(3), answer.RootElement.TryGetProperty("allowed", out var allowed) && allowed.GetBoolean()));
                    }
                    break;
                default:
                    break;
            }
        }
        rows.Reset();
        var customers = _events.Customers.Of(found.Select(f => f.CustomerKey));
        found.Reverse();
        return ([.. found.Select(f => new ArrivedAuthorization(f.Seq, customers[f.CustomerKey], f.At, f.Key, f.Allowed))], saved);
    }

    private List<CountedSignal> Signals(Instant since)
    {
        var signals = new List<CountedSignal>();
        using var s = reader.Connection.Statement("""
            SELECT operation, code, field, absent, customer_id, event_type, item, key_id, environment, detail, count, first_at, last_at FROM integration_signal
            WHERE workspace_id = ? AND hour >= ? AND last_at >= ? ORDER BY hour DESC LIMIT ?
            """);
        s.Bind(1, workspace.Key).Bind(2, since.Microseconds / SignalRows.MicrosecondsAnHour).Bind(3, since.Microseconds).Bind(4, MaxSignals);
        while (s.Next())
        {
            signals.Add(new CountedSignal(
                new AppSignal(s.Text(0), s.Text(1), s.Text(2), s.Long(3) != 0, s.Text(4), s.Text(5), s.Text(6), s.Text(7), s.Text(8), s.Text(9)),
                s.Long(10), new Instant(s.Long(11)), new Instant(s.Long(12))));
        }
        if (signals.Count == MaxSignals)
        {
            _notRead.Add($"refusals beyond the newest {MaxSignals} kinds");
        }
        return signals;
    }

    private List<ArrivedCost> Costs(Instant since)
    {
        var found = new List<(long CustomerKey, ArrivedCost Cost)>();
        using var rows = reader.Connection.Statement("SELECT id, customer_id, at, model, status, outcome, operation_id, event_seq FROM cost_event WHERE workspace_id = ? ORDER BY seq DESC LIMIT ?");
        rows.Bind(1, workspace.Key).Bind(2, MaxCosts + 1);
        while (rows.Next() && new Instant(rows.Long(2)) is var at && at >= since)
        {
            if (found.Count == MaxCosts)
            {
                _notRead.Add($"costs before {found[^1].Cost.At} (the newest {MaxCosts} were judged)");
                break;
            }
            found.Add((rows.Long(1), new ArrivedCost(
                rows.Text(0), "", at, rows.Text(3), (CostStatus)rows.Int(4), (CostOutcome)rows.Int(5), rows.TextOrNull(6), rows.LongOrNull(7))));
        }
        rows.Reset();
        var customers = _events.Customers.Of(found.Select(f => f.CustomerKey));
        found.Reverse();
        return [.. found.Select(f => f.Cost with { CustomerId = customers[f.CustomerKey] })];
    }

    private List<ArrivedCustomer> Customers(Instant since, HashSet<long> saved)
    {
        var rows = reader.Connection.Query<(long Key, string Id, long CreatedAt)>(
            "SELECT customer_id, id, created_at FROM customer WHERE workspace_id = @ws ORDER BY customer_id DESC LIMIT @limit", new { ws = workspace.Key, limit = MaxCustomers }).AsList();
        if (rows.Count == MaxCustomers)
        {
            _notRead.Add($"customers beyond the newest {MaxCustomers}");
        }
        return [.. rows.Select(r => new ArrivedCustomer(r.Id, r.CreatedAt >= since.Microseconds, saved.Contains(r.Key)))];
    }

    private static List<(string, string)> Debts(IEnumerable<CustomerRecord> customers) =>
    [
        .. from record in customers
           from account in record.Wallet.Accounts.Values
           where account.Debt > 0
           select (record.Customer.Id, $"{new Amount(account.Asset, account.Debt)} {account.Asset.Id}"),
    ];

    private List<CustomerHistory> Histories(Dictionary<string, CustomerRecord> customers, List<ArrivedEvent> events)
    {
        var histories = new List<CustomerHistory>();
        int total = 0;
        foreach (var some in events.GroupBy(e => e.CustomerId, StringComparer.Ordinal).Chunk(HistoriesAtOnce))
        {
            // No event arrives more than a few minutes before it happens: what arrived earlier lies in earlier periods.
            var own = _events.Since(
                [.. some.Select(s => (customers[s.Key].LastEvent, Begin(s) - UsageEvent.MaxAhead - TimeSpan.FromMinutes(1)))], MaxHistory, MaxHistories - total);
            var read = some.Zip(own, (s, rows) => (Record: customers[s.Key], Events: rows!)).Where(r => r.Events is not null).ToList();
            var reversals = _events.ReversalsOf([.. read.Select(r => (r.Record.Customer.Key, r.Events))]);
            histories.AddRange(read.Zip(reversals, (r, reversed) => new CustomerHistory(r.Record.Customer.Id, r.Events, reversed)));
            total += read.Sum(r => r.Events.Count);
            _notRead.AddRange(some.Zip(own).Where(s => s.Second is null).Select(s =>
                $"amounts of {WalletSession.Shown(s.First.Key)} (their periods hold more than {MaxHistory} events, or too many customers came before)"));
        }
        return histories;
    }

    // Where the earliest period begins that these events can touch.
    private Instant Begin(IEnumerable<ArrivedEvent> events)
    {
        var begin = Instant.Never;
        foreach (var e in events)
        {
            foreach (var version in workspace.Catalog.GroupsOf(e.Event.EventType).SelectMany(g => g.Assets).SelectMany(a => a.Candidates)
                .Concat(e.Charges.Select(c => workspace.Catalog.Versions[c.VersionKey])))
            {
                if (version.Definition.Period != RatingPeriod.Event)
                {
                    begin = Instant.Min(begin, RatingPeriods.Of(version.Definition.Period, e.Event.Timestamp, workspace.Catalog.TimeZone).Start);
                }
            }
            begin = Instant.Min(begin, Instant.Min(e.Event.Timestamp, e.At));
        }
        return begin;
    }
}
