using System.Globalization;
using McpBilling.Operations;
using McpBilling.Storage.Tests.Compliance;
using McpBilling.Storage.Tests.Writing;
using McpBilling.Storage.Verifying;
using McpBilling.Storage.Writing;

namespace McpBilling.Storage.Tests.Postgres;

/// <summary>Each question to a server is a way over the network: a batch asks for all customers that the writer does not remember at once, and decides as if it had asked one by one.</summary>
public sealed class ReadAheadTests : IDisposable
{
    // 0.5 usd an image, the first of a month free: whoever is rated by another's row is charged wrong.
    private const string Catalog =
        """
        {"customers":{"auto_create":true},"meters":[{"id":"images","event_type":"image","aggregation":"count"}],
         "products":[{"id":"image","prices":[{"id":"image","meter":"images","asset":"usd","model":"per_unit","unit_price":"0.5","free_units":"1"}]}]}
        """;

    private readonly ReplicasUnderTest _replicas = new();

    public void Dispose() => _replicas.Dispose();

    [Fact]
    public async Task A_batch_of_customers_that_nobody_remembers_takes_few_round_trips()
    {
        const int Customers = 50;
        var before = _replicas.Another();
        await before.Apply(Catalog);
        await Task.WhenAll(Ids(Customers).Select(id => before.Grant(id, "10")));
        string[] early = [.. Ids(Customers).Where((_, i) => i % 2 == 0)];
        await Task.WhenAll(early.Select(id => before.Record(id, "image", "first")));

        using var held = new Held(_replicas);
        Assert.InRange(await held.RoundTrips(desk => Ids(Customers).Select(id => desk.Record(id, "image", "second"))), 1, 8);
        // As much again, of whom another process has changed something: the end of the transaction before; the begin, which tells what the other left; the commit.
        await Task.WhenAll(Ids(Customers).Select(id => before.Record(id, "image", "third")));
        Assert.Equal(3, await held.RoundTrips(desk => Ids(Customers).Select(id => desk.Record(id, "image", "fourth"))));

        foreach (string id in Ids(Customers))
        {
            Assert.Equal(early.Contains(id) ? "8.5" : "9", await before.Figure(id, "available"));
        }
        Assert.Empty((await new Verifier(_replicas.Database).Verify(TestContext.Current.CancellationToken)).Differences);
    }

    [Fact]
    public async Task A_batch_of_holds_that_nobody_remembers_takes_few_round_trips()
    {
        var before = _replicas.Another();
        await before.Apply(Catalog);
        await Task.WhenAll(Ids(30).Select(id => before.Grant(id, "10")));
        string[] holds = await Task.WhenAll(Ids(30).Select(id => before.Hold(id, "2", "hold")));
        using var held = new Held(_replicas);
        Assert.InRange(await held.RoundTrips(desk => holds.Select((hold, i) => desk.Do("capture_hold", new { hold_id = hold, amount = "1", idempotency_key = $"capture {i}" }))), 1, 8);
        foreach (string id in Ids(30))
        {
            Assert.Equal("9", await before.Figure(id, "available"));
        }
    }

    // As when a connection was lost after the commit, or a server: what everybody asks again is answered as it was.
    [Fact]
    public async Task What_is_asked_again_by_many_takes_few_round_trips_and_gets_its_first_answers()
    {
        var before = _replicas.Another();
        await before.Apply(Catalog);
        await Task.WhenAll(Ids(20).Select(id => before.Grant(id, "10")));
        Func<Desk, Task<System.Text.Json.JsonElement>>[] asked =
        [
            .. Ids(20).Select(id => (Func<Desk, Task<System.Text.Json.JsonElement>>)(desk => desk.Record(id, "image", "event", "1"))),
            .. Ids(20).Select(id => (Func<Desk, Task<System.Text.Json.JsonElement>>)(desk => desk.Authorize(id, "2", "hold"))),
            .. Ids(20).Select(id => (Func<Desk, Task<System.Text.Json.JsonElement>>)(desk => desk.Do("record_cost", new { id = "cost", customer_id = id, provider = "aws", category = "gpu", amount = new { currency = "usd", amount = "1" } }))),
        ];
        string[] first = await Task.WhenAll(asked.Select(async ask => (await ask(before)).ToString()));
        await before.Record("customer-3", "image", "later", "1");
        using var held = new Held(_replicas);
        for (int turn = 0; turn < 2; turn++)
        {
            string[] again = [];
            int trips = await held.RoundTrips(desk => [Again(desk)]);
            Assert.InRange(trips, 1, turn == 0 ? 9 : 5);
            Assert.Equal(first.Select(answer => answer.Replace("\"replayed\":false", "\"replayed\":true", StringComparison.Ordinal)), again);

            async Task Again(Desk desk) => again = await Task.WhenAll(asked.Select(async ask => (await ask(desk)).ToString()));
        }
        Assert.Equal(("7.5", "8"), (await before.Figure("customer-3", "available"), await before.Figure("customer-4", "available")));
        Assert.Empty((await new Verifier(_replicas.Database).Verify(TestContext.Current.CancellationToken)).Differences);
    }

