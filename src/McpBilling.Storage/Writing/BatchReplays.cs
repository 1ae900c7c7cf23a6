using McpBilling.Storage.Reading;
using McpBilling.Wallets;

namespace McpBilling.Storage.Writing;

/// <summary>What was acknowledged before under a key, whatever kind of row keeps it. Of it nothing changes any more.</summary>
internal readonly record struct Acknowledged(long Row, long CustomerKey, CommandKind Kind, string Key, long InputHash, string Outcome)
{
    public static Acknowledged Of(EventRow e) => new(e.Event.Key, e.CustomerKey, CommandKind.RecordUsage, e.Event.Event.Id, e.InputHash, e.Event.Outcome);

    public static Acknowledged Of(CostRow cost) => new(cost.Cost.Key, cost.CustomerKey, CommandKind.RecordCost, cost.Cost.Event.Id, cost.InputHash, "");

    public static Acknowledged Of(long row, OperationRow operation) => new(row, operation.CustomerKey, (CommandKind)operation.Kind, operation.Key, operation.InputHash, operation.Outcome);
}

/// <summary>
/// Finds the commands of one batch that were asked before. When answers were lost everybody asks again, so on a server what the keys of a batch may lead to is read for all of them together.
/// </summary>
internal sealed class BatchReplays(WriterSession session, BatchKeys keys)
{
    private readonly Dictionary<(long Workspace, long Row), EventRow> _events = [];
    private readonly Dictionary<(long Workspace, long Row), CostRow> _costs = [];
    private readonly Dictionary<(long Workspace, long Row), OperationRow> _operations = [];

    /// <summary>Reads what these commands may have been acknowledged by. Nothing but time is different without.</summary>
    public void ReadAhead(WorkspaceRecord workspace, IEnumerable<(long CustomerKey, CommandKind Kind, string Key)> commands)
    {
        var rows = commands.SelectMany(c => keys.Candidates(workspace, c.CustomerKey, c.Kind, c.Key).Select(row => (c.Kind, Row: row))).Distinct().ToLookup(r => r.Kind, r => r.Row);
        if (rows.Sum(r => r.Count()) < 2)
        {
            return;
        }
        var events = session.Reader.Events(workspace.Key, rows[CommandKind.RecordUsage]);
        var operations = session.Reader.Operations(workspace.Key, rows.Where(r => r.Key is not CommandKind.RecordUsage and not CommandKind.RecordCost).SelectMany(r => r));
        session.Reader.Costs.Expect(workspace.Key, rows[CommandKind.RecordCost]);
        foreach (var (row, found) in events.Found)
        {
            _events[(workspace.Key, row)] = found;
        }
        foreach (var (row, found) in operations.Found)
        {
            _operations[(workspace.Key, row)] = found;
        }
        foreach (long row in rows[CommandKind.RecordCost])
        {
            Cost(workspace, row);
        }
    }

    /// <summary>What a customer's key of this kind was used for; null when it is new.</summary>
    public Acknowledged? Find(WorkspaceRecord workspace, long customerKey, CommandKind kind, string key)
    {
        foreach (long row in keys.Candidates(workspace, customerKey, kind, key))
        {
            Acknowledged? found = kind switch
            {
                CommandKind.RecordUsage => Event(workspace, row) is { } e ? Acknowledged.Of(e) : null,
                CommandKind.RecordCost => Cost(workspace, row) is { } cost ? Acknowledged.Of(cost) : null,
                _ => Known(_operations, workspace, row, static (reader, workspace, row) => reader.Operation(workspace, row)) is { } operation ? Acknowledged.Of(row, operation) : null,
            };
            if (found is { } used && used.CustomerKey == customerKey && used.Kind == kind && used.Key == key)
            {
                return used;
            }
        }
        return null;
    }

    /// <summary>A recorded event, as it stands now.</summary>
    public EventRow? Event(WorkspaceRecord workspace, long row) => Known(_events, workspace, row, static (reader, workspace, row) => reader.Event(workspace, row));

    /// <summary>A cost, as it stands now.</summary>
    public CostRow? Cost(WorkspaceRecord workspace, long row) => Known(_costs, workspace, row, static (reader, workspace, row) => reader.Costs.Find(workspace, row));

    /// <summary>A command has changed an event or a cost that was there before.</summary>
    public void Forget()
    {
        _events.Clear();
        _costs.Clear();
    }

    private T? Known<T>(Dictionary<(long Workspace, long Row), T> known, WorkspaceRecord workspace, long row, Func<LedgerReader, long, long, T?> read)
        where T : struct
    {
        if (known.TryGetValue((workspace.Key, row), out var found))
        {
            return found;
        }
        if (read(session.Reader, workspace.Key, row) is { } there)
        {
            return known[(workspace.Key, row)] = there;
        }
        return null;
    }
}
