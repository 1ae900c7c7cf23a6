using System.Data.Common;
using System.Text;
using Npgsql;

namespace McpBilling.Storage.Postgres;

/// <summary>A statement of PostgreSQL. Rows come as they are asked for; when the connection is needed for another statement first, the rest waits in memory.</summary>
internal sealed class PostgresStatement : Statement
{
    private readonly PostgresConnection _connection;
    private readonly PostgresSql _sql;
    private readonly PostgresValue[] _bound;
    private readonly Queue<(PostgresValue[] Values, int Turn, Queue<object[]> Rows)> _answers = new();
    private Queue<object[]> _rest = new();
    private NpgsqlDataReader? _reader;
    private object[]? _row;
    private bool _running;

    public PostgresStatement(PostgresConnection connection, string sql)
    {
        _connection = connection;
        _sql = PostgresSql.Of(sql);
        _bound = new PostgresValue[_sql.Values];
    }

    public override Statement Bind(int index, long value)
    {
        _bound[index - 1] = new(value, null, false, false);
        return this;
    }

    public override Statement Bind(int index, long? value)
    {
        _bound[index - 1] = new(value ?? 0, null, false, value is null);
        return this;
    }

    public override Statement Bind(int index, string? text)
    {
        _bound[index - 1] = new(0, text is null ? null : PostgresText.Encode(text), true, text is null);
        return this;
    }

    public override Statement BindUtf8(int index, ReadOnlyMemory<byte> text) => Bind(index, Encoding.UTF8.GetString(text.Span));

    public override void Run() => _connection.Add(_sql, [.. _bound]);

    public override void Expect() => _connection.Expect(this, _bound);

    /// <summary>In PostgreSQL's words.</summary>
    public PostgresSql Sql => _sql;

    /// <summary>Takes the rows that were expected for some values, which are good for one turn of the connection.</summary>
    public void Answer(PostgresValue[] values, int turn, Queue<object[]> rows)
    {
        if (_answers.TryPeek(out var first) && first.Turn != turn)
        {
            _answers.Clear();
        }
        _answers.Enqueue((values, turn, rows));
    }

    public override bool Next()
    {
        try
        {
            if (!_running)
            {
                Execute();
            }
            if (_reader is null)
            {
                return Step(_rest.TryDequeue(out _row));
            }
            return Step(_reader.Read());
        }
        catch (DbException e) when (e is not StorageException)
        {
            Reset();
            throw new StorageException(e);
        }
    }

    public override void Reset()
    {
        _reader?.Dispose();
        _rest.Clear();
        (_reader, _row, _running) = (null, null, false);
        _connection.Done(this);
    }

    /// <summary>Takes the rows that were not read yet into memory.</summary>
    public void TakeRest()
    {
        if (_reader is not { } reader)
        {
            return;
        }
        try
        {
            _row = reader.IsOnRow ? Values(reader) : null;
            while (reader.Read())
            {
                _rest.Enqueue(Values(reader));
            }
        }
        catch (DbException e)
        {
            Reset();
            throw new StorageException(e);
        }
        reader.Dispose();
        _reader = null;
    }

    // As SQLite does, NULL is read as 0 and as no text.
    public override long Long(int column) => _row is { } row
        ? row[column] is DBNull ? 0 : Convert.ToInt64(row[column], System.Globalization.CultureInfo.InvariantCulture)
        : _reader!.IsDBNull(column) ? 0 : _reader.GetInt64(column);

    public override bool IsNull(int column) => _row is { } row ? row[column] is DBNull : _reader!.IsDBNull(column);

    public override string Text(int column) => _row is { } row ? PostgresText.Decode(row[column] as string ?? "") : _reader!.IsDBNull(column) ? "" : PostgresText.Decode(_reader.GetString(column));

    public override ReadOnlySpan<byte> Utf8(int column) => Encoding.UTF8.GetBytes(Text(column));

    public override void Dispose() => Reset();

    private void Execute()
    {
        _connection.Ask(this);
        if (TakeAnswer())
        {
            return;
        }
        _connection.Settle(this);
        _reader = _connection.Ask([_sql.Command(_bound)]);
        _running = true;
    }

    // An answer that was expected for what is bound. Those before it were asked for in vain; where there is none, something else is asked in between.
    private bool TakeAnswer()
    {
        if (_answers.TryPeek(out var next) && next.Turn != _connection.Turn)
        {
            _answers.Clear();
        }
        if (!_answers.Any(answer => answer.Values.AsSpan().SequenceEqual(_bound)))
        {
            return false;
        }
        while (!_answers.Peek().Values.AsSpan().SequenceEqual(_bound))
        {
            _answers.Dequeue();
        }
        (_rest, _running) = (_answers.Dequeue().Rows, true);
        return true;
    }

    private bool Step(bool found)
    {
        if (!found)
        {
            Reset();
        }
        return found;
    }

    /// <summary>A row's values.</summary>
    public static object[] Values(NpgsqlDataReader reader)
    {
        var values = new object[reader.FieldCount];
        reader.GetValues(values);
        return values;
    }
}
