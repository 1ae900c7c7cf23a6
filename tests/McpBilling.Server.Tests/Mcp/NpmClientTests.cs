namespace McpBilling.Server.Tests.Mcp;

/// <summary>The real program, driven by clients that others wrote: TypeScript v1 and v2, the Inspector, the conformance suites, and curl.</summary>
public sealed class NpmClientTests : IAsyncLifetime
{
    private ServeProcess serve = null!;

    public async ValueTask InitializeAsync()
    {
        await NpmChecks.RequireTools();
        serve = await ServeProcess.Start("--allow-anonymous");
    }

    public ValueTask DisposeAsync() => serve?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Theory]
    [InlineData("v1")]
    [InlineData("v2")]
    public async Task The_TypeScript_client_is_content_over_stdio(string sdk)
    {
        await NpmChecks.Run($"node @ts_client.mjs --sdk {sdk} --stdio '{serve.StdioCommand}' --tool get_started", serve.Output);
        await NpmChecks.Run($"node @ts_client.mjs --sdk {sdk} --stdio '{serve.StdioCommand}' --tool apply_catalog --args '{CatalogArguments}'", serve.Output);
    }

    [Theory]
    [InlineData("v1")]
    [InlineData("v2")]
    public async Task The_TypeScript_client_is_content_over_HTTP(string sdk)
    {
        await NpmChecks.Run($"node @ts_client.mjs --sdk {sdk} --url {serve.Url}/mcp --tool get_started", serve.Output);
        await NpmChecks.Run($"node @ts_client.mjs --sdk {sdk} --url {serve.Url}/mcp --tool apply_catalog --args '{CatalogArguments}'", serve.Output);
    }

    [Fact]
    public Task The_Inspector_is_content() =>
        NpmChecks.Run($"bash @inspector.sh --stdio '{serve.StdioCommand}' --url {serve.Url}/mcp --tool get_started", serve.Output);

    [Fact]
    public Task The_conformance_suites_pass() => NpmChecks.Run($"bash @conformance.sh {serve.Url}/mcp", serve.Output);

    [Fact]
    public async Task The_whole_sets_of_both_suites_pass_on_the_program_with_their_fixture()
    {
        await using var host = await ServeProcess.StartConformance("--allow-anonymous");
        await NpmChecks.Run($"EXTRA_016='completion-complete logging-set-level resources-subscribe' EXTRA_2026=completion-complete bash @conformance.sh {host.Url}/mcp", host.Output);
        await NpmChecks.Run($"bash @conformance.sh {host.Url}/mcp --fixture", host.Output);
    }

    [Fact]
    public Task Raw_HTTP_is_answered_as_the_protocol_says() => NpmChecks.Run($"bash @http_raw.sh {serve.Url}/mcp", serve.Output);

    [Fact]
    public async Task Raw_HTTP_with_a_key_is_answered_as_the_protocol_says()
    {
        await using var closed = await ServeProcess.Start();
        await NpmChecks.Run($"bash @http_raw.sh {closed.Url}/mcp --auth", closed.Output, ("TOKEN", await closed.CreateKey()));
    }

    private static string CatalogArguments => $$"""{"document":{{McpBilling.Server.Mcp.GetStarted.ExampleCatalog}},"dry_run":true}""";
}
