using System.Collections.Immutable;
using System.Data.Common;
using System.Text.Json;
using Dapper;
using McpBilling.Costs;
using McpBilling.Costs.Reconciliation;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Storage.Reading;

/// <summary>The ports of reconciliation on one data file: what the roll-ups know of a provider, and what was kept.</summary>
internal sealed class ReconciliationStoreReads(ReaderPool pool, PublicIds ids) : ICostLedgerReads, IReconciliationReads
{
    private const string Line =
        """
        SELECT r.seq AS Seq, r.at AS At, r.who AS Who, r.from_day AS FromDay, r.to_day AS ToDay, r.colour AS Colour, r.answer AS Answer,
            (SELECT COALESCE(CAST(SUM(a.amount_whole) AS BIGINT), 0) FROM reconciliation_adjustment a WHERE a.workspace_id = r.workspace_id AND a.reconciliation_seq = r.seq) AS Whole,
            (SELECT COALESCE(CAST(SUM(a.amount_part) AS BIGINT), 0) FROM reconciliation_adjustment a WHERE a.workspace_id = r.workspace_id AND a.reconciliation_seq = r.seq) AS Part
        FROM reconciliation r
        """;

    // Quantities are whole units and 10^-9 of them.
    private const decimal Nano = 1_000_000_000m;

    public ValueTask<CostLedger> Ledger(Caller caller, string provider, long fromDay, long toDay, CancellationToken cancellation) => new(pool.Answer(r =>
    {
        var range = new { ws = caller.WorkspaceKey, provider, from = fromDay, to = toDay, fromHour = fromDay * 24, toHour = toDay * 24 };
        var lines = r.Connection.Query<(long Hour, string Model, string Kind, long Batch, long Events, long Units, long UnitPart, long Whole, long Part)>(
            """
            SELECT hour, model, kind, batch, events, quantity_whole, quantity_part, cost_whole, cost_part FROM cost_line_hour
            WHERE workspace_id = @ws AND hour >= @fromHour AND hour < @toHour AND provider = @provider
            """, range);
        // Few by nature: they wait for a price.
        var unpriced = r.Connection.Query<(long Day, string Model, long Events)>(
            """
            SELECT e.day, e.model, COUNT(*) FROM cost_unpriced u JOIN cost_event e ON e.workspace_id = u.workspace_id AND e.seq = u.seq
            WHERE u.workspace_id = @ws AND e.provider = @provider AND e.day >= @from AND e.day < @to GROUP BY e.day, e.model
            """, range);
        var adjustments = r.Connection.Query<(long Day, string Model, string Kind, long Whole, long Part)>(
            "SELECT day, model, kind, amount_whole, amount_part FROM reconciliation_adjustment WHERE workspace_id = @ws AND provider = @provider AND day >= @from AND day < @to", range);
        return new CostLedger(
            provider,
            [.. lines.Select(l => new LedgerLine(l.Hour, l.Model, l.Kind, l.Batch != 0, l.Events, l.Units + l.UnitPart / Nano, CostMoney.Join(l.Whole, l.Part)))],
            [.. unpriced.Select(u => new LedgerUnpriced(u.Day, u.Model, u.Events))],
            [.. adjustments.Select(a => new LedgerAdjustment(a.Day, a.Model, a.Kind, CostMoney.Join(a.Whole, a.Part)))],
            r.Connection.ExecuteScalar<long>("SELECT COALESCE(MAX(seq), 0) FROM reconciliation WHERE workspace_id = @ws", range));
    }));

    public ValueTask<(IReadOnlyList<ReconciliationLine> Lines, long? Next)> Reconciliations(Caller caller, long? before, int limit, CancellationToken cancellation) => new(pool.Answer(r =>
    {
        var rows = r.Connection.Query<Row>(
            Line + " WHERE r.workspace_id = @ws AND r.seq < @before ORDER BY r.seq DESC LIMIT @limit", new { ws = caller.WorkspaceKey, before = before ?? long.MaxValue, limit = limit + 1 }).AsList();
        IReadOnlyList<ReconciliationLine> lines = Lines(r, caller, rows.Take(limit));
        return (lines, rows.Count > limit ? rows[limit - 1].Seq : (long?)null);
    }));

