using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using McpBilling.Customers;
using McpBilling.Insights;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Storage.Reading;

/// <summary>
/// Reads one customer's rows after the other into facts. An operation's input is not kept: what matters of it stands in what it made (a hold, a grant) and in
/// what it answered.
/// </summary>
internal sealed class HistoryReader : IHistoryReader
{
    /// <summary>Rows that are asked for together: of several customers, or the first of one.</summary>
    public const int AtOnce = 1000;

    // Apps send the same properties again and again; they are immutable, so one object serves all.
    private const int MaxKnownProperties = 4096;

    private readonly PooledReader _reader;
    private readonly RecordedUsage _usage;
    private readonly Statement _customer, _grants, _event, _operation, _hold;
    private readonly Dictionary<string, EventProperties> _properties = new(StringComparer.Ordinal);
    private string _lastType = "";

    public HistoryReader(PooledReader reader, RecordedUsage usage)
    {
        (_reader, _usage) = (reader, usage);
        var db = reader.Connection;
        _customer = db.Statement("SELECT id, created_at FROM customer WHERE workspace_id = ? AND customer_id = ?");
        _grants = db.Statement($"SELECT {LedgerReader.GrantColumns} FROM credit_grant WHERE workspace_id = ? AND customer_id = ? AND grant_seq <= ? ORDER BY grant_seq");
        _event = db.Statement("SELECT id, event_type, at, timestamp, quantity, properties, hold_seq, cost FROM usage_event WHERE workspace_id = ? AND seq = ?");
        _operation = db.Statement("SELECT kind, at, outcome FROM operation WHERE workspace_id = ? AND seq = ?");
        _hold = db.Statement($"SELECT {LedgerReader.HoldColumns} FROM hold WHERE workspace_id = ? AND seq = ?");
    }

    public IEnumerable<CustomerHistory> Read(Range customers)
    {
        var (first, count) = customers.GetOffsetAndLength(_usage.Customers);
        var lanes = Enumerable.Range(first, count).Select(_usage.LaneOf).ToList();
        foreach (var lane in lanes)
        {
            BindCustomer(lane.CustomerKey).Expect();
            BindGrants(lane.CustomerKey).Expect();
            Expect(lane.Rows, 0);
        }
        return lanes.Select(Read);
    }

    private CustomerHistory Read(RecordedUsage.Lane lane)
    {
        int expected = AtOnce;
        var who = Customer(lane.CustomerKey);
        var grants = Grants(lane.CustomerKey);
        var facts = new List<RecordedFact>(lane.Rows.Count);
        var given = new HashSet<long>();
        for (int i = 0; i < lane.Rows.Count; i++)
        {
            if (i >= expected)
            {
                Expect(lane.Rows, i);
                expected = i + AtOnce;
            }
            long seq = lane.Rows[i] >> 1;
            if ((lane.Rows[i] & 1) == 1)
            {
                // Recorded by itself: a hold that it names is captured for good.
                facts.Add(Event(seq, final: true));
                continue;
            }
            var (kind, at) = Operation(seq);
            if (kind == CommandKind.Capture)
            {
                var captured = Outcome<CaptureHoldOutput>();
                if (captured.EventId is not null)
                {
                    // Its event is the next row.
                    facts.Add(Event(lane.Rows[++i] >> 1, final: captured.Hold.Status != HoldStatus.Open));
                    continue;
                }
                facts.Add(new RecordedFact.AmountCaptured(seq, at, HoldKey(captured.Hold.Id), Number(captured.Charges[0].Amount), captured.Hold.Status != HoldStatus.Open));
                continue;
            }
            Add(facts, given, kind, seq, at, grants);
        }
        var signup = grants.Values.Where(g => g.Grant.Source != GrantSource.Reversal && g.Grant.CreatedAt == who.CreatedAt && !given.Contains(g.Grant.Key));
        return new CustomerHistory(
            who, [.. signup.OrderBy(g => g.Grant.Key)], [.. grants.Values.Where(g => g.Grant.Source == GrantSource.Reversal).Select(g => g.Grant.Key).Order()], facts);
    }

