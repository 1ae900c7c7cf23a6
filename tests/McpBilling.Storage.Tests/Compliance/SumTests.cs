using McpBilling.Storage.Sums;

namespace McpBilling.Storage.Tests.Compliance;

/// <summary>What events left to be added to the sums of days is added once, whoever does it and whatever breaks; what reports say of it meanwhile is in <see cref="MarginTests"/>.</summary>
public abstract class SumTests(StoreUnderTest store) : ComplianceTests(store)
{
    private SumFolder Sums => ((BillingStore)Store.Billing).Sums;

    [Fact]
    public async Task A_batch_writes_no_sum_but_leaves_it_to_be_added()
    {
        await Gpu(3);
        Assert.Equal((0, 3, 3), (Rows("cost_day"), Rows("cost_posting"), Store.Number("SELECT MAX(upto) FROM cost_posting")));
        await Store.Fold(Desk.Caller);
        Assert.Equal((0, 3), (Rows("cost_posting"), Store.Number("SELECT folded FROM cost_fold")));
        Assert.Equal(3, Store.Number("SELECT events FROM cost_day WHERE dimension = 0"));
        await Gpu(5, from: 3);
        Assert.Equal(5, Store.Number("SELECT MAX(upto) FROM cost_posting"));
        await MustVerify();
    }

    [Fact]
    public async Task Nothing_waits_twice_and_nothing_is_added_twice()
    {
        await Gpu(4);
        var another = (BillingStore)Store.OpenAnother();
        var steps = (await Sums.Steps(Desk.Caller, 2)).ToList();
        var same = (await another.Sums.Steps(Desk.Caller, 2)).ToList();
        Assert.True(steps.Count > 3);
        Assert.True(await Sums.Add(Desk.Caller, steps[0]));
        string before = Store.Fingerprint();
        // The slower one's first, one that is not the next, and one that was done.
        Assert.False(await another.Sums.Add(Desk.Caller, same[0]));
        Assert.False(await Sums.Add(Desk.Caller, steps[2]));
        Assert.False(await Sums.Add(Desk.Caller, steps[0]));
        Assert.Equal(before, Store.Fingerprint());
        Assert.True(await another.Sums.Add(Desk.Caller, same[1]));
        await Task.WhenAll(Sums.Fold(Desk.Caller, CancellationToken.None), another.Sums.Fold(Desk.Caller, CancellationToken.None));
        await Store.Fold(Desk.Caller);
        Assert.Equal((0, 4), (Rows("cost_posting"), Store.Number("SELECT events FROM cost_day WHERE dimension = 0")));
        Assert.Empty(await Sums.Steps(Desk.Caller, 2));
        await MustVerify();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_step_that_breaks_is_whole_or_absent(bool committed)
    {
        await Gpu(4);
        var steps = (await Sums.Steps(Desk.Caller, 3)).ToList();
        Assert.True(await Sums.Add(Desk.Caller, steps[0]));
        int times = 0;
        void Break()
        {
            if (++times == 1)
            {
                throw new InvalidOperationException("broken");
            }
        }
        if (committed)
        {
            Store.Faults.AfterCommit = Break;
        }
        else
        {
            Store.Faults.BeforeCommit = Break;
        }
        await Assert.ThrowsAnyAsync<Exception>(() => Sums.Add(Desk.Caller, steps[1]));
        Assert.Equal(1, times);
        await MustVerify();
        Assert.Equal(!committed, await Sums.Add(Desk.Caller, steps[1]));
        Store.Reopen();
        await Gpu(6, from: 4);
        await Sums.Fold(Desk.Caller, CancellationToken.None);
        await Sums.Fold(Desk.Caller, CancellationToken.None);
        Assert.Equal((0, 6), (Rows("cost_posting"), Store.Number("SELECT events FROM cost_day WHERE dimension = 0")));
        await MustVerify();
    }

    [Fact]
    public async Task Events_that_come_meanwhile_wait_for_the_next_time()
    {
        await Gpu(3);
        await Store.Fold(Desk.Caller, each: 2, steps: 2);
        await Gpu(6, from: 3);
        // First what was begun, by whoever goes on.
        Store.Reopen();
        await Sums.Fold(Desk.Caller, CancellationToken.None);
        Assert.Equal((3, 3), (Store.Number("SELECT folded FROM cost_fold"), Rows("cost_posting")));
        await MustVerify();
        await Sums.Fold(Desk.Caller, CancellationToken.None);
        Assert.Equal((6, 0), (Store.Number("SELECT folded FROM cost_fold"), Rows("cost_posting")));
        await MustVerify();
    }

    [Fact]
    public async Task Beyond_what_may_wait_sums_are_added_at_once()
    {
        await Gpu(1);
        Store.Tamper($"INSERT INTO cost_posting (workspace_id, upto, postings) VALUES (1, {BatchSums.MostWaiting}, '[]')");
        Store.Reopen();
        await Gpu(2, from: 1);
        Assert.Equal((2, 1), (Rows("cost_posting"), Store.Number("SELECT events FROM cost_day WHERE dimension = 0")));
        await MustVerify();
        await Store.Fold(Desk.Caller);
        await Gpu(3, from: 2);
        Assert.Equal((1, BatchSums.MostWaiting + 1, 2), (Rows("cost_posting"), Store.Number("SELECT MAX(upto) FROM cost_posting"), Store.Number("SELECT events FROM cost_day WHERE dimension = 0")));
        await MustVerify();
    }

    [Fact]
    public async Task Whoever_stops_leaves_the_rest()
    {
        await Gpu(4);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Sums.Fold(Desk.Caller, new CancellationToken(true)));
        Assert.Equal((0, 4), (Rows("cost_day"), Rows("cost_posting")));
    }

