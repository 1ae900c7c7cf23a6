using System.Data.Common;
using McpBilling.Catalog;
using McpBilling.Costs;
using McpBilling.Customers;
using McpBilling.Money;

namespace McpBilling.Storage.Reading;

/// <summary>A cost event with what its row says beside it.</summary>
/// <param name="Product">What the usage that it came with was charged for.</param>
internal readonly record struct CostRow(StoredCost Cost, long CustomerKey, string? Product)
{
    public long InputHash => Cost.InputHash;
}

/// <summary>Reads costs, with statements prepared once. Belongs to one connection and one thread at a time.</summary>
internal sealed class CostReader : IDisposable
{
    internal const string Columns =
        """
        seq, customer_id, id, input_hash, at, requested_at, completed_at, provider, api, requested_model, model, operation_id, attempt, outcome, policy, end_user, session, task, feature,
        context, inside, status, reason, lines, cost_whole, cost_part, product, context_of, partial
        """;

    private const int MostBeside = 50;

    /// <summary>So many are best asked for together.</summary>
    public const int AtOnce = 1000;

    private readonly Statement _event, _adjustments, _with, _of;

    public CostReader(DbConnection db)
    {
        _event = db.Statement($"SELECT {Columns} FROM cost_event WHERE workspace_id = ? AND seq = ?");
        // A cost that comes with an event is the row after it.
        _with = db.Statement("SELECT seq FROM cost_event WHERE workspace_id = ? AND seq = ? AND event_seq = ?");
        _of = db.Statement($"SELECT seq FROM {CustomerCosts.InBlock} AND operation_id = ?");
        OfCustomer = new CustomerCosts(db);
        _adjustments = db.Statement("SELECT status, lines, cost_whole, cost_part, reason FROM cost_adjustment INDEXED BY cost_adjustment_event WHERE workspace_id = ? AND cost_seq = ? ORDER BY seq");
    }

    /// <summary>Finds a customer's own.</summary>
    public CustomerCosts OfCustomer { get; }

    /// <summary>Costs that are known to exist.</summary>
    public List<CostRow> Known(long workspaceKey, IEnumerable<long> seqs)
    {
        var found = new List<CostRow>();
        foreach (long[] some in seqs.Chunk(AtOnce))
        {
            Expect(workspaceKey, some);
            found.AddRange(some.Select(seq => Find(workspaceKey, seq)!.Value));
        }
        return found;
    }

    /// <summary>Says which costs will be found next, in that order.</summary>
    public void Expect(long workspaceKey, IEnumerable<long> seqs)
    {
        foreach (long seq in seqs)
        {
            BindEvent(workspaceKey, seq).Expect();
            BindAdjustments(workspaceKey, seq).Expect();
        }
    }

    public CostRow? Find(long workspaceKey, long seq)
    {
        BindEvent(workspaceKey, seq);
        if (!_event.Next())
        {
            return null;
        }
        var row = Read(_event);
        _event.Reset();
        return row with { Cost = row.Cost with { Now = Adjusted(workspaceKey, row.Cost) } };
    }

    /// <summary>The costs of a usage event: what came with it, and the first that were told under its id as operation, up to a day before or after.</summary>
    public List<StoredCost> Beside(long workspaceKey, long customerKey, long eventKey, Usage.UsageEvent e)
    {
        long day = CostEvent.DayOf(e.Timestamp);
        _of.Bind(5, e.Id);
        var keys = OfCustomer.Read(_of, workspaceKey, customerKey, day - 1, day + 1, enough: MostBeside).Select(row => row.Long(0)).Order().Take(MostBeside).ToHashSet();
        _with.Bind(1, workspaceKey).Bind(2, eventKey + 1).Bind(3, eventKey);
        while (_with.Next())
        {
            keys.Add(_with.Long(0));
        }
        return [.. Known(workspaceKey, keys.Order()).Select(row => row.Cost)];
    }

    /// <summary>A row of <see cref="Columns"/>, its cost as it was first.</summary>
    internal static CostRow Read(Statement s)
    {
        var cost = new PricedCost(
            (CostStatus)s.Int(21), CostText.Lines(s.Utf8(23)), s.LongOrNull(24) is { } whole ? CostMoney.Join(whole, s.Long(25)) : null, s.TextOrNull(22));
        var subject = new Subject { EndUser = s.TextOrNull(15), Session = s.TextOrNull(16), Task = s.TextOrNull(17) };
        var e = new CostEvent
        {
            Id = s.Text(2),
            Provider = s.Text(7),
            Api = s.TextOrNull(8),
            RequestedModel = s.TextOrNull(9),
            Model = s.Text(10),
            RequestedAt = new Instant(s.Long(5)),
            CompletedAt = s.LongOrNull(6) is { } completed ? new Instant(completed) : null,
            OperationId = s.TextOrNull(11),
            Attempt = s.Int(12),
            Outcome = (CostOutcome)s.Int(13),
            Policy = (FailurePolicy)s.Int(14),
            Subject = subject == new Subject() ? null : subject,
            Feature = s.TextOrNull(18),
            Context = CostText.Context(s.TextOrNull(19)),
            Inside = CostText.Inside(s.TextOrNull(20)),
            ContextOf = s.TextOrNull(27),
            Partial = s.TextOrNull(28),
            Cost = cost,
        };
        return new CostRow(new StoredCost(s.Long(0), new Instant(s.Long(4)), s.Long(3), e, cost), s.Long(1), s.TextOrNull(26));
    }

    private Statement BindEvent(long workspaceKey, long seq) => _event.Bind(1, workspaceKey).Bind(2, seq);

    private Statement BindAdjustments(long workspaceKey, long seq) => _adjustments.Bind(1, workspaceKey).Bind(2, seq);

    private PricedCost Adjusted(long workspaceKey, StoredCost stored)
    {
        var now = stored.Event.Cost;
        BindAdjustments(workspaceKey, stored.Key);
        while (_adjustments.Next())
        {
            var status = (CostStatus)_adjustments.Int(0);
            now = new PricedCost(
                status, CostText.Lines(_adjustments.Utf8(1)), (now.Amount ?? 0) + CostMoney.Join(_adjustments.Long(2), _adjustments.Long(3)), status == CostStatus.Incomplete ? stored.Event.Partial : null);
        }
        return now;
    }

    public void Dispose()
    {
        _event.Dispose();
        _adjustments.Dispose();
        _with.Dispose();
        _of.Dispose();
        OfCustomer.Dispose();
    }
}
