using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Npgsql;

namespace McpBilling.Storage.Postgres;

/// <summary>
/// A connection to PostgreSQL that behaves as the code for one file expects: any number of statements may be read at once, and what only writes is sent together with
/// the next that reads, or with the commit. It finds a server again between two transactions, never inside one. Only for threads that may wait: Npgsql sends all but the first of several
/// statements asynchronously, after which the socket's answers come by way of the thread pool, and a few reads on the pool's own threads would wait for each other until more threads are
/// made (docs/decisions/0030).
/// </summary>
internal sealed partial class PostgresConnection(PostgresDatabase database, NpgsqlDataSource source) : DbConnection
{
    // Sent at the latest when so many wait, so that the server works while the rest is decided.
    private const int MostWaiting = 2048;

    // A plan of a reader's that was made while a table was empty would be kept until somebody analyzes the table. Making those again that a read takes costs some milliseconds.
    private static readonly TimeSpan PlansKept = TimeSpan.FromSeconds(10);

    private readonly PostgresWrites _waiting = new();
    private readonly List<(PostgresStatement Statement, PostgresValue[] Values)> _expected = [];
    private NpgsqlConnection? _inner;
    private PostgresStatement? _reading;
    private string? _opening;
    private long? _planned;
    private bool _began, _wrote, _unsure;

    [AllowNull]
    public override string ConnectionString { get => database.Name; set => throw new NotSupportedException(); }

    public override string Database => database.Name;

    public override string DataSource => database.Name;

    public override string ServerVersion => Inner.ServerVersion;

    public override ConnectionState State => _inner?.State ?? ConnectionState.Closed;

    /// <summary>Another one with each write and each end of a transaction: what was read ahead before is not to be relied on.</summary>
    public int Turn { get; private set; }

    /// <summary>Something was written since the transaction began.</summary>
    public bool Wrote => _wrote;

    internal NpgsqlConnection Inner
    {
        get
        {
            if (_inner is { FullState: var state } && (state & ConnectionState.Broken) == 0 && state != ConnectionState.Closed)
            {
                return _inner;
            }
            if (_began)
            {
                throw new StorageException(new NpgsqlException("the connection was lost inside a transaction"));
            }
            Open();
            return _inner!;
        }
    }

    public override void Open()
    {
        _inner?.Dispose();
        (_inner, _planned) = (null, null);
        _inner = source.OpenConnection();
        _inner.Notice += NoteNotice;
    }

    /// <summary>Begins a transaction that only reads: by a statement that is sent with its first question.</summary>
    public void BeginRead(string opening) => _opening = opening;

    /// <summary>Ends it.</summary>
    public void EndRead()
    {
        _reading?.Reset();
        NewTurn();
        if (_began)
        {
            using var command = new NpgsqlCommand("COMMIT");
            Run(command.CommandText, inner =>
            {
                command.Connection = inner;
                return command.ExecuteNonQuery();
            });
        }
    }

    /// <summary>A transaction that only reads has begun here, and the server has not been told yet.</summary>
    public bool IsOpening => _opening is not null;

