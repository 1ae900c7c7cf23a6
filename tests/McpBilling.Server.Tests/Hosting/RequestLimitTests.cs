using System.Collections.Concurrent;
using McpBilling.Operations;
using McpBilling.Server.Hosting;
using McpBilling.Server.Tests.OAuth;

namespace McpBilling.Server.Tests.Hosting;

/// <summary>How many requests a key and an address may send. A bucket of two, one more a second: ten requests cannot all pass.</summary>
public sealed class RequestLimitTests : IAsyncLifetime
{
    private readonly HostedServer server = new();
    private Uri limited = null!;

    public async ValueTask InitializeAsync() => limited = await server.Open(o => o with { RequestsPerSecond = 1 });

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task A_key_that_sends_too_much_is_told_to_wait_over_REST_and_MCP_and_others_go_on()
    {
        string key = NewKey();
        var refused = await UntilRefused(() => server.Get(new Uri(limited, "/v1/catalog"), key));
        AssertTooMany(refused);
        Assert.Equal("\"key\";q=2;w=2", refused.Header("RateLimit-Policy"));
        Assert.StartsWith("\"key\";r=0;t=", refused.Header("RateLimit"));
        AssertTooMany(await UntilRefused(() => server.Call(limited, "get_catalog", "{}", key)));
        var other = await server.Get(new Uri(limited, "/v1/catalog"), NewKey());
        Assert.Equal(200, other.Status);
        Assert.StartsWith("\"key\";r=1;t=", other.Header("RateLimit"));
    }

    [Fact]
    public async Task Requests_without_a_good_key_are_counted_by_address_and_a_good_key_still_passes()
    {
        var open = await server.Open(o => o with { RequestsPerSecond = RequestLimits.MaxPerSecond });
        var refused = await UntilRefused(() => server.Get(new Uri(open, "/v1/catalog"), "mb_test_guess"), attempts: 500);
        AssertTooMany(refused);
        AssertTooMany(await UntilRefused(() => server.Post(new Uri(open, "/mcp"), HostedServer.InitializeRequest, null), attempts: 500));
        Assert.Equal(200, (await server.Get(new Uri(open, "/v1/catalog"), NewKey())).Status);
        // What tells everybody the same is nobody's attempt.
        Assert.Equal(200, (await server.Get(new Uri(open, "/healthz"), null)).Status);
    }

    [Fact]
    public async Task Without_a_limit_nothing_is_counted()
    {
        var open = await server.Open(o => o);
        string key = NewKey();
        foreach (int _ in Enumerable.Range(0, 50))
        {
            var reply = await server.Get(new Uri(open, "/v1/catalog"), key);
            Assert.Equal(200, reply.Status);
            Assert.DoesNotContain("RateLimit", reply.Headers.Keys);
        }
    }

    [Fact]
    public void A_key_runs_a_few_long_operations_at_once_and_leaves_none_behind()
    {
        var bound = new LongOperations();
        var quick = AllOperations.List.First(o => !o.TakesLong);
        var simulation = new Slow();
        Caller one = new(1, Mode.Test, Scopes.All, "key_1"), other = one with { KeyId = "key_2" }, live = one with { WorkspaceKey = 2 };
        Assert.Null(bound.Enter(quick, one));
        for (int round = 0; round < 3; round++)
        {
            var running = Enumerable.Range(0, LongOperations.AtOncePerKey).Select(_ => bound.Enter(simulation, one)!).ToArray();
            Assert.Equal(ErrorCode.RateLimited, Assert.Throws<BillingException>(() => bound.Enter(simulation, one)).Code);
            bound.Enter(simulation, other)!.Dispose();
            bound.Enter(simulation, live)!.Dispose();
            Assert.Null(bound.Enter(quick, one));
            Assert.All(running, r => { r.Dispose(); r.Dispose(); });
        }
    }

    [Fact]
    public void Many_keys_at_once_keep_to_the_bound()
    {
        var bound = new LongOperations();
        var simulation = new Slow();
        var running = new ConcurrentDictionary<string, int>();
        Parallel.For(0, 4_000, i =>
        {
            var caller = new Caller(1, Mode.Test, Scopes.All, $"key_{i % 3}");
            try
            {
                using var turn = bound.Enter(simulation, caller);
                Assert.InRange(running.AddOrUpdate(caller.KeyId!, 1, (_, n) => n + 1), 1, LongOperations.AtOncePerKey);
                running.AddOrUpdate(caller.KeyId!, 0, (_, n) => n - 1);
            }
            catch (BillingException refusal)
            {
                Assert.Equal(ErrorCode.RateLimited, refusal.Code);
            }
        });
    }

    private static async Task<HttpReply> UntilRefused(Func<Task<HttpReply>> send, int attempts = 10)
    {
        for (int i = 0; i < attempts; i++)
        {
            if (await send() is { Status: 429 } refused)
            {
                return refused;
            }
        }
        throw new InvalidOperationException($"none of {attempts} requests was refused");
    }

    private static void AssertTooMany(HttpReply reply)
    {
        Assert.Equal((429, "rate_limited"), (reply.Status, reply.Code));
        Assert.Equal("1", reply.Header("Retry-After"));
    }

    private string NewKey() => server.Keys.Create("app", Mode.Test, Scopes.All, null).Key;

    private sealed record Nothing;

    private sealed class Slow : Operation<Nothing, Nothing>
    {
        [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
        public Slow() => (Name, Title, Description, ToolSet, Scope, TakesLong) = ("simulate", "Simulate", "Simulates.", ToolSet.Setup, Scopes.CatalogRead, true);

        public override ValueTask<Nothing> Run(Nothing input, Caller caller, IBilling billing, CancellationToken cancellation) => ValueTask.FromResult(input);
    }
}