    public ValueTask<GetReconciliationOutput?> Reconciliation(Caller caller, string id, CancellationToken cancellation) => new(pool.Answer(r =>
    {
        if (ids.Parse(IdKind.Reconciliation, caller.WorkspaceKey, id) is not { } seq
            || r.Connection.QueryFirstOrDefault<Row>(Line + " WHERE r.workspace_id = @ws AND r.seq = @seq", new { ws = caller.WorkspaceKey, seq }) is not { } row)
        {
            return null;
        }
        var line = Lines(r, caller, [row])[0];
        return new GetReconciliationOutput
        {
            Id = line.Id,
            At = line.At,
            Who = line.Who,
            FirstDay = line.FirstDay,
            LastDay = line.LastDay,
            Colour = line.Colour,
            Adjusted = line.Adjusted,
            Documents = line.Documents,
            Adjustments = [.. Posted(r.Connection, caller.WorkspaceKey, seq).Select(AdjustmentView.Of)],
            Answer = JsonElement.Parse(row.Answer),
        };
    }));

    public ValueTask<IReadOnlySet<string>> Known(Caller caller, IReadOnlyCollection<string> hashes, CancellationToken cancellation) => new(pool.Answer(IReadOnlySet<string> (r) =>
        hashes.Where(h => r.Connection.ExecuteScalar<long>("SELECT COUNT(*) FROM reconciled_document WHERE workspace_id = @ws AND sha256 = @h", new { ws = caller.WorkspaceKey, h }) > 0)
            .ToHashSet(StringComparer.Ordinal)));

    /// <summary>What a reconciliation of these rows posted.</summary>
    internal static ImmutableArray<ProviderAdjustment> Posted(System.Data.Common.DbConnection connection, long workspaceKey, long seq) =>
        [.. connection.Query<(string Provider, long Day, string Model, string Kind, string Reason, long Whole, long Part)>(
            """
            SELECT provider, day, model, kind, reason, amount_whole, amount_part FROM reconciliation_adjustment
            WHERE workspace_id = @workspaceKey AND reconciliation_seq = @seq ORDER BY provider, day, model, kind
            """, new { workspaceKey, seq })
            .Select(a => new ProviderAdjustment(a.Provider, a.Day, a.Model, a.Kind, CostMoney.Join(a.Whole, a.Part), a.Reason))];

    private List<ReconciliationLine> Lines(PooledReader r, Caller caller, IEnumerable<Row> rows)
    {
        using var documents = r.Connection.Statement("SELECT name FROM reconciled_document WHERE workspace_id = ? AND reconciliation_seq = ? ORDER BY name");
        var all = rows.ToList();
        var names = Statement.ForEach(all, row => documents.Bind(1, caller.WorkspaceKey).Bind(2, row.Seq), of => of.All(document => document.Text(0)));
        return [.. all.Zip(names, (row, named) => new ReconciliationLine
        {
            Id = ids.Format(IdKind.Reconciliation, caller.WorkspaceKey, row.Seq, new Instant(row.At)),
            At = new Instant(row.At),
            Who = row.Who,
            FirstDay = UtcDays.Text(row.FromDay),
            LastDay = UtcDays.Text(row.ToDay - 1),
            Colour = (DriftColour)row.Colour,
            Adjusted = CostMoney.Join(row.Whole, row.Part),
            Documents = named,
        })];
    }

    // With setters: where no row comes, SQLite does not tell the types of sums, by which a constructor would be chosen.
    private sealed class Row
    {
        public long Seq { get; set; }
        public long At { get; set; }
        public string Who { get; set; } = "";
        public long FromDay { get; set; }
        public long ToDay { get; set; }
        public long Colour { get; set; }
        public string Answer { get; set; } = "";
        public long Whole { get; set; }
        public long Part { get; set; }
    }
}
