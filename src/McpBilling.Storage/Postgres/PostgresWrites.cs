using Npgsql;
using NpgsqlTypes;

namespace McpBilling.Storage.Postgres;

/// <summary>A value that goes to the server: a 64-bit integer, a text, or NULL of either.</summary>
internal readonly record struct PostgresValue(long Number, string? Text, bool IsText, bool IsNull)
{
    public NpgsqlParameter Parameter() => (IsNull, IsText) switch
    {
        (true, _) => new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = IsText ? NpgsqlDbType.Text : NpgsqlDbType.Bigint },
        (_, true) => new NpgsqlParameter<string> { TypedValue = Text, NpgsqlDbType = NpgsqlDbType.Text },
        _ => new NpgsqlParameter<long> { TypedValue = Number, NpgsqlDbType = NpgsqlDbType.Bigint },
    };

    /// <summary>A command that takes many rows of values, each column as an array.</summary>
    public static NpgsqlBatchCommand Command(string sql, IReadOnlyList<PostgresValue[]> rows)
    {
        var command = new NpgsqlBatchCommand(sql);
        for (int i = 0; i < rows[0].Length; i++)
        {
            int at = i;
            command.Parameters.Add(rows[0][i].IsText
                ? new NpgsqlParameter<string?[]> { TypedValue = [.. rows.Select(r => r[at].Text)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text }
                : new NpgsqlParameter<long?[]> { TypedValue = [.. rows.Select(r => r[at].IsNull ? null : (long?)r[at].Number)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });
        }
        return command;
    }
}

/// <summary>
/// Statements that only write and wait to be sent. Inserts by the same statement become one that takes its rows from arrays, which the server carries out many times
/// faster than one by one. None passes another statement on its table.
/// </summary>
internal sealed class PostgresWrites
{
    private readonly List<Group> _groups = [];
    private readonly Dictionary<string, Group> _last = new(StringComparer.Ordinal);

    /// <summary>How many rows wait.</summary>
    public int Count { get; private set; }

    public void Add(PostgresSql sql, PostgresValue[] values)
    {
        Count++;
        if (_last.TryGetValue(sql.Table, out var last) && last.Sql == sql && sql.OfRows is not null && last.Takes(values))
        {
            last.Rows.Add(values);
            return;
        }
        var group = new Group(sql, values);
        _groups.Add(group);
        _last[sql.Table] = group;
    }

    /// <summary>A statement that is made once. None passes it, as it may read other tables than it writes to.</summary>
    public void Add(NpgsqlBatchCommand command)
    {
        Count++;
        _groups.Add(new Group(command));
        _last.Clear();
    }

    /// <summary>Hands them over, in order.</summary>
    public void MoveTo(NpgsqlBatch batch)
    {
        foreach (var group in _groups)
        {
            batch.BatchCommands.Add(group.Command());
        }
        Clear();
    }

    public void Clear()
    {
        _groups.Clear();
        _last.Clear();
        Count = 0;
    }

    private sealed class Group
    {
        // With ON CONFLICT a statement may meet a row once only.
        private readonly HashSet<string>? _keys;
        private readonly NpgsqlBatchCommand? _command;

        public Group(NpgsqlBatchCommand command) => (_command, Rows) = (command, []);

        public Group(PostgresSql sql, PostgresValue[] values)
        {
            (Sql, Rows) = (sql, [values]);
            _keys = sql.Key.Length > 0 ? new(StringComparer.Ordinal) { KeyOf(values) } : null;
        }

        public PostgresSql? Sql { get; }

        public List<PostgresValue[]> Rows { get; }

        public bool Takes(PostgresValue[] values) => _keys?.Add(KeyOf(values)) ?? true;

        public NpgsqlBatchCommand Command()
        {
            if (_command is not null)
            {
                return _command;
            }
            return Rows.Count == 1 ? Sql!.Command(Rows[0]) : PostgresValue.Command(Sql!.OfRows!, Rows);
        }

        private string KeyOf(PostgresValue[] values) => string.Join('\u0001', Sql!.Key.Select(k => values[k].IsText ? values[k].Text : values[k].Number.ToString(System.Globalization.CultureInfo.InvariantCulture)));
    }
}
