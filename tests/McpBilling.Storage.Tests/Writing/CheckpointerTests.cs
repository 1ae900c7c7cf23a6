using McpBilling.Storage.Writing;

namespace McpBilling.Storage.Tests.Writing;

/// <summary>The log is emptied beside the writer, and begins anew under a writer that never rests.</summary>
public sealed class CheckpointerTests : IDisposable
{
    private const int PagesBetween = 50;
    private readonly TemporaryFolder folder = new();
    private readonly List<string> problems = [];
    private readonly DataFile file;
    private readonly WriterSession session;

    public CheckpointerTests()
    {
        file = folder.DataFile();
        Migrator.Prepare(file, TimeProvider.System);
        session = new WriterSession(file.OpenWriter());
        session.Connection.Execute("CREATE TABLE written (n INTEGER PRIMARY KEY, text TEXT NOT NULL)");
    }

    public void Dispose()
    {
        session.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void The_log_stays_small_however_much_is_written()
    {
        using (var checkpoints = new Checkpointer(file, problems.Add, PagesBetween))
        {
            WriteRows(1_000, checkpoints);
        }
        Assert.Empty(problems);
        Assert.Equal(1_000, session.Connection.Scalar<long>("SELECT COUNT(*) FROM written"));
        // A thousand rows of a page each; the log's frames are 24 bytes more than a page.
        long frames = new FileInfo(folder.File("billing.db-wal")).Length / (4096 + 24);
        Assert.InRange(frames, 1, 3 * PagesBetween);
        Assert.True(new FileInfo(folder.File("billing.db")).Length > 900 * 4096);
    }

    [Fact]
    public void Who_reads_an_old_state_delays_the_log_and_harms_nothing()
    {
        using var checkpoints = new Checkpointer(file, problems.Add, PagesBetween);
        using var reader = file.OpenReader();
        reader.Execute("BEGIN");
        Assert.Equal(0, reader.Scalar<long>("SELECT COUNT(*) FROM written"));
        WriteRows(300, checkpoints);
        Assert.Equal(0, reader.Scalar<long>("SELECT COUNT(*) FROM written"));
        reader.Execute("COMMIT");
        Assert.Equal(300, reader.Scalar<long>("SELECT COUNT(*) FROM written"));
        Assert.Empty(problems);
    }

    // A page of the table each, in a transaction each.
    private void WriteRows(int count, Checkpointer checkpoints)
    {
        for (int i = 0; i < count; i++)
        {
            session.Begin();
            session.Connection.Execute("INSERT INTO written (text) VALUES (hex(randomblob(2000)))");
            session.Commit(() => ChangedRows.None);
            checkpoints.Look(session);
            SpinWait.SpinUntil(() => !checkpoints.IsMoving);
        }
    }
}
