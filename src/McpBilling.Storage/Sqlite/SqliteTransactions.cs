using System.Diagnostics;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace McpBilling.Storage.Sqlite;

/// <summary>Write transactions on a file, under SQLite's own lock.</summary>
internal sealed class SqliteTransactions(SqliteConnection connection) : WriteTransactions
{
    // SQLite has no queue for its lock: whoever waits looks again and again. By itself it looks every tenth of a second, and a writer with much to do lets go for
    // a fraction of a millisecond between two transactions: the other would find the lock taken for as long as that goes on (docs/decisions/0022).
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(1);

    // On a machine that gives this thread no time, patience alone would pass without a look.
    private static readonly TimeSpan LookAtLeastPer = TimeSpan.FromMilliseconds(5);

    // After so many looks, and again after as many more, the others are told that this one waits.
    private const int LooksInSilence = 20;

    // How long the lock is left alone where another one waits: a few looks.
    private static readonly TimeSpan TheirTurn = TimeSpan.FromMilliseconds(3);

    private readonly SqliteStatement _begin = new(connection.Handle!, "BEGIN IMMEDIATE"), _commit = new(connection.Handle!, "COMMIT"),
        _rollback = new(connection.Handle!, "ROLLBACK"), _dataVersion = new(connection.Handle!, "PRAGMA data_version");

    private readonly TimeSpan _patience = PatienceOf(connection);
    private readonly ManualResetEvent _never = new(false);
    private readonly LockWaiters _waiters = new(connection.DataSource);
    private long _seenVersion = -1;

    public override ChangedRows Begin()
    {
        TakeLock();
        _dataVersion.Next();
        long version = _dataVersion.Long(0);
        _dataVersion.Reset();
        bool foreign = version != _seenVersion;
        _seenVersion = version;
        return foreign ? ChangedRows.Anything : ChangedRows.None;
    }

    // SQLite itself tells that somebody else has written, not what.
    public override void Commit(Func<ChangedRows>? changed) => _commit.Run();

    public override void Rollback()
    {
        // A failed COMMIT or a full disk may have rolled back by itself.
        if (raw.sqlite3_get_autocommit(connection.Handle) == 0)
        {
            _rollback.Run();
        }
    }

    public override void Distrust() => _seenVersion = -1;

    public override void Dispose()
    {
        foreach (var statement in (ReadOnlySpan<SqliteStatement>)[_begin, _commit, _rollback, _dataVersion])
        {
            statement.Dispose();
        }
        _never.Dispose();
    }

    private void TakeLock()
    {
        if (_waiters.Any())
        {
            _never.WaitOne(TheirTurn);
        }
        // Here it waits by itself; everything else on the connection goes on waiting as SQLite does.
        raw.sqlite3_busy_timeout(connection.Handle, 0);
        try
        {
            if (_begin.TryRun())
            {
                return;
            }
            long began = Stopwatch.GetTimestamp();
            for (int looks = 1; looks < _patience / LookAtLeastPer || Stopwatch.GetElapsedTime(began) < _patience; looks++)
            {
                if (looks % LooksInSilence == 0)
                {
                    _waiters.Wait();
                }
                _never.WaitOne(BetweenLooks);
                if (_begin.TryRun())
                {
                    return;
                }
            }
            // The last look, which says what is in the way.
            _begin.Run();
        }
        finally
        {
            _waiters.Done();
            raw.sqlite3_busy_timeout(connection.Handle, (int)_patience.TotalMilliseconds);
        }
    }

    private static TimeSpan PatienceOf(SqliteConnection connection) => TimeSpan.FromMilliseconds(connection.Scalar<long>("PRAGMA busy_timeout"));
}
