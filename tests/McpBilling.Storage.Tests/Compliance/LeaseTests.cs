using McpBilling.Operations;

namespace McpBilling.Storage.Tests.Compliance;

/// <summary>The rows behind periodic work: one owner each, changed only by whoever knows the version.</summary>
public abstract class LeaseTests(StoreUnderTest store) : ComplianceTests(store)
{
    private static readonly Caller Nobody = new(0, Mode.Test, System.Collections.Frozen.FrozenSet<string>.Empty);

    [Fact]
    public async Task A_lease_is_taken_renewed_given_back_and_taken_by_another()
    {
        Assert.Equal(new StoredLease("sweep", null, 0), await Read("sweep"));
        Assert.Equal(new StoredLease("sweep", "a", 1), await Set("sweep", 0, "a"));
        Assert.Equal(new StoredLease("sweep", "a", 2), await Set("sweep", 1, "a"));
        Assert.Equal(new StoredLease("sweep", null, 3), await Set("sweep", 2, null));
        Assert.Equal(new StoredLease("sweep", "b", 4), await Set("sweep", 3, "b"));
        Assert.Equal(new StoredLease("sweep", "b", 4), await Read("sweep"));
        Assert.Equal(new StoredLease("webhooks", null, 0), await Read("webhooks"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Whoever_judged_another_version_changes_nothing_and_is_told_what_is_there(long judged)
    {
        await Set("sweep", 0, "a");
        await Set("sweep", 1, "a");
        Assert.Equal(new StoredLease("sweep", "a", 2), await Set("sweep", judged, "b"));
        Assert.Equal(new StoredLease("sweep", "a", 2), await Read("sweep"));
    }

    [Fact]
    public async Task Of_many_that_ask_at_once_on_two_engines_one_gets_each_version()
    {
        var other = Store.OpenAnother();
        for (long version = 0; version < 20; version++)
        {
            long judged = version;
            var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
                ($"p{i}", (await (i % 2 == 0 ? Store.Billing : other).Commit(new SetLeases([new LeaseChange("sweep", judged, $"p{i}")]), Nobody, CancellationToken.None))[0]))));
            Assert.Single(answers, a => a.Item2.Owner == a.Item1);
            Assert.All(answers, a => Assert.Equal(judged + 1, a.Item2.Version));
        }
    }

    [Fact]
    public async Task Several_are_changed_together_each_by_its_own_version_and_the_ledger_does_not_mind()
    {
        await Desk.Grant("c", "10");
        await Set("sweep", 0, "a");
        var both = await Store.Billing.Commit(new SetLeases([new LeaseChange("sweep", 0, "b"), new LeaseChange("webhooks", 0, "b")]), Nobody, CancellationToken.None);
        Assert.Equal([new StoredLease("sweep", "a", 1), new StoredLease("webhooks", "b", 1)], both);
        Store.Reopen();
        Assert.Equal(new StoredLease("webhooks", "b", 1), await Read("webhooks"));
        Assert.Equal("10", await Desk.Figure("c", "balance"));
        await MustVerify();
    }

    private async Task<StoredLease> Set(string name, long version, string? owner) =>
        (await Store.Billing.Commit(new SetLeases([new LeaseChange(name, version, owner)]), Nobody, CancellationToken.None))[0];

    private ValueTask<StoredLease> Read(string name) => Store.Billing.Reads<ILeaseReads>().Lease(name);
}
