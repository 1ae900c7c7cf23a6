using System.Text.Json;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Storage.Reading;

/// <summary>Pages of a customer's ledger, newest first: follows each account's chain back, and merges the chains by sequence.</summary>
internal sealed class EntryPages(PooledReader reader, WorkspaceRecord workspace, PublicIds ids)
{
    private const string Columns =
        "customer_id, asset_id, previous, at, kind, counter, grant_seq, amount, held, balance_after, hold_seq, cost_basis, cause_seq";

    private readonly Dictionary<long, (Grant Grant, string Id)> _grants = [];

    /// <summary>Null when there is no such customer.</summary>
    public EntryPage? Page(string customerId, string? asset, IReadOnlyList<long>? from, int limit)
    {
        if (reader.Ledger.Customer(workspace, customerId) is not { } record)
        {
            return null;
        }
        var chains = record.Chains.Where(c => asset is null || c.Key == asset).Select(c => c.Value).ToList();
        using var statement = reader.Connection.Statement($"SELECT {Columns} FROM entry WHERE workspace_id = ? AND seq = ?");
        var heads = new PriorityQueue<Row, long>();
        foreach (long seq in from ?? [.. chains.Select(c => c.LastEntry)])
        {
            Add(statement, heads, seq, record.Customer.Key, asset);
        }
        var page = new List<EntryView>(limit);
        while (page.Count < limit && heads.TryDequeue(out var row, out _))
        {
            page.Add(View(row));
            Add(statement, heads, row.Previous, record.Customer.Key, asset);
        }
        return new EntryPage(page, [.. heads.UnorderedItems.Select(h => h.Element.Seq)], chains.Sum(c => c.EntryCount));
    }

    /// <summary>One entry of the workspace, whosoever's it is; null when there is none.</summary>
    public (EntryView View, long CustomerKey, long Cause, long? HoldKey)? Single(long seq)
    {
        using var statement = reader.Connection.Statement($"SELECT {Columns} FROM entry WHERE workspace_id = ? AND seq = ?");
        statement.Bind(1, workspace.Key).Bind(2, seq);
        return statement.Next() ? (View(RowOf(seq, statement)), statement.Long(0), statement.Long(12), statement.LongOrNull(10)) : null;
    }

    /// <summary>An entry that is known to exist, as the ledger has it.</summary>
    public Entry Line(long seq)
    {
        using var statement = reader.Connection.Statement($"SELECT {Columns} FROM entry WHERE workspace_id = ? AND seq = ?");
        statement.Bind(1, workspace.Key).Bind(2, seq).Next();
        return RowOf(seq, statement).Entry;
    }

    // A cursor made up to point at another customer's entry leads nowhere; so does one of a list of all assets in a list of one.
    private void Add(Statement statement, PriorityQueue<Row, long> heads, long seq, long customerKey, string? only)
    {
        if (seq == 0)
        {
            return;
        }
        statement.Bind(1, workspace.Key).Bind(2, seq);
        if (!statement.Next())
        {
            return;
        }
        if (statement.Long(0) == customerKey)
        {
            var row = RowOf(seq, statement);
            if (only is null || only == row.Entry.Asset.Id)
            {
                heads.Enqueue(row, -seq);
            }
        }
        statement.Reset();
    }

    private Row RowOf(long seq, Statement s)
    {
        var entry = new Entry(
            reader.Ledger.Asset(workspace, s.Long(1)), new Instant(s.Long(3)), (EntryKind)s.Int(4), (CounterAccount)s.Int(5), s.LongOrNull(6), s.Long(7),
            s.Long(8), s.Long(9), s.LongOrNull(10), s.Long(11));
        return new Row(seq, s.Long(2), entry, s.Long(12));
    }

    private EntryView View(Row row)
    {
        var entry = row.Entry;
        var asset = entry.Asset;
        (Grant Grant, string Id)? grant = entry.GrantKey is { } key ? GrantOf(key) : null;
        return new EntryView
        {
            Id = ids.Format(IdKind.Entry, workspace.Key, row.Seq, entry.Time),
            Time = entry.Time,
            Asset = asset.Id,
            Kind = entry.Kind,
            Amount = new Amount(asset, entry.Amount).ToString(),
            Held = new Amount(asset, entry.Held).ToString(),
            BalanceAfter = new Amount(asset, entry.BalanceAfter).ToString(),
            Counter = entry.Counter,
            GrantId = grant?.Id,
            CostBasis = entry.CostBasis != 0 && grant?.Grant.CostBasis is { } paid ? AssetAmount.Of(paid.Currency, entry.CostBasis) : null,
            Cause = CauseOf(row),
        };
    }

    private EntryCause CauseOf(Row row)
    {
        if (row.Cause != 0 && reader.Ledger.Event(workspace.Key, row.Cause) is { } e)
        {
            return new EntryCause { Kind = "usage", Id = e.Event.Event.Id };
        }
        string? holdId = row.Entry.HoldKey is { } hold && reader.Ledger.Hold(workspace, hold) is { } h
            ? ids.Format(IdKind.Hold, workspace.Key, h.Hold.Key, h.Hold.CreatedAt) : null;
        string? grantId = row.Entry.GrantKey is { } grant ? GrantOf(grant).Id : null;
        var operation = row.Cause == 0 ? null : reader.Ledger.Operation(workspace.Key, row.Cause);
        return (CommandKind)(operation?.Kind ?? 0) switch
        {
            CommandKind.Authorize => new EntryCause { Kind = holdId is null ? "sign_up" : "hold", Id = holdId ?? grantId },
            CommandKind.Capture => new EntryCause { Kind = "capture", Id = holdId },
            CommandKind.VoidHold => new EntryCause { Kind = "void_hold", Id = holdId },
            CommandKind.ExtendHold => new EntryCause { Kind = "extend_hold", Id = holdId },
            CommandKind.Grant => new EntryCause { Kind = "grant", Id = grantId },
            CommandKind.VoidGrant => new EntryCause { Kind = "void_grant", Id = grantId },
            CommandKind.Adjust => new EntryCause { Kind = "adjustment", Id = grantId ?? OperationId(row) },
            CommandKind.BookPayment or CommandKind.MarkTopUpPaid => new EntryCause { Kind = "payment", Id = grantId ?? OperationId(row) },
            CommandKind.ReserveRefund or CommandKind.AnswerRefund => new EntryCause { Kind = "refund", Id = grantId ?? OperationId(row) },
            CommandKind.Reverse => new EntryCause { Kind = "reversal", Id = EventOf(operation!.Value.Outcome) },
            // A first cost, which has a table of its own, signs its customer up too.
            CommandKind.SaveCustomer or 0 when row.Cause != 0 => new EntryCause { Kind = "sign_up", Id = grantId },
            _ => new EntryCause { Kind = "time", Id = holdId ?? grantId },
        };
    }

    private string OperationId(Row row) => ids.Format(IdKind.Operation, workspace.Key, row.Cause, row.Entry.Time);

    // The answer that a reversal gave is kept, and names the event.
    private static string? EventOf(string outcome)
    {
        using var answer = JsonDocument.Parse(outcome);
        return answer.RootElement.GetProperty("event_id").GetString();
    }

    private (Grant Grant, string Id) GrantOf(long key)
    {
        if (!_grants.TryGetValue(key, out var known))
        {
            var grant = reader.Ledger.Grant(workspace, key)!.Value.Grant;
            known = (grant, ids.Format(IdKind.Grant, workspace.Key, key, grant.CreatedAt));
            _grants[key] = known;
        }
        return known;
    }

    private sealed record Row(long Seq, long Previous, Entry Entry, long Cause);
}
