using McpBilling.Integration;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Storage.Tests.Compliance;
using McpBilling.Storage.Tests.Sqlite;

namespace McpBilling.Storage.Tests.Integration;

/// <summary>The naive model of the proofs against the engine, on random catalogs and usage: neither knows the other's code.</summary>
public sealed class NaiveModelTests : IDisposable
{
    private readonly SqliteStore _store = new();

    private Desk Desk => field ??= new Desk(() => _store.Billing, _store.Caller(Mode.Test));

    public void Dispose() => _store.Dispose();

    public static TheoryData<int> Seeds =>
        Environment.GetEnvironmentVariable("MCP_BILLING_SEED") is { } seed ? [int.Parse(seed, System.Globalization.CultureInfo.InvariantCulture)] : [.. Enumerable.Range(1, 10)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task The_naive_model_expects_what_the_engine_charged(int seed)
    {
        var trade = new RandomTrade(_store, Desk, seed);
        await trade.Run(160);
        var proof = await Proof();
        Assert.True(proof.Differences.Count == 0, $"seed {seed}: {string.Join('\n', proof.Differences.Take(5))}");
        Assert.Equal(trade.Recorded, proof.EventsCompared);
        Assert.Equal(trade.Reversed, proof.ReversalsCompared);
        Assert.All(proof.Sums, s => Assert.Equal(s.Expected, s.Actual));
        Assert.True(trade.Recorded > 50 && trade.Charged.Count >= 3, $"seed {seed} tried too little");
    }

    [Fact]
    public async Task A_charge_that_was_changed_is_a_difference()
    {
        await Desk.Apply(Shop.Catalog);
        await Desk.Record("c", "tokens", "right", "3");
        await Desk.Record("c", "tokens", "wrong", "2");
        Assert.Empty((await Proof()).Differences);
        Assert.Equal(1, _store.Tamper("UPDATE usage_event SET charges = REPLACE(charges, ',2000000000,', ',2000000001,') WHERE id = 'wrong'"));
        var difference = Assert.Single((await Proof()).Differences);
        Assert.Equal(("wrong", "2.00", "2.000000001"), (difference.EventId, difference.Expected, difference.Actual));
    }

    [Fact]
    public async Task Money_that_moved_otherwise_than_the_charge_says_is_a_difference()
    {
        await Desk.Apply(Shop.Catalog);
        await Desk.Record("c", "tokens", "e", "3");
        Assert.Equal(1, _store.Tamper("UPDATE entry SET amount = amount - 1 WHERE counter = 3"));
        var difference = Assert.Single((await Proof()).Differences);
        Assert.Equal(("e", "3.00", "3.000000001"), (difference.EventId, difference.Expected, difference.Actual));
    }

    // Since the beginning: every event is judged.
    private async Task<AmountsProof> Proof() =>
        AmountsProof.Of(await _store.Billing.Reads<IIntegrationReads>().Arrived(_store.Caller(Mode.Test), Instant.Earliest, CancellationToken.None));
}