    public void Dispose()
    {
        foreach (var statement in new[] { _customer, _grants, _event, _operation, _hold })
        {
            statement.Dispose();
        }
        _reader.Dispose();
    }

    private void Add(List<RecordedFact> facts, HashSet<long> given, CommandKind kind, long seq, Instant at, Dictionary<long, (Asset Asset, Grant Grant)> grants)
    {
        switch (kind)
        {
            case CommandKind.Authorize:
                // A denial and a mere check left no hold.
                if (Outcome<AuthorizeUsageOutput>() is { HoldId: not null, ExpiresAt: { } expires })
                {
                    facts.Add(new RecordedFact.Authorized(seq, at, Hold(seq).Lines, expires));
                }
                break;
            case CommandKind.VoidHold:
                facts.Add(new RecordedFact.HoldVoided(seq, at, HoldKey(Outcome<VoidHoldOutput>().Hold.Id)));
                break;
            case CommandKind.ExtendHold:
                var extended = Outcome<ExtendHoldOutput>().Hold;
                facts.Add(new RecordedFact.HoldExtended(seq, at, HoldKey(extended.Id), extended.ExpiresAt));
                break;
            case CommandKind.Grant:
                var grant = Given(Outcome<GrantCreditOutput>().Grant.Id, given, grants);
                facts.Add(new RecordedFact.Granted(seq, at, grant.Asset, grant.Grant));
                break;
            case CommandKind.VoidGrant:
                var voided = Outcome<VoidGrantOutput>().Grant;
                facts.Add(new RecordedFact.GrantVoided(seq, at, GrantKey(voided.Id), Number(voided.Remaining), voided.Status == GrantCondition.Voided));
                break;
            case CommandKind.Adjust:
                var adjusted = Outcome<AdjustBalanceOutput>();
                var added = adjusted.Grant is { } view ? Given(view.Id, given, grants).Grant : null;
                facts.Add(new RecordedFact.Adjusted(seq, at, AssetOf(adjusted.Account.Asset), added, Number(adjusted.Account.Balance)));
                break;
            case CommandKind.Reverse:
                var reversed = Outcome<ReverseUsageOutput>();
                facts.Add(new RecordedFact.Reversed(seq, at, reversed.EventId, Number(reversed.QuantityLeft)));
                break;
            case CommandKind.SaveCustomer:
                foreach (var limit in Outcome<CustomerView>().OverdraftLimits ?? [])
                {
                    var asset = AssetOf(limit.Asset);
                    facts.Add(new RecordedFact.OverdraftSet(seq, at, asset, WalletSession.Units(asset, Number(limit.Amount), "overdraft_limits")));
                }
                break;
        }
    }

    // Events, operations, and the holds that some of these have placed.
    private void Expect(List<long> rows, int first)
    {
        _operation.Reset();
        foreach (long row in rows.Skip(first).Take(AtOnce))
        {
            if ((row & 1) == 1)
            {
                BindEvent(row >> 1).Expect();
            }
            else
            {
                BindOperation(row >> 1).Expect();
                BindHold(row >> 1).Expect();
            }
        }
    }

    private Statement BindCustomer(long key) => _customer.Bind(1, _usage.WorkspaceKey).Bind(2, key);

    private Statement BindGrants(long customerKey) => _grants.Bind(1, _usage.WorkspaceKey).Bind(2, customerKey).Bind(3, _usage.LastGrant);

    private Statement BindEvent(long seq) => _event.Bind(1, _usage.WorkspaceKey).Bind(2, seq);

    private Statement BindOperation(long seq) => _operation.Bind(1, _usage.WorkspaceKey).Bind(2, seq);

