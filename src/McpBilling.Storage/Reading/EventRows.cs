using System.Globalization;
using System.Text.Json;
using Dapper;
using McpBilling.Integration;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Storage.Reading;

/// <summary>Events with what belongs to them: whose they are, the hold they captured, what the ledger posted for them, and their reversals.</summary>
internal sealed class EventRows(PooledReader reader, WorkspaceRecord workspace, PublicIds ids)
{
    private const string Columns = "seq, customer_id, id, event_type, at, timestamp, quantity, properties, subject, feature, hold_seq, charges, previous, cost";

    private static readonly Dictionary<string, long> NothingPosted = [];

    private static readonly string ReversalsAfter =
        $"SELECT seq, at, outcome FROM operation INDEXED BY operation_reversal WHERE workspace_id = ? AND customer_id = ? AND kind = {(int)CommandKind.Reverse} AND seq > ? ORDER BY seq";

    public CustomerIds Customers { get; } = new(reader, workspace);

    public IEnumerable<ArrivedEvent> Newest(int limit)
    {
        using var rows = reader.Connection.Statement($"SELECT {Columns} FROM usage_event WHERE workspace_id = ? ORDER BY seq DESC LIMIT ?");
        rows.Bind(1, workspace.Key).Bind(2, limit);
        while (rows.Next())
        {
            yield return Read(rows);
        }
    }

    /// <summary>An event that is there, and the customer's event before it (0 for none).</summary>
    public (ArrivedEvent Event, long Previous) Read(long seq)
    {
        using var row = reader.Connection.Statement($"SELECT {Columns} FROM usage_event WHERE workspace_id = ? AND seq = ?");
        row.Bind(1, workspace.Key).Bind(2, seq);
        return row.Next() ? (Read(row), row.Long(12)) : throw new InvalidDataException($"event {seq} of workspace {workspace.Key} is missing");
    }

    /// <summary>The events with the revenue that the ledger posted for each.</summary>
    /// <param name="events">In the ledger's order.</param>
    public List<ArrivedEvent> WithPosted(IReadOnlyList<ArrivedEvent> events)
    {
        if (events.Count == 0)
        {
            return [];
        }
        var posted = events.ToDictionary(e => e.Key, _ => new Dictionary<string, long>());
        using var rows = reader.Connection.Statement("SELECT cause_seq, asset_id, amount FROM entry WHERE workspace_id = ? AND seq >= ? AND cause_seq <> 0 AND counter = ? ORDER BY seq");
        rows.Bind(1, workspace.Key).Bind(2, FirstEntryOf(events[0].Key)).Bind(3, (long)CounterAccount.Revenue);
        while (rows.Next() && rows.Long(0) <= events[^1].Key)
        {
            if (posted.TryGetValue(rows.Long(0), out var sums))
            {
                string asset = reader.Ledger.Asset(workspace, rows.Long(1)).Id;
                sums[asset] = sums.GetValueOrDefault(asset) - rows.Long(2);
            }
        }
        return [.. events.Select(e => e with { Posted = posted[e.Key] })];
    }

    /// <summary>
    /// The first entry that an operation or a later one caused: entries are written in the order of what causes them, so a search by halves finds it without
    /// an index. (Entries that time alone caused, 0, are passed over.)
    /// </summary>
    public long FirstEntryOf(long cause)
    {
        long low = 1, high = 1 + reader.Connection.ExecuteScalar<long>("SELECT COALESCE(MAX(seq), 0) FROM entry WHERE workspace_id = @ws", new { ws = workspace.Key });
        while (low < high)
        {
            long middle = low + (high - low) / 2;
            long? found = reader.Connection.ExecuteScalar<long?>(
                "SELECT cause_seq FROM entry WHERE workspace_id = @ws AND seq >= @middle AND cause_seq <> 0 ORDER BY seq LIMIT 1", new { ws = workspace.Key, middle });
            if (found is null || found >= cause)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }
        return low;
    }

    /// <summary>Reversals of these events of one customer, in the ledger's order.</summary>
    public List<ArrivedReversal> ReversalsOf(long customerKey, IReadOnlyList<ArrivedEvent> events)
    {
        if (events.Count == 0)
        {
            return [];
        }
        var byId = events.ToDictionary(e => e.Event.Id, StringComparer.Ordinal);
        var reversals = new List<ArrivedReversal>();
        foreach (var (seq, _, answer) in Reversals(customerKey, events[0].Key))
        {
            if (byId.TryGetValue(answer.EventId, out var e))
            {
                reversals.Add(new ArrivedReversal(seq, e, Decimal(answer.QuantityLeft), answer.Charges.ToDictionary(c => c.Price!, c => Decimal(c.Amount))));
            }
        }
        return reversals;
    }

    /// <summary>What reversals of a customer's events answered, those after a row of the ledger, in its order.</summary>
    public IEnumerable<(long Seq, Instant At, ReverseUsageOutput Answer)> Reversals(long customerKey, long after)
    {
        using var rows = reader.Connection.Statement(ReversalsAfter);
        rows.Bind(1, workspace.Key).Bind(2, customerKey).Bind(3, after);
        while (rows.Next())
        {
            yield return (rows.Long(0), new Instant(rows.Long(1)), JsonSerializer.Deserialize(rows.Text(2), BillingJson.TypeInfo<ReverseUsageOutput>())!);
        }
    }

    private static decimal Decimal(string text) => decimal.Parse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);

    private ArrivedEvent Read(Statement s)
    {
        var usage = new UsageEvent(
            s.Text(2), s.Text(3), new Instant(s.Long(5)), decimal.Parse(s.Text(6), CultureInfo.InvariantCulture), EventProperties.Parse(s.TextOrNull(7)), RowText.Subject(s.TextOrNull(8)), s.TextOrNull(9))
        {
            Cost = s.TextOrNull(13) is { } cost ? decimal.Parse(cost, CultureInfo.InvariantCulture) : null,
        };
        string? hold = s.LongOrNull(10) is { } key && reader.Ledger.Hold(workspace, key) is { } found
            ? ids.Format(IdKind.Hold, workspace.Key, key, found.Hold.CreatedAt) : null;
        return new ArrivedEvent(s.Long(0), Customers[s.Long(1)], new Instant(s.Long(4)), usage, hold, EventChargeText.Read(s.Text(11)), NothingPosted);
    }
}