    /// <summary>Asks questions in one way over the network, with which a transaction that only reads begins.</summary>
    public NpgsqlDataReader Ask(IEnumerable<NpgsqlBatchCommand> questions)
    {
        var batch = new NpgsqlBatch();
        string? opening = _opening;
        _opening = null;
        if (opening is not null)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(opening));
            if (_planned is not { } at || database.Time.GetElapsedTime(at) > PlansKept)
            {
                batch.BatchCommands.Add(new NpgsqlBatchCommand("DISCARD PLANS"));
                _planned = database.Time.GetTimestamp();
            }
        }
        foreach (var question in questions)
        {
            batch.BatchCommands.Add(question);
        }
        try
        {
            return Run(batch.BatchCommands[0].CommandText, inner =>
            {
                batch.Connection = inner;
                return batch.ExecuteReader();
            });
        }
        catch (DbException) when (opening is not null)
        {
            Abandon();
            throw;
        }
    }

    /// <summary>
    /// Runs a statement. Where a transaction begins, or something is only read outside of one, a connection that turns out to be lost (as all are after a failover)
    /// is replaced once.
    /// </summary>
    /// <param name="sql">The statement, or the first of several.</param>
    public T Run<T>(string sql, Func<NpgsqlConnection, T> run)
    {
        T result;
        try
        {
            result = run(Inner);
        }
        catch (DbException e) when (!_began && IsRepeatable(sql) && new StorageException(e).Trouble == StorageTrouble.Unavailable)
        {
            Drop();
            result = run(Inner);
        }
        Note(sql);
        return result;
    }

    /// <summary>Takes a statement that gives no rows.</summary>
    public void Add(PostgresSql sql, PostgresValue[] values)
    {
        _waiting.Add(sql, values);
        Added();
    }

    /// <summary>The same of a statement that is made once.</summary>
    public void Add(NpgsqlBatchCommand command)
    {
        _waiting.Add(command);
        Added();
    }

    /// <summary>Sends what waits, and takes the rest of what is being read into memory: the wire is free then.</summary>
    /// <param name="next">Who reads next.</param>
    public void Settle(PostgresStatement? next = null)
    {
        _reading?.TakeRest();
        _reading = next;
        if (_waiting.Count > 0)
        {
            Send();
        }
    }

    /// <summary>A statement will be run with these values.</summary>
    public void Expect(PostgresStatement statement, ReadOnlySpan<PostgresValue> values) => _expected.Add((statement, [.. values]));

    /// <summary>Where something is expected of a statement: reads, in one round trip, all that is expected.</summary>
    public void Ask(PostgresStatement by)
    {
        if (_expected.Count == 0 || !_expected.Exists(e => e.Statement == by))
        {
            return;
        }
        Settle();
        var questions = PostgresQuestion.Of(_expected);
        try
        {
            using var reader = Ask(questions.Select(q => q.Command()));
            foreach (var question in questions)
            {
                question.Take(reader, Turn);
                reader.NextResult();
            }
        }
        catch (DbException e) when (e is not StorageException)
        {
            throw new StorageException(e);
        }
        finally
        {
            _expected.Clear();
        }
    }

    /// <summary>Nobody reads any more.</summary>
    public void Done(PostgresStatement statement)
    {
        if (_reading == statement)
        {
            _reading = null;
        }
    }

    /// <summary>Sends what waits and commits it, in one go.</summary>
    /// <exception cref="StorageException">The server refused it; nothing was written.</exception>
    /// <exception cref="UntoldException">
    /// The connection was lost, or a wait for the synchronous standby was broken off, which PostgreSQL answers as if it had succeeded (and only says so in a notice).
    /// </exception>
    public void Commit()
    {
        _reading?.TakeRest();
        _reading = null;
        NewTurn();
        _unsure = false;
        // No timeout and no token: both would end the wait for the standby as if it were over.
        using var batch = new NpgsqlBatch(Inner) { Timeout = 0 };
        _waiting.MoveTo(batch);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        try
        {
            batch.ExecuteNonQuery();
        }
        catch (PostgresException e) when (e.Severity is "ERROR")
        {
            throw new StorageException(e);
        }
        catch (Exception e)
        {
            Drop();
            throw new UntoldException(e);
        }
        (_began, _wrote) = (false, false);
        if (_unsure)
        {
            Drop();
            throw new UntoldException(new NpgsqlException("the standby has not confirmed the commit"));
        }
    }

    /// <summary>Gives up a transaction that may have begun.</summary>
    public void Abandon()
    {
        _began = true;
        Rollback();
    }

    public void Rollback()
    {
        _waiting.Clear();
        _reading?.Reset();
        _reading = null;
        NewTurn();
        if (!_began)
        {
            return;
        }
        (_began, _wrote) = (false, false);
        try
        {
            using var command = new NpgsqlCommand("ROLLBACK", _inner);
            command.ExecuteNonQuery();
        }
        catch (Exception e) when (e is DbException or InvalidOperationException)
        {
            // A lost connection has rolled back.
            Drop();
        }
    }

    private static bool IsRepeatable(string sql) => OnlyReads(sql) || sql.StartsWith("BEGIN", StringComparison.Ordinal);

    private static bool OnlyReads(string sql) => sql.AsSpan().TrimStart() is var text && (text.StartsWith("SELECT", StringComparison.Ordinal) || text.StartsWith("WITH", StringComparison.Ordinal));

    // Sees transactions begin and end, and writes, in statements that go past Add.
    private void Note(string sql)
    {
        if (sql.StartsWith("BEGIN", StringComparison.Ordinal))
        {
            (_began, _wrote) = (true, false);
        }
        else if (sql is "COMMIT" or "ROLLBACK")
        {
            _began = false;
        }
        else if (!OnlyReads(sql))
        {
            _wrote = true;
        }
    }

    /// <summary>The planner chooses for itself which index it goes by.</summary>
    public static string Dialect(string sql) => sql.Contains("INDEXED BY", StringComparison.Ordinal) ? Hint().Replace(sql, "") : sql;

    public override void Close() => Dispose();

    public override void ChangeDatabase(string databaseName) => throw new NotSupportedException();

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => throw new NotSupportedException();

    protected override DbCommand CreateDbCommand() => new PostgresCommand(this);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Rollback();
            _inner?.Dispose();
            _inner = null;
        }
        base.Dispose(disposing);
    }

    private void Added()
    {
        _wrote = true;
        Turn++;
        if (_waiting.Count >= MostWaiting)
        {
            Send();
        }
    }

    private void Send()
    {
        using var batch = new NpgsqlBatch(Inner);
        _waiting.MoveTo(batch);
        try
        {
            batch.ExecuteNonQuery();
        }
        catch (DbException e)
        {
            throw new StorageException(e);
        }
    }

    private void NewTurn()
    {
        Turn++;
        _expected.Clear();
        _opening = null;
    }

    // Closed, never given back to the pool.
    private void Drop()
    {
        (_began, _wrote) = (false, false);
        if (_inner is { } broken)
        {
            _inner = null;
            NpgsqlConnection.ClearPool(broken);
            broken.Dispose();
        }
    }

    private void NoteNotice(object sender, NpgsqlNoticeEventArgs e) =>
        _unsure |= e.Notice.MessageText.Contains("synchronous replication", StringComparison.Ordinal) || e.Notice.SqlState == PostgresErrorCodes.AdminShutdown;

    [GeneratedRegex(@"\s+INDEXED BY \w+")]
    private static partial Regex Hint();
}