    [Fact]
    public async Task What_falls_due_of_customers_that_nobody_remembers_takes_few_round_trips()
    {
        const int Customers = 50;
        var before = _replicas.Another();
        await before.Apply(Catalog);
        await Task.WhenAll(Ids(Customers).Select(id => before.Grant(id, "10", expires: "2026-03-11T00:00:00Z")));
        _replicas.Time.Advance(TimeSpan.FromDays(1));
        var engine = _replicas.Engine();
        await engine.WarmUp();
        // The begin; the workspace; who is due; all of these; what is written, with the commit.
        Assert.InRange(await _replicas.RoundTrips(async () => Assert.Equal(Customers, await engine.BringUp(_replicas.Caller, 100))), 1, 6);
        Assert.All(await Task.WhenAll(Ids(Customers).Select(id => before.Figure(id, "balance"))), balance => Assert.Equal("0", balance));
        Assert.Empty((await new Verifier(_replicas.Database).Verify(TestContext.Current.CancellationToken)).Differences);
    }

    [Fact]
    public async Task One_customer_takes_two_round_trips()
    {
        var before = _replicas.Another();
        await before.Apply(Catalog);
        await before.Grant("ada", "10");
        using var held = new Held(_replicas);
        await held.RoundTrips(desk => [desk.Record("bob", "image", "1")]);
        int known = await held.RoundTrips(desk => [desk.Record("bob", "image", "2")]);
        // Its row and what belongs to it; and the period, which of bob is known.
        Assert.Equal(known + 3, await held.RoundTrips(desk => [desk.Record("ada", "image", "1")]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Bursts_on_two_processes_that_forget_nearly_everyone_come_to_what_was_asked(int seed)
    {
        var random = new Random(seed);
        Desk[] desks = [_replicas.Another(new WriterFaults { RememberedCustomers = 3 }), _replicas.Another(new WriterFaults { RememberedCustomers = 3 })];
        await desks[0].Apply(Catalog);
        var (balances, images) = (new Dictionary<string, decimal>(), new Dictionary<string, int>());
        var holds = new List<(string Customer, string Hold)>();
        for (int burst = 0; burst < 12; burst++)
        {
            var asked = new List<(string Customer, Task<decimal> Change)>();
            for (int i = 0; i < 25; i++)
            {
                var (desk, customer, key) = (desks[random.Next(2)], $"c{random.Next(30)}", $"{burst}-{i}");
                int choice = random.Next(6);
                if (choice == 5 && holds.Count > 0)
                {
                    var (of, hold) = holds[random.Next(holds.Count)];
                    holds.RemoveAll(h => h.Hold == hold);
                    asked.Add((of, Change(desk.Do("capture_hold", new { hold_id = hold, amount = "1", idempotency_key = key }), _ => -1m)));
                    continue;
                }
                asked.Add((customer, choice switch
                {
                    0 or 1 => Change(desk.Grant(customer, "2", key: key), _ => 2m),
                    2 => Change(desk.Record(customer, "image", key), _ => Counted(customer)),
                    3 => Change(desk.Do("void_hold", new { hold_id = "hold_unknown", idempotency_key = key }), _ => 0m),
                    _ => Held(desk, customer, key),
                }));
            }
            foreach (var (customer, change) in asked)
            {
                balances[customer] = balances.GetValueOrDefault(customer) + await change;
            }
        }
        foreach (var (customer, balance) in balances.Where(b => b.Value != 0))
        {
            Assert.Equal(balance.ToString("0.##", CultureInfo.InvariantCulture), await desks[1].Figure(customer, "balance"));
        }
        Assert.Empty((await new Verifier(_replicas.Database).Verify(TestContext.Current.CancellationToken)).Differences);

        decimal Counted(string customer)
        {
            lock (images)
            {
                return (images[customer] = images.GetValueOrDefault(customer) + 1) > 1 ? -0.5m : 0;
            }
        }

        async Task<decimal> Held(Desk desk, string customer, string key)
        {
            try
            {
                var answer = await desk.Authorize(customer, "1", key);
                if (answer.TryGetProperty("hold_id", out var id) && id.GetString() is { } hold)
                {
                    lock (holds)
                    {
                        holds.Add((customer, hold));
                    }
                }
            }
            catch (BillingException)
            {
                // There is no such customer, or it has no account yet.
            }
            return 0;
        }
    }

    private static IEnumerable<string> Ids(int count) => Enumerable.Range(0, count).Select(i => $"customer-{i}");

    private static async Task<decimal> Change(Task<System.Text.Json.JsonElement> asked, Func<System.Text.Json.JsonElement, decimal> change)
    {
        try
        {
            return change(await asked);
        }
        catch (BillingException)
        {
            return 0;
        }
    }

    /// <summary>A process whose writer waits until commands enough for a batch are there.</summary>
    private sealed class Held : IDisposable
    {
        private readonly WriterGate _gate = new();
        private readonly BillingStore _engine;
        private readonly ReplicasUnderTest _replicas;

        public Held(ReplicasUnderTest replicas)
        {
            _replicas = replicas;
            _engine = replicas.Engine(_gate.Faults);
            _gate.Open();
        }

        public void Dispose()
        {
            _gate.Open();
            _engine.Dispose();
            _gate.Dispose();
        }

        /// <returns>How often the server was asked for something.</returns>
        public async Task<int> RoundTrips(Func<Desk, IEnumerable<Task>> commands)
        {
            await _engine.WarmUp();
            _gate.Close();
            var first = _engine.WarmUp();
            await _gate.Reached();
            Task[] asked = [.. commands(_replicas.DeskOf(_engine))];
            return await _replicas.RoundTrips(async () =>
            {
                _gate.Open();
                await first;
                await Task.WhenAll(asked);
            });
        }
    }
}
