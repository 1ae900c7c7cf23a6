using System.Buffers;
using System.Text;
using SQLitePCL;

namespace McpBilling.Storage.Sqlite;

/// <summary>A statement of SQLite, by its handle.</summary>
internal sealed class SqliteStatement : Statement
{
    private readonly sqlite3 _db;
    private readonly sqlite3_stmt _owned;
    private readonly nint _statement;

    public SqliteStatement(sqlite3 db, string sql)
    {
        _db = db;
        int rc = raw.sqlite3_prepare_v3(db, sql, raw.SQLITE_PREPARE_PERSISTENT, out _owned);
        if (rc != raw.SQLITE_OK)
        {
            throw new StorageException(rc, $"{raw.sqlite3_errmsg(db).utf8_to_string()} in: {sql}");
        }
        _statement = _owned.DangerousGetHandle();
    }

    public override SqliteStatement Bind(int index, long value)
    {
        if (SqliteCalls.BindInt64(_statement, index, value) is var rc && rc != raw.SQLITE_OK)
        {
            Unwind(rc);
            Check(SqliteCalls.BindInt64(_statement, index, value));
        }
        return this;
    }

    public override SqliteStatement Bind(int index, long? value)
    {
        if (value is { } number)
        {
            Bind(index, number);
        }
        else
        {
            Check(SqliteCalls.BindNull(_statement, index));
        }
        return this;
    }

    public override SqliteStatement Bind(int index, string? text)
    {
        if (text is null)
        {
            Check(SqliteCalls.BindNull(_statement, index));
            return this;
        }
        int max = Encoding.UTF8.GetMaxByteCount(text.Length);
        if (max <= 1024)
        {
            Span<byte> bytes = stackalloc byte[1024];
            Check(SqliteCalls.BindText(_statement, index, bytes[..Encoding.UTF8.GetBytes(text, bytes)]));
            return this;
        }
        byte[] rented = ArrayPool<byte>.Shared.Rent(max);
        Check(SqliteCalls.BindText(_statement, index, rented.AsSpan(0, Encoding.UTF8.GetBytes(text, rented))));
        ArrayPool<byte>.Shared.Return(rented);
        return this;
    }

    public override SqliteStatement BindUtf8(int index, ReadOnlyMemory<byte> text)
    {
        Check(SqliteCalls.BindText(_statement, index, text.Span));
        return this;
    }

    public override void Run()
    {
        int rc = SqliteCalls.Step(_statement);
        SqliteCalls.Reset(_statement);
        if (rc != raw.SQLITE_DONE)
        {
            throw Failure(rc);
        }
    }

    /// <summary>Runs it, unless another connection has the lock that it needs.</summary>
    /// <returns>Whether it ran.</returns>
    public bool TryRun()
    {
        int rc = SqliteCalls.Step(_statement);
        SqliteCalls.Reset(_statement);
        return rc == raw.SQLITE_DONE || ((rc & 0xFF) == raw.SQLITE_BUSY ? false : throw Failure(rc));
    }

    public override bool Next()
    {
        int rc = SqliteCalls.Step(_statement);
        if (rc == raw.SQLITE_ROW)
        {
            return true;
        }
        SqliteCalls.Reset(_statement);
        return rc == raw.SQLITE_DONE ? false : throw Failure(rc);
    }

    public override void Reset() => SqliteCalls.Reset(_statement);

    public override long Long(int column) => SqliteCalls.ColumnInt64(_statement, column);

    public override bool IsNull(int column) => SqliteCalls.ColumnType(_statement, column) == raw.SQLITE_NULL;

    // By length: a text may hold a NUL, which SQLite keeps and a C string would end at.
    public override string Text(int column) => Encoding.UTF8.GetString(SqliteCalls.ColumnBlob(_statement, column));

    public override ReadOnlySpan<byte> Utf8(int column) => SqliteCalls.ColumnBlob(_statement, column);

    public override void Dispose() => _owned.Dispose();

    // Rows of an earlier question that broke off (a damaged row) must not be taken for this one's. Every use binds a number first.
    private void Unwind(int rc)
    {
        if (rc != raw.SQLITE_MISUSE)
        {
            throw Failure(rc);
        }
        SqliteCalls.Reset(_statement);
    }

    // A value that could not be bound would leave the one before in its place.
    private void Check(int rc)
    {
        if (rc != raw.SQLITE_OK)
        {
            throw Failure(rc);
        }
    }

    private StorageException Failure(int rc) => new(raw.sqlite3_extended_errcode(_db) is var extended && extended != 0 ? extended : rc, raw.sqlite3_errmsg(_db).utf8_to_string() ?? "");
}
