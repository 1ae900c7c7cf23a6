using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Dapper;
using McpBilling.Costs;
using McpBilling.Storage.Reading;
using McpBilling.Storage.Sums;

namespace McpBilling.Storage.Verifying;

/// <summary>Adds up every cost event and adjustment anew and holds the sums that reports read against it; and each event's lines against its cost.</summary>
internal sealed class CostChecks(PooledReader reader, WorkspaceRecord workspace)
{
    private readonly DaySums _days = new();
    private readonly HashSet<long> _unpriced = [];
    // All of them: what is looked up while rows are being read would keep these waiting in memory.
    private readonly Dictionary<long, string> _customers =
        reader.Connection.Query<(long Key, string Id)>("SELECT customer_id, id FROM customer WHERE workspace_id = @ws", new { ws = workspace.Key }).ToDictionary(c => c.Key, c => c.Id);

    private CostSums Sums => field ??= new CostSums(_days.Add);

    public IEnumerable<string> Problems() => Events().Concat(Adjustments()).Concat(Reconciled()).Concat(Days()).Concat(Hours()).Concat(Waiting());

    private IEnumerable<string> Events()
    {
        var keys = new HashSet<(long, string)>();
        using var s = reader.Connection.Statement($"SELECT {CostReader.Columns} FROM cost_event WHERE workspace_id = ? ORDER BY seq");
        s.Bind(1, workspace.Key);
        while (s.Next())
        {
            CostRow row = default;
            if (Unreadable($"the cost {s.Long(0)}", () => row = CostReader.Read(s)) is { } problem)
            {
                yield return problem;
                continue;
            }
            var e = row.Cost.Event;
            if (!keys.Add((row.CustomerKey, e.Id)))
            {
                yield return Words($"customer {row.CustomerKey} has the cost {Wallets.WalletSession.Shown(e.Id)} twice");
            }
            decimal? lines = e.Cost.Lines.Any(l => l.Amount is null) ? null : e.Cost.Lines.Sum(l => l.Amount);
            if (e.Cost.Amount is { } amount && lines != amount)
            {
                yield return Words($"the cost {row.Cost.Key} is {CostMoney.Format(amount)}; its lines come to {(lines is { } sum ? CostMoney.Format(sum) : "nothing known")}");
            }
            if (e.Cost.Status == CostStatus.Unpriced)
            {
                _unpriced.Add(row.Cost.Key);
            }
            Sums.Add(e, _customers.GetValueOrDefault(row.CustomerKey, ""), row.Product);
        }
    }

    private IEnumerable<string> Adjustments()
    {
        var before = new Dictionary<long, PricedCost>();
        var adjustments = reader.Connection.Query<(long, long Cost, long, string, long, long)>(
            "SELECT seq, cost_seq, status, lines, cost_whole, cost_part FROM cost_adjustment WHERE workspace_id = @ws ORDER BY seq", new { ws = workspace.Key }).AsList();
        foreach (var (i, (seq, cost, status, lines, whole, part)) in adjustments.Index())
        {
            if (i % CostReader.AtOnce == 0)
            {
                reader.Ledger.Costs.Expect(workspace.Key, adjustments.Skip(i).Take(CostReader.AtOnce).Select(a => a.Cost));
            }
            (CostRow? Row, ImmutableArray<CostLine> Lines) read = default;
            if (Unreadable($"the adjustment {seq} of the cost {cost}", () => read = (reader.Ledger.Costs.Find(workspace.Key, cost), CostText.Lines(Encoding.UTF8.GetBytes(lines)))) is { } problem)
            {
                yield return problem;
                continue;
            }
            if (read.Row is not { } row)
            {
                yield return Words($"the adjustment {seq} is of a cost {cost} that does not exist");
                continue;
            }
            var was = before.GetValueOrDefault(cost) ?? row.Cost.Event.Cost;
            var delta = CostMoney.Join(whole, part);
            var now = new PricedCost((CostStatus)status, read.Lines, (was.Amount ?? 0) + delta, null);
            if (now.Lines.Sum(l => l.Amount) != now.Amount)
            {
                yield return Words($"the adjustment {seq} does not bring the cost {cost} to what its lines come to");
            }
            before[cost] = now;
            Sums.Add(row.Cost.Event, _customers.GetValueOrDefault(row.CustomerKey, ""), row.Product, was, new CostAdjustment(delta, now, ""));
            if (now.Status != CostStatus.Unpriced)
            {
                _unpriced.Remove(cost);
            }
        }
    }

    // Text that is no longer what was written is a problem by itself; the rest is looked at nevertheless.
    private static string? Unreadable(string what, Action read)
    {
        try
        {
            read();
            return null;
        }
        catch (Exception e) when (e is JsonException or FormatException or OverflowException or ArgumentException or InvalidOperationException or IndexOutOfRangeException)
        {
            return Words($"{what} cannot be read: {e.Message}");
        }
    }

