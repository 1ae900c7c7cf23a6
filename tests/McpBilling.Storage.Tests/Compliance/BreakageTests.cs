using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Storage.Writing;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Storage.Tests.Compliance;

/// <summary>What breaks, breaks alone or whole: crashes before and after the commit, bugs and overflows inside a batch, a memory that is too small.</summary>
public abstract class BreakageTests(StoreUnderTest store) : ComplianceTests(store)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_crash_leaves_a_batch_whole_or_absent(bool committed)
    {
        await Desk.Apply(Shop.Catalog);
        await Desk.Grant("c", "1000");
        var faults = new WriterFaults();
        int batches = 0;
        void Crash()
        {
            // From now on the process is gone: nothing more reaches the disk.
            batches++;
            throw new InvalidOperationException("crashed");
        }
        if (committed)
        {
            faults.AfterCommit = Crash;
            faults.BeforeCommit = () => { if (batches > 0) { throw new InvalidOperationException("already gone"); } };
        }
        else
        {
            faults.BeforeCommit = Crash;
        }
        Store.Reopen(faults);
        var sent = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(() => Desk.Code("record_usage_event", new { id = $"e{i}", customer_id = "c", event_type = "tokens", quantity = "1" }))));
        Assert.All(sent, code => Assert.Contains(code, new[] { "try_again", "internal_error" }));
        Store.Reopen();
        long kept = Store.Number("SELECT COUNT(*) FROM usage_event");
        Assert.True(committed ? kept > 0 : kept == 0, $"{kept} events");
        await MustVerify();
        var again = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Desk.Record("c", "tokens", $"e{i}", "1")));
        Assert.Equal(kept, again.Count(a => a.GetProperty("replayed").GetBoolean()));
        // 10 at 1.00, 90 at 0.50.
        Assert.Equal("945", await Desk.Figure("c", "balance"));
        await MustVerify();
    }

    [Fact]
    public async Task Broken_after_the_commit_the_same_engine_knows_the_keys()
    {
        await Desk.Grant("c", "1");
        int times = 0;
        Store.Faults.AfterCommit = () =>
        {
            if (++times == 1)
            {
                throw new InvalidOperationException("nobody was told");
            }
        };
        var sent = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Desk.Code("grant_credit", Grant("c", $"k{i}"))));
        Assert.Contains("try_again", sent);
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Desk.Do("grant_credit", Grant("c", $"k{i}"))));
        Assert.Equal("51", await Desk.Figure("c", "balance"));
        await MustVerify();
    }

    [Theory]
    [InlineData("storage is full", 13, "storage_full")]
    [InlineData("another process writes", 5, "try_again")]
    [InlineData("the disk fails", 10, "try_again")]
    public async Task A_store_that_fails_is_told_as_such_and_works_again(string what, int code, string told)
    {
        await Desk.Grant("c", "1");
        string rows = Store.Fingerprint();
        Store.Faults.BeforeCommit = () => throw new StorageException(code, what);
        var sent = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Desk.Code("grant_credit", Grant("c", $"k{i}"))));
        Assert.All(sent, answer => Assert.Equal(told, answer));
        Assert.Equal(rows, Store.Fingerprint());
        Assert.Equal("1", await Desk.Figure("c", "balance"));
        Store.Faults.BeforeCommit = null;
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Desk.Do("grant_credit", Grant("c", $"k{i}"))));
        Assert.Equal("21", await Desk.Figure("c", "balance"));
        await MustVerify();
    }

    [Fact]
    public async Task A_command_that_overflows_or_has_a_bug_fails_alone()
    {
        await Desk.Grant("c", "9223372036");
        var running = new List<Task<string>>();
        for (int i = 0; i < 60; i++)
        {
            string key = $"k{i}";
            running.Add((i % 3) switch
            {
                0 => Desk.Code("grant_credit", new { customer_id = "c", asset = "usd", amount = "1", idempotency_key = key }),
                1 => Broken(new BrokenCommand { CustomerId = "d", IdempotencyKey = key }),
                _ => Desk.Code("grant_credit", Grant("d", key)),
            });
        }
        var answers = await Task.WhenAll(running);
        Assert.All(answers.Where((_, i) => i % 3 == 0), a => Assert.Equal("amount_invalid", a));
        Assert.All(answers.Where((_, i) => i % 3 == 1), a => Assert.Equal("internal_error", a));
        Assert.All(answers.Where((_, i) => i % 3 == 2), a => Assert.Equal("ok", a));
        Assert.Equal("20", await Desk.Figure("d", "balance"));
        await MustVerify();
    }

    [Fact]
    public async Task A_command_whose_rows_are_refused_fails_alone()
    {
        await Desk.Grant("c", "1");
        var running = Enumerable.Range(0, 40).Select(i => i == 20
            ? Broken(new BrokenRowsCommand { CustomerId = "c", IdempotencyKey = "bad" })
            : Desk.Code("grant_credit", Grant("c", $"k{i}"))).ToList();
        var answers = await Task.WhenAll(running);
        Assert.Equal("internal_error", answers[20]);
        Assert.Equal(39, answers.Count(a => a == "ok"));
        Assert.Equal("40", await Desk.Figure("c", "balance"));
        await MustVerify();
    }

    [Fact]
    public async Task More_customers_than_are_kept_in_memory_are_all_right()
    {
        Store.Reopen(new WriterFaults { RememberedCustomers = 3 });
        await Desk.Apply(Shop.Catalog);
        var holds = new List<string>();
        for (int round = 0; round < 3; round++)
        {
            foreach (int i in Enumerable.Range(0, 20))
            {
                await Desk.Grant($"c{i}", "10", key: $"g{round}");
                await Desk.Record($"c{i}", "tokens", $"e{round}", "5");
                await Desk.Record($"c{i}", "login", $"l{round}", properties: new { user = "ann" });
                holds.Add(await Desk.Hold($"c{i}", "1", $"h{round}"));
            }
        }
        foreach (string hold in holds)
        {
            await Desk.Do("capture_hold", new { hold_id = hold, amount = "0.5", idempotency_key = "c" + hold });
        }
        foreach (int i in Enumerable.Range(0, 20))
        {
            // 30 granted; 10 + 2.50 for tokens, 2 for the user, 1.50 captured.
            Assert.Equal(("14", "0"), (await Desk.Figure($"c{i}", "balance"), await Desk.Figure($"c{i}", "held")));
        }
        await MustVerify();
    }

    private async Task<string> Broken<TOutput>(Command<TOutput> command)
    {
        try
        {
            await Store.Billing.Commit(command, Desk.Caller, CancellationToken.None);
            return "ok";
        }
        catch (BillingException e)
        {
            return e.Code.Name;
        }
    }

    private static object Grant(string customer, string key) => new { customer_id = customer, asset = "usd", amount = "1", idempotency_key = key };

    // Changes the wallet, then finds that it cannot be.
    private sealed class BrokenCommand : UsageCommand<VoidHoldOutput>
    {
        public override CommandKind Kind => CommandKind.Grant;

        public override VoidHoldOutput Decide(UsageSession session)
        {
            session.Apply(new WalletCommand.Adjust(session.Facts.NextGrantKey(), session.Asset("usd"), 500, OnInsufficient.Debt));
            throw new InvalidOperationException("a bug");
        }
    }

    // Decides well, but what it decided cannot be written.
    private sealed class BrokenRowsCommand : UsageCommand<VoidHoldOutput>
    {
        public override CommandKind Kind => CommandKind.Grant;

        public override VoidHoldOutput Decide(UsageSession session)
        {
            session.Change(session.Customer with { Id = null! });
            session.Apply(new WalletCommand.Adjust(session.Facts.NextGrantKey(), session.Asset("usd"), 500, OnInsufficient.Debt));
            session.NewEvent = (new UsageEvent(null!, "x", new Instant(0), 1, EventProperties.None), [], null);
            return null!;
        }

        public override ReadOnlyMemory<byte> Outcome(object output) => "{}"u8.ToArray();
    }
}
