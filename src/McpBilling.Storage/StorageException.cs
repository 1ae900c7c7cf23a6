using McpBilling.Operations;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace McpBilling.Storage;

/// <summary>The database refused a statement. The transaction it stood in is rolled back, so nothing is half-written.</summary>
public sealed class StorageException(int code, string message) : Exception($"SQLite {code}: {message}")
{
    public StorageException(SqliteException e) : this(e.SqliteExtendedErrorCode, e.Message)
    {
    }

    /// <summary>SQLite's primary result code (the low byte of the extended one).</summary>
    public int Code { get; } = code & 0xFF;

    /// <summary>What a caller can do about it.</summary>
    public BillingException ToBilling() => Code switch
    {
        raw.SQLITE_FULL => new BillingException(ErrorCode.StorageFull, "The disk that holds the data is full."),
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => new BillingException(ErrorCode.TryAgain, "Another process is writing to the data file."),
        raw.SQLITE_IOERR or raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN or raw.SQLITE_NOMEM =>
            new BillingException(ErrorCode.TryAgain, "The data file cannot be written to at the moment."),
        _ => new BillingException(ErrorCode.Internal, "The data file refused a write."),
    };

    /// <summary>The store itself is in trouble: every command of the batch fails alike, and trying them one by one would not help.</summary>
    public bool IsStore => Code is raw.SQLITE_FULL or raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_IOERR or raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN or raw.SQLITE_NOMEM or raw.SQLITE_CORRUPT;
}
