using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace McpBilling.Storage.Writing;

/// <summary>What an engine needs to have done between two transactions.</summary>
internal interface IUpkeep : IDisposable
{
    /// <summary>Called by the writer between two transactions.</summary>
    void Look(WriterSession session);

    /// <summary>Is told how long the work took; null: nobody.</summary>
    WriterMeter? Meter { get; set; }
}

/// <summary>
/// Moves what was committed from the log into the database file, beside the writer: that takes tens of milliseconds, which no answer should wait for. What is
/// committed meanwhile is little; the writer moves that itself between two transactions, since only a log of which nothing is left begins anew.
/// </summary>
internal sealed class Checkpointer : IUpkeep
{
    // 256 MiB of log. With fewer, the same pages are moved over and over, and commits wait for the disk meanwhile.
    private const int UsualPagesBetween = 64_000;

    private readonly DataFile _file;
    private readonly Action<string> _log;
    private readonly int _pagesBetween;
    private Task? _moving;
    private long _pages;

    /// <param name="log">Takes what went wrong, one message a time.</param>
    /// <param name="pagesBetween">Written into the log before it is moved.</param>
    public Checkpointer(DataFile file, Action<string> log, int pagesBetween = UsualPagesBetween) => (_file, _log, _pagesBetween) = (file, log, pagesBetween);

    public WriterMeter? Meter { get; set; }

    /// <summary>Whether pages are being moved beside the writer.</summary>
    public bool IsMoving => _moving is { IsCompleted: false };

    /// <summary>Called by the writer between two transactions.</summary>
    public void Look(WriterSession session)
    {
        var connection = (SqliteConnection)session.Connection;
        _pages += PagesWritten(connection);
        if (_moving is { IsCompleted: true })
        {
            Move(connection);
            (_pages, _moving) = (0, null);
        }
        else if (_moving is null && _pages >= _pagesBetween)
        {
            // A thread of its own: it waits for the disk.
            _moving = Task.Factory.StartNew(MoveBeside, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
    }

    /// <summary>Ends the work in hand, once the writer has ended. The last connection to close moves what is left.</summary>
    public void Dispose() => _moving?.Wait();

    private void MoveBeside()
    {
        try
        {
            using var connection = (SqliteConnection)_file.OpenReader();
            Move(connection);
        }
        catch (DataFileException e)
        {
            _log($"a checkpoint waits for the writer after: {e.Message}");
        }
    }

    /// <summary>Pages written into the log since this was last asked.</summary>
    private static long PagesWritten(SqliteConnection connection) =>
        raw.sqlite3_db_status(connection.Handle, raw.SQLITE_DBSTATUS_CACHE_WRITE, out int pages, out _, 1) == raw.SQLITE_OK ? pages : 0;

    // Passive: it waits for nobody and stops nobody. Whatever it could not move, the next one does.
    private void Move(SqliteConnection connection)
    {
        long began = Meter?.Began() ?? 0;
        int rc = raw.sqlite3_wal_checkpoint_v2(connection.Handle!, null, raw.SQLITE_CHECKPOINT_PASSIVE, out _, out _);
        bool whole = rc is raw.SQLITE_OK or raw.SQLITE_BUSY or raw.SQLITE_LOCKED;
        Meter?.Checkpointed(began, whole ? "done" : "failed");
        if (!whole)
        {
            _log($"a checkpoint was left undone after SQLite {rc}: {raw.sqlite3_errmsg(connection.Handle!).utf8_to_string()}");
        }
    }
}
