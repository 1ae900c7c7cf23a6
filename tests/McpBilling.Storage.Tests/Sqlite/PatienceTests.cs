using McpBilling.Operations;
using McpBilling.Storage.Sqlite;
using McpBilling.Storage.Tests.Compliance;
using Microsoft.Data.Sqlite;

namespace McpBilling.Storage.Tests.Sqlite;

/// <summary>Who waits for the lock of a file gets it, however briefly it is free; who cannot get it is told so.</summary>
public sealed class PatienceTests
{
    [Fact]
    public async Task A_process_that_hardly_ever_lets_go_of_the_lock_does_not_keep_another_from_writing()
    {
        using var store = new SqliteStore();
        var desk = new Desk(() => store.Billing, store.Caller(Mode.Test));
        await desk.Grant("c", "1", key: "before");
        using var stop = new CancellationTokenSource();
        using var held = new ManualResetEventSlim();
        var busy = Task.Factory.StartNew(() => Occupy(store, held, stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        held.Wait(TestContext.Current.CancellationToken);
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal("ok", await desk.Code("grant_credit", new { customer_id = "c", asset = "usd", amount = "1", idempotency_key = $"k{i}" }));
        }
        await stop.CancelAsync();
        await busy;
        Assert.False(File.Exists(store.File.Path + LockWaiters.Suffix));
        Assert.Equal("6", await desk.Figure("c", "balance"));
    }

    [Fact]
    public async Task A_lock_that_is_never_let_go_of_is_told_as_such_and_the_next_write_succeeds()
    {
        using var store = new SqliteStore(null, TimeSpan.FromMilliseconds(200));
        var desk = new Desk(() => store.Billing, store.Caller(Mode.Test));
        using (var other = store.File.OpenReader())
        {
            other.Execute("BEGIN IMMEDIATE");
            Assert.Equal("try_again", await desk.Code("grant_credit", new { customer_id = "c", asset = "usd", amount = "1", idempotency_key = "k" }));
            other.Execute("ROLLBACK");
        }
        await desk.Grant("c", "1", key: "k");
        Assert.Equal("1", await desk.Figure("c", "balance"));
    }

    [Fact]
    public async Task A_mark_that_a_killed_process_left_holds_nobody_up_and_goes_away()
    {
        using var store = new SqliteStore();
        var desk = new Desk(() => store.Billing, store.Caller(Mode.Test));
        string mark = store.File.Path + LockWaiters.Suffix;
        await File.WriteAllBytesAsync(mark, [], TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(mark, TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(-1));
        await desk.Grant("c", "1", key: "k");
        Assert.False(File.Exists(mark));
    }

    // As a writer with much to do: fifteen milliseconds with the lock, then the next transaction at once.
    private static void Occupy(SqliteStore store, ManualResetEventSlim held, CancellationToken stop)
    {
        using var connection = (SqliteConnection)store.File.OpenReader();
        using var transactions = new SqliteTransactions(connection);
        while (!stop.IsCancellationRequested)
        {
            transactions.Begin();
            held.Set();
            stop.WaitHandle.WaitOne(15);
            connection.Execute("UPDATE workspace SET latest_at = latest_at WHERE workspace_id = 1");
            transactions.Commit(null);
        }
    }
}
