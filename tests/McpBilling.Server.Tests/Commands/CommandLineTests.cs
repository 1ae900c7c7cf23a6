using System.Net;
using McpBilling.Operations;
using McpBilling.Server.Commands;
using McpBilling.Server.Hosting;
using McpBilling.Server.Tests.Rest;
using McpBilling.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace McpBilling.Server.Tests.Commands;

public sealed class CommandLineTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mcp-billing-test-");
    private readonly FakeEngine engine = new();
    private readonly StringWriter output = new();
    private readonly StringWriter error = new();
    private readonly Dictionary<string, string> environment = [];

    public CommandLineTests() => environment["MCP_BILLING_DATA"] = Path.Combine(folder.FullName, "billing.db");

    public void Dispose()
    {
        folder.Delete(recursive: true);
        output.Dispose();
        error.Dispose();
    }

    [Theory]
    [InlineData("nonsense", 2, "nonsense")]
    [InlineData("keys create", 2, "--name")]
    [InlineData("keys create --name x --mode real", 2, "test or live")]
    [InlineData("keys create --name x --scopes usage:wirte", 2, "Did you mean \"usage:write\"?")]
    [InlineData("keys create --name x --expires-in-days 0", 2, "1 to 36500")]
    [InlineData("keys create --name x --expires-in-days soon", 2, "soon")]
    [InlineData("keys revoke key_x", 1, "no key key_x")]
    [InlineData("keys create --name x --data postgres://h/d", 1, "cannot be reached")]
    [InlineData("keys list --data /dev/null/x", 1, "cannot be opened")]
    [InlineData("serve --urls ftp://x", 2, "not an address")]
    [InlineData("serve --urls https://127.0.0.1:1", 2, "plain http")]
    [InlineData("serve --urls http://example.com:80", 2, "not an address")]
    [InlineData("serve --urls http://127.0.0.1:99999", 2, "not an address")]
    [InlineData("serve --urls http://0.0.0.0:7331 --allow-anonymous", 2, "loopback addresses only")]
    [InlineData("serve --urls http://127.0.0.1:1;http://*:2 --allow-anonymous", 2, "loopback addresses only")]
    [InlineData("serve --log-level loud", 2, "--log-level must be one of")]
    [InlineData("serve --toolsets everything", 2, "no toolset everything")]
    [InlineData("stdio --toolsets setup,magic", 2, "no toolset magic")]
    [InlineData("stdio --toolsets default,admni", 2, "Did you mean \"admin\"?")]
    [InlineData("catalog", 1, "There is no data file")]
    [InlineData("apply no-such-file.json", 1, "cannot be read")]
    [InlineData("verify", 1, "There is no data file")]
    [InlineData("backup copy.db", 1, "There is no data file")]
    [InlineData("backup", 2, "")]
    [InlineData("backup copy.dump --data postgres://billing:hidden@db1,db2/billing", 1, "backup is for a data file, and --data (or MCP_BILLING_DATA) names a PostgreSQL server. Its own tools do it")]
    [InlineData("restore copy.dump --data postgresql://db1/billing", 1, "docs/operations/backups.md#postgresql")]
    public async Task A_failure_is_one_line_and_an_exit_code(string line, int exitCode, string words)
    {
        Assert.Equal(exitCode, await Run(line.Split(' ')));
        string text = error.ToString();
        Assert.Contains(words, text, StringComparison.Ordinal);
        Assert.StartsWith("mcp-billing: ", text, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", text, StringComparison.Ordinal);
        Assert.Empty(output.ToString());
    }

    [Fact]
    public async Task Without_arguments_a_person_gets_help()
    {
        Assert.Equal(0, await Run());
        Assert.All(["serve", "stdio", "keys", "apply", "catalog", "schema", "verify", "backup", "demo"], name => Assert.Contains(name, output.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_new_key_is_alone_on_standard_output_and_works()
    {
        Assert.Equal(0, await Run("keys", "create", "--name", "app", "--scopes", "read,usage:write", "--expires-in-days", "30"));
        string key = output.ToString();
        Assert.Matches("^mb_test_[0-9A-Za-z]{49}\n$", key.ReplaceLineEndings("\n"));
        using var keys = OpenKeys();
        var kept = keys.Find(key.Trim())!;
        Assert.Equal([Scopes.CatalogRead, Scopes.CustomersRead, Scopes.UsageRead, Scopes.UsageWrite], kept.ScopeNames.Order(StringComparer.Ordinal));
        Assert.NotNull(kept.ExpiresAt);
        output.GetStringBuilder().Clear();
        Assert.Equal(0, await Run("keys", "list"));
        Assert.Contains($"{kept.Id}\ttest\t…{key.Trim()[^4..]}\tapp", output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(key.Trim(), output.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await Run("keys", "revoke", kept.Id));
        Assert.NotNull(keys.List().Single().RevokedAt);
    }

    [Fact]
    public async Task Verify_ends_with_one_when_anything_differs()
    {
        await Run("keys", "list");
        Assert.Equal(0, await Run("verify"));
        Assert.Contains("everything adds up", output.ToString(), StringComparison.Ordinal);
        engine.Differences = ["customer_1 usd: balance 5, entries 4"];
        Assert.Equal(1, await Run("verify"));
        Assert.Contains("balance 5, entries 4", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backup_refuses_to_replace_without_force()
    {
        await Run("keys", "list");
        string copy = Path.Combine(folder.FullName, "copy.db");
        Assert.Equal(0, await Run("backup", copy));
        Assert.Equal(1, await Run("backup", copy));
        Assert.Equal(0, await Run("backup", copy, "--force"));
        Assert.Equal(0, await Run("keys", "list", "--data", copy));
    }

    [Fact]
    public async Task A_taken_port_is_named()
    {
        using var keys = OpenKeys();
        await using var first = await Open(keys, "http://127.0.0.1:0", anonymous: false);
        Assert.Equal(1, await Run("serve", "--urls", first.Urls[0]));
        Assert.Contains($"{first.Urls[0]} is in use", error.ToString(), StringComparison.Ordinal);
        Assert.True(engine.IsClosed);
        Assert.Equal(1, await Run("serve", "--urls", "http://127.0.0.1:0", "--metrics-urls", first.Urls[0]));
        Assert.Contains($"{first.Urls[0]} is in use by another program; choose another with --metrics-urls", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_key_the_local_user_acts_where_it_was_allowed()
    {
        using var keys = OpenKeys();
        await using var door = await Open(keys, "http://127.0.0.1:0", anonymous: true);
        using var client = new HttpClient { BaseAddress = new Uri(door.Urls[0]) };
        Assert.Equal("""{"pot_id":"red","litres":7}""", await client.GetStringAsync(new Uri("/v1/pots/red", UriKind.Relative)));
        client.DefaultRequestHeaders.Authorization = new("Bearer", "mb_test_wrong");
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync(new Uri("/v1/pots/red", UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task Mcp_over_HTTP_is_closed_without_a_key()
    {
        using var keys = OpenKeys();
        await using var door = await Open(keys, "http://127.0.0.1:0", anonymous: false);
        using var client = new HttpClient { BaseAddress = new Uri(door.Urls[0]) };
        using var body = new StringContent("""{"jsonrpc":"2.0","id":1,"method":"tools/list"}""", null, "application/json");
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.PostAsync(new Uri("/mcp", UriKind.Relative), body)).StatusCode);
    }

    [Fact]
    public async Task Stopping_lets_requests_in_flight_end()
    {
        using var keys = OpenKeys();
        var entered = new TaskCompletionSource();
        var leave = new TaskCompletionSource();
        var slow = new SlowOperation(entered, leave.Task);
        var parts = PaintShop.Parts(engine, slow);
        var door = await HttpDoor.Open(new HttpDoorOptions(ListenUrls.Parse("http://127.0.0.1:0", _ => null), [], true), parts, keys, new Engine(engine, engine, engine), NullLoggerFactory.Instance, CancellationToken.None);
        using var client = new HttpClient { BaseAddress = new Uri(door.Urls[0]) };
        var inFlight = client.GetStringAsync(new Uri("/v1/pots/red", UriKind.Relative));
        await entered.Task;
        var closing = door.DisposeAsync().AsTask();
        Assert.False(closing.IsCompleted);
        leave.SetResult();
        Assert.Equal("""{"pot_id":"red","litres":1}""", await inFlight);
        await closing;
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync(new Uri("/healthz", UriKind.Relative)));
    }

    private static readonly string[] Loopback = ["http://127.0.0.1:7171", "http://localhost:80", "http://[::1]:5", "http://127.0.0.2:5", "http://unix:/tmp/s"];

    [Fact]
    public void Loopback_is_recognized()
    {
        Assert.All(Loopback, url => Assert.True(ListenUrls.Parse(url, _ => null).IsLoopbackOnly));
        Assert.All(["http://0.0.0.0:1", "http://*:1", "http://[::]:1", "http://10.0.0.1:1", Loopback[0] + ";http://+:2"], url => Assert.False(ListenUrls.Parse(url, _ => null).IsLoopbackOnly));
        Assert.Equal(["http://127.0.0.1:7171"], ListenUrls.Parse(null, _ => null).Urls);
        Assert.Equal(["http://127.0.0.1:5", "http://127.0.0.1:6"], ListenUrls.Parse(null, _ => "http://127.0.0.1:5,http://127.0.0.1:6").Urls);
    }

    private Task<int> Run(params string[] args) =>
        CommandLine.Run(args, PaintShop.Parts(engine), new Terminal(output, error, name => environment.GetValueOrDefault(name)), inputIsPiped: false);

    private ApiKeys OpenKeys()
    {
        var file = DataFile.Locate(environment["MCP_BILLING_DATA"], _ => null);
        Migrator.Prepare(file, TimeProvider.System);
        return new ApiKeys(file, TimeProvider.System);
    }

    private Task<HttpDoor> Open(ApiKeys keys, string url, bool anonymous)
    {
        var list = new PaintOperation<ListPaintInput>("list_paint", "GET /v1/pots/{pot_id}", Scopes.UsageRead, input => new PaintOutput { PotId = input.PotId, Litres = 7 }) { Reads = true };
        return HttpDoor.Open(new HttpDoorOptions(ListenUrls.Parse(url, _ => null), [], anonymous), PaintShop.Parts(engine, list), keys, new Engine(engine, engine, engine), NullLoggerFactory.Instance, CancellationToken.None);
    }

    private sealed class SlowOperation : Operation<ListPaintInput, PaintOutput>
    {
        private readonly TaskCompletionSource entered;
        private readonly Task leave;

        [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
        public SlowOperation(TaskCompletionSource entered, Task leave)
        {
            (this.entered, this.leave) = (entered, leave);
            (Name, Title, Description, Route, Scope, Reads) = ("slow", "slow", "slow", "GET /v1/pots/{pot_id}", Scopes.UsageRead, true);
        }

        public override async ValueTask<PaintOutput> Run(ListPaintInput input, Caller caller, IBilling billing, CancellationToken cancellation)
        {
            entered.SetResult();
            await leave;
            return new PaintOutput { PotId = input.PotId, Litres = 1 };
        }
    }
}
