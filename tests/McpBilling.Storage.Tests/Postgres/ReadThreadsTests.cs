using McpBilling.Storage.Reading;

namespace McpBilling.Storage.Tests.Postgres;

/// <summary>Reads wait for the network, so they have threads of their own: however many there are, the thread pool's stay free.</summary>
public sealed class ReadThreadsTests : IDisposable
{
    private readonly ReplicasUnderTest _replicas = new();

    public void Dispose() => _replicas.Dispose();

    [Fact]
    public async Task Reads_of_a_server_are_on_threads_of_their_own_and_no_more_at_once_than_these()
    {
        using var pool = new ReaderPool(_replicas.Database);
        int present = 0;
        var threads = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => pool.Answer(reader =>
        {
            int now = Interlocked.Increment(ref present);
            reader.Connection.Scalar<long>("SELECT COUNT(*) FROM workspace");
            Interlocked.Decrement(ref present);
            return (Thread.CurrentThread.Name, Thread.CurrentThread.IsThreadPoolThread, Present: now);
        })));
        Assert.All(threads, t => Assert.Equal((ReadThreads.Name, false), (t.Name, t.IsThreadPoolThread)));
        Assert.InRange(threads.Max(t => t.Present), 2, ReadThreads.Count);
    }

    [Fact]
    public async Task What_a_read_throws_is_its_answer_and_the_next_one_is_served()
    {
        using var pool = new ReaderPool(_replicas.Database);
        for (int i = 0; i < ReadThreads.Count * 2; i++)
        {
            var thrown = await Assert.ThrowsAsync<FormatException>(() => pool.Answer<int>(_ => throw new FormatException("no")));
            Assert.Equal("no", thrown.Message);
        }
        Assert.Equal(1, await pool.Answer(reader => reader.Connection.Scalar<long>("SELECT COUNT(*) FROM workspace")));
    }

    [Fact]
    public async Task What_was_read_is_told_before_the_read_has_ended_and_stands_whatever_becomes_of_that()
    {
        using var threads = new ReadThreads();
        using var gate = new ManualResetEventSlim();
        Assert.Equal(1, await threads.Run<int>(tell =>
        {
            tell(1);
            gate.Wait();
        }));
        gate.Set();
        Assert.Equal(2, await threads.Run<int>(tell =>
        {
            tell(2);
            throw new FormatException("too late");
        }));
    }

    [Fact]
    public async Task Whoever_asks_after_the_end_is_still_answered()
    {
        var pool = new ReaderPool(_replicas.Database);
        await pool.Answer(_ => 1);
        pool.Dispose();
        Assert.Equal(1, await pool.Answer(reader => reader.Connection.Scalar<long>("SELECT COUNT(*) FROM workspace")));
    }

    [Fact]
    public async Task A_crowd_of_reads_and_writes_beside_them_is_answered()
    {
        var desk = _replicas.Another();
        await desk.Apply("""{"customers":{"auto_create":true}}""");
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => desk.Grant($"c{i}", "10")));
        // Each on a thread of the pool, as requests are.
        var reads = Enumerable.Range(0, 400).Select(i => Task.Run(() => desk.Figure($"c{i % 20}", "available"))).ToList();
        var writes = Enumerable.Range(0, 50).Select(i => Task.Run(() => desk.Grant("writer", "1", key: $"grant {i}"))).ToList();
        await Task.WhenAll(writes).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.All(await Task.WhenAll(reads).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken), a => Assert.Equal("10", a));
        Assert.Equal("50", await desk.Figure("writer", "available"));
    }
}
