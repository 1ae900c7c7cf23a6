namespace McpBilling.Storage.Sqlite;

/// <summary>
/// Lets processes that write to one file know that another one waits for its lock, for which SQLite has no queue: whoever has waited for a while keeps a mark beside the
/// file, and whoever is about to take the lock and sees it lets a moment pass first (docs/decisions/0025). A courtesy, no lock: where the mark cannot be
/// made, or was left behind by a process that was killed, everybody goes on.
/// </summary>
/// <param name="dataFile">The path of the file.</param>
internal sealed class LockWaiters(string dataFile)
{
    // Whoever waits renews its mark many times meanwhile.
    private static readonly TimeSpan Forgotten = TimeSpan.FromSeconds(2);

    /// <summary>What the mark's name ends with.</summary>
    public const string Suffix = "-waits";

    private readonly string _mark = dataFile + Suffix;
    private bool _waits;

    /// <summary>Whether another one waits.</summary>
    public bool Any()
    {
        if (!File.Exists(_mark))
        {
            return false;
        }
        if ((Now - File.GetLastWriteTimeUtc(_mark)).Duration() < Forgotten)
        {
            return true;
        }
        Remove();
        return false;
    }

    /// <summary>Says, or says again, that this one waits.</summary>
    public void Wait()
    {
        _waits = true;
        Try(() =>
        {
            using var mark = new FileStream(_mark, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            File.SetLastWriteTimeUtc(mark.SafeFileHandle, Now);
        });
    }

    /// <summary>It waits no more.</summary>
    public void Done()
    {
        if (_waits)
        {
            _waits = false;
            Remove();
        }
    }

    // Of the machine, as the times of its files are.
    private static DateTime Now => TimeProvider.System.GetUtcNow().UtcDateTime;

    // Another one that waits as well says so again.
    private void Remove() => Try(() => File.Delete(_mark));

    private static void Try(Action change)
    {
        try
        {
            change();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }
}