    // What reconciliations posted is part of the days' sums, and of no event's cost.
    private IEnumerable<string> Reconciled()
    {
        foreach (long seq in reader.Connection.Query<long>("SELECT DISTINCT reconciliation_seq FROM reconciliation_adjustment WHERE workspace_id = @ws", new { ws = workspace.Key }).AsList())
        {
            foreach (var adjustment in ReconciliationStoreReads.Posted(reader.Connection, workspace.Key, seq))
            {
                Sums.Add(adjustment);
            }
            if (reader.Connection.ExecuteScalar<long>("SELECT COUNT(*) FROM reconciliation WHERE workspace_id = @ws AND seq = @seq AND shown_as IS NOT NULL", new { ws = workspace.Key, seq }) == 0)
            {
                yield return Words($"adjustments are of the reconciliation {seq}, which does not exist or was not to post any");
            }
        }
    }

    private IEnumerable<string> Days()
    {
        var expected = _days.All.Where(d => d.Value != default).ToDictionary();
        var (pending, unreadable) = Pending();
        if (unreadable is not null)
        {
            yield return unreadable;
        }
        foreach (var (key, stored) in Stored(pending))
        {
            expected.Remove(key, out var sum);
            if (stored != sum)
            {
                yield return Words($"day {key.Day} of {key.Dimension} {Wallets.WalletSession.Shown(key.Key)} sums to {stored.Events} costs of {CostMoney.Format(stored.Cost)}; its events are {sum.Events} of {CostMoney.Format(sum.Cost)}");
            }
        }
        foreach (var (key, sum) in expected)
        {
            yield return Words($"day {key.Day} of {key.Dimension} {Wallets.WalletSession.Shown(key.Key)} has no sum; its events are {sum.Events} of {CostMoney.Format(sum.Cost)}");
        }
    }

    // What waits to be added to the sums, or why that cannot be told.
    private (Dictionary<CostDayKey, CostDaySum> Sums, string? Problem) Pending()
    {
        Dictionary<CostDayKey, CostDaySum> sums = [];
        string? problem = Unreadable(
            "what waits to be added to the sums of days", () => sums = PendingPostings.Read(reader.Connection, workspace.Key).Sums().All.ToDictionary(p => p.Key, p => WithoutRevenue(p.Value)));
        return (sums, problem);
    }

    // Each sum with what waits to be added to it, then those that all of it waits for.
    private IEnumerable<(CostDayKey Key, CostDaySum Sum)> Stored(Dictionary<CostDayKey, CostDaySum> pending)
    {
        foreach (var d in reader.Connection.Query<(long Dimension, long Day, string Key, long Events, long Unpriced, long Incomplete, long NoUsage, long Whole, long Part)>(
            "SELECT dimension, day, key, events, unpriced, incomplete, no_usage, cost_whole, cost_part FROM cost_day WHERE workspace_id = @ws", new { ws = workspace.Key }))
        {
            var key = new CostDayKey((CostDimension)d.Dimension, d.Day, d.Key);
            pending.Remove(key, out var waiting);
            yield return (key, new CostDaySum(d.Events, d.Unpriced, d.Incomplete, d.NoUsage, CostMoney.Join(d.Whole, d.Part), 0, 0) + waiting);
        }
        foreach (var (key, waiting) in pending)
        {
            yield return (key, waiting);
        }
    }

    // Of what was earned, no cost tells.
    private static CostDaySum WithoutRevenue(CostDaySum sum) => sum with { Charges = 0, Revenue = 0 };

    private IEnumerable<string> Hours()
    {
        var expected = Sums.Hours.Where(d => d.Value != default).ToDictionary();
        foreach (var h in reader.Connection.Query<(long Hour, string Provider, string Model, string Kind, long Batch, long Events, long Units, long UnitPart, long Whole, long Part)>(
            "SELECT hour, provider, model, kind, batch, events, quantity_whole, quantity_part, cost_whole, cost_part FROM cost_line_hour WHERE workspace_id = @ws", new { ws = workspace.Key }))
        {
            expected.Remove(new CostHourKey(h.Hour, h.Provider, h.Model, h.Kind, h.Batch != 0), out var sum);
            var stored = new CostHourSum(h.Events, h.Units + h.UnitPart / 1_000_000_000m, CostMoney.Join(h.Whole, h.Part));
            if (stored != sum)
            {
                yield return Words($"hour {h.Hour} of {h.Provider}/{h.Model} sums to {stored.Quantity} {h.Kind} of {CostMoney.Format(stored.Cost)}; its lines are {sum.Quantity} of {CostMoney.Format(sum.Cost)}");
            }
        }
        foreach (var (key, sum) in expected)
        {
            yield return Words($"hour {key.Hour} of {key.Provider}/{key.Model} has no sum of {key.Kind}; its lines are {sum.Quantity}");
        }
    }

    private IEnumerable<string> Waiting()
    {
        _unpriced.SymmetricExceptWith(reader.Connection.Query<long>("SELECT seq FROM cost_unpriced WHERE workspace_id = @ws", new { ws = workspace.Key }));
        foreach (long seq in _unpriced)
        {
            yield return Words($"the list of costs without a price is wrong about {seq}");
        }
    }

    private static string Words(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
