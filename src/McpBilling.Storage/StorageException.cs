using System.Data.Common;
using McpBilling.Operations;
using Microsoft.Data.Sqlite;
using Npgsql;
using SQLitePCL;

namespace McpBilling.Storage;

/// <summary>The database refused a statement. The transaction it stood in is rolled back, so nothing is half-written.</summary>
public sealed class StorageException : DbException
{
    /// <param name="code">SQLite's result code, primary or extended.</param>
    public StorageException(int code, string message) : this(TroubleOf(code), $"SQLite {code}: {message}", null)
    {
    }

    public StorageException(DbException cause) : this(TroubleOf(cause), cause.Message, cause)
    {
    }

    private StorageException(StorageTrouble trouble, string message, Exception? inner) : base(message, inner) => Trouble = trouble;

    /// <summary>What kind of trouble it is.</summary>
    public StorageTrouble Trouble { get; }

    /// <summary>The store itself is in trouble: every command of the batch fails alike, and trying them one by one would not help.</summary>
    public bool IsStore => Trouble != StorageTrouble.Statement;

    /// <summary>What a caller can do about it.</summary>
    public BillingException ToBilling() => Trouble switch
    {
        StorageTrouble.Full => new BillingException(Operations.ErrorCode.StorageFull, "The disk that holds the data is full."),
        StorageTrouble.Busy => new BillingException(Operations.ErrorCode.TryAgain, "Another process is writing to the data."),
        StorageTrouble.Unavailable => new BillingException(Operations.ErrorCode.TryAgain, "The data cannot be reached, or takes no writes, at the moment."),
        _ => new BillingException(Operations.ErrorCode.Internal, "The database refused a write."),
    };

    /// <summary>Asks the store for a caller who is told of its trouble as of any refusal.</summary>
    /// <exception cref="BillingException">The store is in trouble, <see cref="ToBilling"/>.</exception>
    internal static T Answered<T>(Func<T> ask)
    {
        try
        {
            return ask();
        }
        catch (DbException e) when (new StorageException(e) is { IsStore: true } store)
        {
            throw store.ToBilling();
        }
    }

    private static StorageTrouble TroubleOf(int code) => (code & 0xFF) switch
    {
        raw.SQLITE_FULL => StorageTrouble.Full,
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => StorageTrouble.Busy,
        raw.SQLITE_IOERR or raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN or raw.SQLITE_NOMEM => StorageTrouble.Unavailable,
        raw.SQLITE_CORRUPT => StorageTrouble.Corrupt,
        _ => StorageTrouble.Statement,
    };

    private static StorageTrouble TroubleOf(DbException cause) => cause switch
    {
        StorageException known => known.Trouble,
        SqliteException e => TroubleOf(e.SqliteExtendedErrorCode),
        PostgresException e => TroubleOfState(e.SqlState),
        // Without an answer of the server: the connection is gone, or could not be made.
        NpgsqlException => StorageTrouble.Unavailable,
        _ => StorageTrouble.Statement,
    };

    // https://www.postgresql.org/docs/current/errcodes-appendix.html
    private static StorageTrouble TroubleOfState(string state) => state switch
    {
        PostgresErrorCodes.DiskFull => StorageTrouble.Full,
        PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled => StorageTrouble.Busy,
        // A database that takes no connections at the moment.
        PostgresErrorCodes.ObjectNotInPrerequisiteState => StorageTrouble.Unavailable,
        PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted => StorageTrouble.Corrupt,
        // 08: the connection; 53: resources; 57: the administrator stops it; 58: the system. 26: a pooler in between has given the transaction another server. 25: the
        // transaction is not there any more, or takes no writes: the server ended it because this process got no time for so long, or it is a standby, as after a failover.
        _ when state[..2] is "08" or "25" or "26" or "53" or "57" or "58" => StorageTrouble.Unavailable,
        _ => StorageTrouble.Statement,
    };
}

/// <summary>What is the matter with the store.</summary>
public enum StorageTrouble
{
    /// <summary>Nothing: it refused this one statement.</summary>
    Statement,

    /// <summary>The disk is full.</summary>
    Full,

    /// <summary>Another process wrote for too long.</summary>
    Busy,

    /// <summary>It cannot be reached, or takes no writes.</summary>
    Unavailable,

    /// <summary>It is damaged.</summary>
    Corrupt,
}
