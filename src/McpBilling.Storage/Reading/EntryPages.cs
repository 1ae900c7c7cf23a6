using System.Text.Json;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Storage.Reading;

/// <summary>Pages of a customer's ledger, newest first: follows each account's chain back, and merges the chains by sequence. What entries name is read for all of them together.</summary>
internal sealed class EntryPages(PooledReader reader, WorkspaceRecord workspace, PublicIds ids)
{
    private const string Columns =
        "customer_id, asset_id, at, kind, counter, grant_seq, amount, held, balance_after, hold_seq, cost_basis, cause_seq";

    /// <summary>Null when there is no such customer.</summary>
    public EntryPage? Page(string customerId, string? asset, IReadOnlyList<long>? from, int limit)
    {
        if (reader.Ledger.Customer(workspace, customerId) is not { } record)
        {
            return null;
        }
        var chains = record.Chains.Where(c => asset is null || c.Key == asset).Select(c => c.Value).ToList();
        var heads = new PriorityQueue<IEnumerator<Row>, long>();
        void Step(IEnumerator<Row> chain)
        {
            if (chain.MoveNext())
            {
                heads.Enqueue(chain, -chain.Current.Seq);
            }
            else
            {
                chain.Dispose();
            }
        }
        try
        {
            foreach (long seq in from ?? [.. chains.Select(c => c.LastEntry)])
            {
                Step(Chain(seq, record.Customer.Key, asset, limit).GetEnumerator());
            }
            var page = new List<Row>(limit);
            while (page.Count < limit && heads.TryDequeue(out var chain, out _))
            {
                page.Add(chain.Current);
                Step(chain);
            }
            return new EntryPage(Views(page), [.. heads.UnorderedItems.Select(h => h.Element.Current.Seq)], chains.Sum(c => c.EntryCount));
        }
        finally
        {
            while (heads.TryDequeue(out var chain, out _))
            {
                chain.Dispose();
            }
        }
    }

    /// <summary>One entry of the workspace, whosoever's it is; null when there is none.</summary>
    public (Entry Line, EntryView View, long CustomerKey, long Cause)? Single(long seq) =>
        Rows([seq]) is [var row] ? (row.Entry, Views([row])[0], row.CustomerKey, row.Cause) : null;

    /// <summary>Entries that are known to exist, as the ledger has them and as they are shown.</summary>
    public List<(Entry Line, EntryView View)> Known(IReadOnlyList<long> seqs)
    {
        var rows = Rows(seqs);
        return [.. rows.Zip(Views(rows), (row, view) => (row.Entry, view))];
    }

    private List<Row> Rows(IReadOnlyList<long> seqs)
    {
        using var statement = reader.Connection.Statement($"SELECT {Columns} FROM entry WHERE workspace_id = ? AND seq = ?");
        var found = new ExpectedRows<Row>(seqs, seq => statement.Bind(1, workspace.Key).Bind(2, seq), (seq, row) => RowOf(seq, row, 0)).Found;
        return [.. seqs.Where(found.ContainsKey).Select(seq => found[seq])];
    }

    // A cursor made up to point at another customer's entry leads nowhere; so does one of a list of all assets in a list of one.
    private IEnumerable<Row> Chain(long last, long customerKey, string? only, int limit)
    {
        using var chain = new ChainRows(reader.Connection, "entry", Columns);
        foreach (var statement in chain.From(workspace.Key, last, limit + 1))
        {
            var row = RowOf(statement.Long(0), statement, ChainRows.Columns);
            if (row.CustomerKey != customerKey || (only is not null && only != row.Entry.Asset.Id))
            {
                yield break;
            }
            yield return row;
        }
    }

    private Row RowOf(long seq, Statement s, int first)
    {
        var entry = new Entry(
            reader.Ledger.Asset(workspace, s.Long(first + 1)), new Instant(s.Long(first + 2)), (EntryKind)s.Int(first + 3), (CounterAccount)s.Int(first + 4), s.LongOrNull(first + 5),
            s.Long(first + 6), s.Long(first + 7), s.Long(first + 8), s.LongOrNull(first + 9), s.Long(first + 10));
        return new Row(seq, s.Long(first), entry, s.Long(first + 11));
    }

    private List<EntryView> Views(IReadOnlyList<Row> rows)
    {
        var events = reader.Ledger.Events(workspace.Key, rows.Select(r => r.Cause).Where(c => c != 0));
        var grants = reader.Ledger.Grants(workspace, rows.Select(r => r.Entry.GrantKey).OfType<long>());
        var used = events.Found;
        var given = grants.Found;
        var others = rows.Where(r => !used.ContainsKey(r.Cause)).ToList();
        var holds = reader.Ledger.Holds(workspace, others.Select(r => r.Entry.HoldKey).OfType<long>());
        var operations = reader.Ledger.Operations(workspace.Key, others.Select(r => r.Cause).Where(c => c != 0));
        var held = holds.Found;
        var done = operations.Found;
        return [.. rows.Select(row =>
        {
            (Grant Grant, string Id)? grant = row.Entry.GrantKey is { } key && given[key].Grant is var g ? (g, ids.Format(IdKind.Grant, workspace.Key, key, g.CreatedAt)) : null;
            string? hold = row.Entry.HoldKey is { } holdKey && held.TryGetValue(holdKey, out var h) ? ids.Format(IdKind.Hold, workspace.Key, holdKey, h.Hold.CreatedAt) : null;
            var cause = used.TryGetValue(row.Cause, out var e)
                ? new EntryCause { Kind = "usage", Id = e.Event.Event.Id }
                : CauseOf(row, hold, grant?.Id, done.TryGetValue(row.Cause, out var operation) ? operation : null);
            return View(row, grant, cause);
        })];
    }

    private EntryView View(Row row, (Grant Grant, string Id)? grant, EntryCause cause)
    {
        var entry = row.Entry;
        var asset = entry.Asset;
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
            Cause = cause,
        };
    }

    private EntryCause CauseOf(Row row, string? holdId, string? grantId, OperationRow? operation) =>
        (CommandKind)(operation?.Kind ?? 0) switch
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

    private string OperationId(Row row) => ids.Format(IdKind.Operation, workspace.Key, row.Cause, row.Entry.Time);

    // The answer that a reversal gave is kept, and names the event.
    private static string? EventOf(string outcome)
    {
        using var answer = JsonDocument.Parse(outcome);
        return answer.RootElement.GetProperty("event_id").GetString();
    }

    private sealed record Row(long Seq, long CustomerKey, Entry Entry, long Cause);
}