    private Statement BindHold(long seq) => _hold.Bind(1, _usage.WorkspaceKey).Bind(2, seq);

    private Customer Customer(long key)
    {
        BindCustomer(key);
        Must(_customer.Next(), "customer", key);
        var customer = new Customer(key, _customer.Text(0), null, null, null, false, new Instant(_customer.Long(1)));
        _customer.Reset();
        return customer;
    }

    private Dictionary<long, (Asset Asset, Grant Grant)> Grants(long customerKey)
    {
        var grants = new Dictionary<long, (Asset, Grant)>();
        BindGrants(customerKey);
        while (_grants.Next())
        {
            var grant = LedgerReader.ReadGrant(_grants);
            grants[grant.Key] = (_usage.Workspace.Assets[_grants.Long(13)], grant);
        }
        return grants;
    }

    private RecordedFact.Used Event(long seq, bool final)
    {
        var s = BindEvent(seq);
        Must(s.Next(), "event", seq);
        if (!Utf8Parser.TryParse(s.Utf8(4), out decimal quantity, out int read) || read != s.Utf8(4).Length)
        {
            throw new InvalidDataException($"event {seq} of workspace {_usage.WorkspaceKey} has no quantity");
        }
        var e = new UsageEvent(s.Text(0), TypeOf(s), new Instant(s.Long(3)), quantity, PropertiesOf(s))
        {
            Cost = s.TextOrNull(7) is { } cost ? decimal.Parse(cost, CultureInfo.InvariantCulture) : null,
        };
        var fact = new RecordedFact.Used(seq, new Instant(s.Long(2)), e, s.LongOrNull(6), final);
        s.Reset();
        return fact;
    }

    private string TypeOf(Statement s)
    {
        string type = s.Text(1);
        return type == _lastType ? _lastType : _lastType = type;
    }

    private EventProperties PropertiesOf(Statement s)
    {
        if (s.TextOrNull(5) is not { } text)
        {
            return EventProperties.None;
        }
        if (!_properties.TryGetValue(text, out var properties))
        {
            properties = EventProperties.Parse(text);
            if (_properties.Count < MaxKnownProperties)
            {
                _properties[text] = properties;
            }
        }
        return properties;
    }

    // The outcome is read from the row that the statement stands on.
    private (CommandKind Kind, Instant At) Operation(long seq)
    {
        _operation.Reset();
        BindOperation(seq);
        Must(_operation.Next(), "operation", seq);
        return ((CommandKind)_operation.Int(0), new Instant(_operation.Long(1)));
    }

    private T Outcome<T>() => JsonSerializer.Deserialize(_operation.Utf8(2), BillingJson.TypeInfo<T>())!;

    private Hold Hold(long seq)
    {
        BindHold(seq);
        Must(_hold.Next(), "hold", seq);
        var hold = LedgerReader.ReadHold(_hold, _usage.Workspace);
        _hold.Reset();
        return hold;
    }

    private (Asset Asset, Grant Grant) Given(string id, HashSet<long> given, Dictionary<long, (Asset, Grant)> grants)
    {
        long key = GrantKey(id);
        given.Add(key);
        return grants[key];
    }

    private long HoldKey(string id) => _usage.Ids.Parse(IdKind.Hold, _usage.WorkspaceKey, id) ?? throw new InvalidDataException($"{id} is no hold of this workspace");

    private long GrantKey(string id) => _usage.Ids.Parse(IdKind.Grant, _usage.WorkspaceKey, id) ?? throw new InvalidDataException($"{id} is no grant of this workspace");

    private Asset AssetOf(string id) => _usage.Catalog.RequireAsset(id);

    private static decimal Number(string text) => decimal.Parse(text, CultureInfo.InvariantCulture);

    private void Must(bool found, string what, long key)
    {
        if (!found)
        {
            throw new InvalidDataException($"{what} {key} of workspace {_usage.WorkspaceKey} is missing");
        }
    }
}