    [Fact]
    public async Task The_workspaces_are_named_in_which_enough_waits()
    {
        Assert.Empty(await Sums.Waiting(1));
        await Gpu(3);
        var other = Store.AnotherWorkspace();
        await new Desk(() => Store.Billing, other).Do("record_cost", Input(0));
        Assert.Equal([1, 7000], (await Sums.Waiting(1)).Select(c => c.WorkspaceKey));
        Assert.Equal([1], (await Sums.Waiting(3)).Select(c => c.WorkspaceKey));
        await Store.Fold(Desk.Caller);
        Assert.Equal([7000], (await Sums.Waiting(1)).Select(c => c.WorkspaceKey));
        Assert.Equal((3, 1), (Store.Number("SELECT SUM(events) FROM cost_day WHERE dimension = 0"), Rows("cost_posting")));
        await Sums.Fold(other, CancellationToken.None);
        Assert.Empty(await Sums.Waiting(1));
        await MustVerify();
    }

    [Fact]
    public async Task Costs_that_come_while_they_are_added_by_two_are_in_the_sums_once()
    {
        var another = (BillingStore)Store.OpenAnother();
        var told = Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() => new Desk(() => i % 3 == 0 ? another : Store.Billing, Desk.Caller).Do("record_cost", Input(i)))));
        while (!told.IsCompleted)
        {
            await Task.WhenAll(Sums.Fold(Desk.Caller, CancellationToken.None), another.Sums.Fold(Desk.Caller, CancellationToken.None));
        }
        await told;
        await MustVerify();
        await Store.Fold(Desk.Caller);
        await Store.Fold(Desk.Caller);
        Assert.Equal((200, 0), (Store.Number("SELECT events FROM cost_day WHERE dimension = 0"), Rows("cost_posting")));
        await MustVerify();
    }

    private long Rows(string table) => Store.Number($"SELECT COUNT(*) FROM {table}");

    private static object Input(int i) => new
    {
        id = $"c{i}",
        customer_id = "c" + i % 2,
        provider = "aws",
        category = "gpu",
        amount = new { currency = "usd", amount = "0.000000000000000001" },
        requested_at = "2026-03-09T10:30:00Z",
        subject = new { end_user = "u" + i },
    };

    private async Task Gpu(int to, int from = 0)
    {
        for (int i = from; i < to; i++)
        {
            await Desk.Do("record_cost", Input(i));
        }
    }
}
