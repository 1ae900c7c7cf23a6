using System.Collections.Frozen;
using McpBilling.Operations;
using McpBilling.Server.Jobs;
using McpBilling.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace McpBilling.Server.Tests.Jobs;

/// <summary>
/// Periodic work of two processes on one file. Each has a clock of its own, an hour apart; one whose clock stands still is one that was killed or frozen, as far as
/// the other can see.
/// </summary>
public sealed class RoundsTests : IAsyncLifetime
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mcp-billing-rounds-");
    private DataFile file = null!;
    private Replica one = null!;
    private Replica two = null!;

    public ValueTask InitializeAsync()
    {
        file = DataFile.Locate(Path.Combine(folder.FullName, "billing.db"), _ => null);
        Migrator.Prepare(file, new FakeTimeProvider());
        one = new Replica("one", file, new DateTimeOffset(2026, 11, 26, 8, 0, 0, TimeSpan.Zero));
        two = new Replica("two", file, new DateTimeOffset(2026, 11, 26, 9, 0, 0, TimeSpan.Zero));
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await one.DisposeAsync();
        await two.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task One_of_two_does_all_the_rounds()
    {
        one.Count("work");
        await Until(() => one.Done > 0, one);
        two.Count("work");
        await Until(() => one.Done > 40, one, two);
        Assert.Equal(0, two.Done);
        Assert.Equal((true, false), (one.Rounds.Watch.States[0].IsHeld, two.Rounds.Watch.States[0].IsHeld));
        Assert.Equal(("work", (long)one.Done), (one.Rounds.Watch.States[0].Name, one.Rounds.Watch.States[0].Done));
    }

    [Fact]
    public async Task Different_work_may_be_done_in_different_processes()
    {
        one.Count("this");
        two.Count("that");
        await Until(() => one.Done > 3 && two.Done > 3, one, two);
    }

    [Fact]
    public async Task When_one_is_stopped_the_other_goes_on_without_waiting_for_a_lease_to_run_out()
    {
        one.Count("work");
        await Until(() => one.Done > 0, one);
        two.Count("work");
        await one.DisposeAsync();
        Assert.Null((await two.Lease("work")).Owner);
        var began = two.Time.GetUtcNow();
        await Until(() => two.Done > 0, two);
        Assert.True(two.Time.GetUtcNow() - began < LeaseView.AbandonedAfter, "it waited as after a crash");
    }

    [Fact]
    public async Task When_one_is_killed_the_other_goes_on_within_seconds_of_its_own_clock()
    {
        one.Count("work");
        await Until(() => one.Done > 0, one);
        two.Count("work");
        var began = two.Time.GetUtcNow();
        await Until(() => two.Done > 0, two);
        var waited = two.Time.GetUtcNow() - began;
        Assert.InRange(waited, LeaseView.AbandonedAfter, LeaseView.AbandonedAfter + LeaseView.Beat + Every + Every);
        Assert.Equal("two", (await two.Lease("work")).Owner);
    }

    [Fact]
    public async Task A_holder_that_was_frozen_does_no_round_when_it_wakes()
    {
        one.Count("work");
        await Until(() => one.Done > 0, one);
        two.Count("work");
        await Until(() => two.Done > 0, two);
        int before = one.Done;
        int until = two.Done + 40;
        await Until(() => two.Done > until, one, two);
        Assert.Equal(before, one.Done);
        Assert.False(one.Rounds.Watch.States[0].IsHeld);
    }

    [Fact]
    public async Task A_round_whose_lease_was_lost_in_the_middle_is_told_so()
    {
        var broken = new TaskCompletionSource();
        var begun = new TaskCompletionSource();
        one.Rounds.Start(new Round("work", Every, async stop =>
        {
            begun.TrySetResult();
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, stop);
            }
            finally
            {
                broken.TrySetResult();
            }
        }));
        await Until(() => begun.Task.IsCompleted, one);
        two.Count("work");
        await Until(() => two.Done > 0, two);
        Assert.False(broken.Task.IsCompleted);
        await Until(() => broken.Task.IsCompleted && one.Rounds.Watch.States[0].Failed == 1, one);
        Assert.Equal(0, one.Rounds.Watch.States[0].Done);
    }

    [Fact]
    public async Task A_program_that_may_no_longer_write_gives_up_its_rounds_at_its_next_beat_and_begins_none()
    {
        var broken = new TaskCompletionSource();
        var begun = new TaskCompletionSource();
        int rounds = 0;
        one.Rounds.Start(new Round("work", Every, async stop =>
        {
            rounds++;
            begun.TrySetResult();
            await using var told = stop.Register(() => broken.TrySetResult());
            await broken.Task;
            stop.ThrowIfCancellationRequested();
        }));
        await Until(() => begun.Task.IsCompleted, one);
        // As a newer program does when it migrates.
        Execute("INSERT INTO meta (name, value) VALUES ('writers_from', '9000') ON CONFLICT (name) DO UPDATE SET value = excluded.value");
        one.Time.Advance(LeaseView.Beat);
        await Until(() => broken.Task.IsCompleted && one.Rounds.Watch.States[0].Failed == 1);
        Assert.False(one.Rounds.Watch.States[0].IsHeld);
        for (int i = 0; i < 40; i++)
        {
            one.Time.Advance(Every);
            await Task.Delay(10);
        }
        Assert.Equal((1, false), (rounds, one.Rounds.Watch.States[0].IsHeld));
        Assert.Equal("one", (await one.Lease("work")).Owner);
    }

    [Fact]
    public async Task A_long_round_keeps_its_lease()
    {
        var end = new TaskCompletionSource();
        var begun = new TaskCompletionSource();
        one.Rounds.Start(new Round("work", Every, async stop =>
        {
            begun.TrySetResult();
            await end.Task.WaitAsync(stop);
        }));
        await Until(() => begun.Task.IsCompleted, one);
        two.Count("work");
        // A minute of both clocks, beat after beat, each when the one before has been heard of.
        for (int beat = 0; beat < 24; beat++)
        {
            long before = (await one.Lease("work")).Version;
            one.Time.Advance(LeaseView.Beat);
            for (int i = 0; (await one.Lease("work")).Version == before; i++)
            {
                Assert.True(i < 3_000, "it was not renewed");
                await Task.Delay(10);
            }
            two.Time.Advance(LeaseView.Beat);
            await Task.Delay(20);
        }
        Assert.Equal(0, two.Done);
        end.SetResult();
        await Until(() => one.Rounds.Watch.States[0].Done > 0, one);
        Assert.Equal(0, one.Rounds.Watch.States[0].Failed);
    }

    [Fact]
    public async Task What_fails_is_counted_and_done_again_at_the_next_turn()
    {
        int turn = 0;
        var states = new List<RoundState>();
        one.Rounds.Watch.Ended += states.Add;
        one.Rounds.Start(new Round("work", Every, _ => ++turn switch
        {
            1 => throw new BillingException(ErrorCode.TryAgain, "busy"),
            2 => throw new InvalidOperationException("broken"),
            3 => throw new AggregateException(new BillingException(ErrorCode.TryAgain, "busy"), new InvalidOperationException("broken")),
            _ => Task.CompletedTask,
        }));
        await Until(() => turn > 4, one);
        Assert.Equal([(0L, 1L), (0L, 2L), (0L, 3L), (1L, 3L)], states.Take(4).Select(s => (s.Done, s.Failed)));
        Assert.Equal((null, true), (states[0].LastDone, states[0].LastFailed > one.Begin));
        Assert.True(states[3].LastDone > states[2].LastFailed);
    }

    [Fact]
    public async Task The_first_round_may_be_at_once_and_its_time_may_be_that_of_the_day()
    {
        var times = new List<DateTimeOffset>();
        one.Rounds.Start(new Round("nightly", TimeSpan.FromHours(1), _ =>
        {
            times.Add(one.Time.GetUtcNow());
            return Task.CompletedTask;
        })
        {
            First = TimeSpan.Zero,
            Until = now => now.UtcDateTime.Date.AddDays(1) - now.UtcDateTime,
        });
        await Until(() => times.Count == 1);
        Assert.Equal(one.Begin, times[0]);
        await Until(() => times.Count == 2, TimeSpan.FromMinutes(10), one);
        Assert.Equal(new DateTimeOffset(2026, 11, 27, 0, 0, 0, TimeSpan.Zero).Date, times[1].Date);
    }

    [Fact]
    public async Task Work_of_many_workspaces_goes_on_after_one_of_them_failed()
    {
        Caller[] callers = [.. Enumerable.Range(1, 4).Select(k => new Caller(k, Mode.Test, FrozenSet<string>.Empty))];
        var done = new List<long>();
        Task Work(Caller caller, params long[] broken)
        {
            done.Add(caller.WorkspaceKey);
            return broken.Contains(caller.WorkspaceKey) ? throw new BillingException(ErrorCode.TryAgain, $"{caller.WorkspaceKey}") : Task.CompletedTask;
        }
        await Round.ForEach(callers, c => Work(c), CancellationToken.None);
        Assert.Equal("2", (await Assert.ThrowsAsync<BillingException>(() => Round.ForEach(callers, c => Work(c, 2), CancellationToken.None))).Detail);
        Assert.Equal(2, (await Assert.ThrowsAsync<AggregateException>(() => Round.ForEach(callers, c => Work(c, 1, 3), CancellationToken.None))).InnerExceptions.Count);
        Assert.Equal([1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4], done);
        await Assert.ThrowsAsync<OperationCanceledException>(() => Round.ForEach(callers, c => Work(c), new CancellationToken(true)));
        Assert.Equal(12, done.Count);
    }

    private void Execute(string sql)
    {
        using var connection = file.OpenReader();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static Task Until(Func<bool> holds, params Replica[] ticking) => Until(holds, TimeSpan.FromMilliseconds(100), ticking);

    private static async Task Until(Func<bool> holds, TimeSpan step, params Replica[] ticking)
    {
        for (int i = 0; !holds(); i++)
        {
            Assert.True(i < 3_000, "it does not come about");
            foreach (var replica in ticking)
            {
                replica.Time.Advance(step);
            }
            await Task.Delay(10);
        }
    }

    private sealed class Replica : IAsyncDisposable
    {
        private readonly BillingStore billing;
        private int done;
        private bool ended;

        public Replica(string name, DataFile file, DateTimeOffset begin)
        {
            (Time, Begin) = (new FakeTimeProvider(begin), begin);
            billing = new BillingStore(file, Time, _ => { });
            Rounds = new Rounds(new Leases(billing, Time, name), Time, NullLogger.Instance);
        }

        public FakeTimeProvider Time { get; }

        public DateTimeOffset Begin { get; }

        public Rounds Rounds { get; }

        public int Done => Volatile.Read(ref done);

        public void Count(string name) => Rounds.Start(new Round(name, Every, _ =>
        {
            Interlocked.Increment(ref done);
            return Task.CompletedTask;
        }));

        public ValueTask<StoredLease> Lease(string name) => billing.Reads<ILeaseReads>().Lease(name);

        public async ValueTask DisposeAsync()
        {
            if (!ended)
            {
                ended = true;
                await Rounds.DisposeAsync();
                billing.Dispose();
            }
        }
    }
}
