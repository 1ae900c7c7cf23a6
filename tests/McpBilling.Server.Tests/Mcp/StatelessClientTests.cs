using McpBilling.Server.Tests.Commands;

namespace McpBilling.Server.Tests.Mcp;

/// <summary>
/// Two <c>serve --stateless</c> on one PostgreSQL behind a balancer that sends each request to the other one than the last: clients that others wrote, of both
/// revisions, and the conformance suites are as content as with one server.
/// </summary>
public sealed class StatelessClientTests : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mcp-billing-stateless-");
    private readonly List<ProgramProcess> servers = [];
    private TurnTaker balancer = null!;

    private string Output => folder.CreateSubdirectory("out").FullName;

    public async ValueTask InitializeAsync()
    {
        await NpmChecks.RequireTools();
        string data = PostgresServer.Running.NewDatabase();
        for (int i = 0; i < 2; i++)
        {
            servers.Add(await ProgramProcess.Serve(data, "http://127.0.0.1:0", "--stateless", "--allow-anonymous"));
        }
        balancer = await TurnTaker.Start([.. servers.Select(s => s.Url)]);
    }

    public async ValueTask DisposeAsync()
    {
        if (balancer is not null)
        {
            await balancer.DisposeAsync();
        }
        foreach (var server in servers)
        {
            await server.DisposeAsync();
        }
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("v1")]
    [InlineData("v2")]
    public async Task The_TypeScript_client_is_content_though_no_two_requests_go_to_the_same_server(string sdk)
    {
        await NpmChecks.Run($"node @ts_client.mjs --sdk {sdk} --url {balancer.Url}/mcp --tool get_started", Output);
        Assert.True(balancer.Counts.All(c => c > 20), string.Join(" and ", balancer.Counts));
    }

    [Fact]
    public Task The_conformance_suites_pass() => NpmChecks.Run($"bash @conformance.sh {balancer.Url}/mcp", Output);
}
