using ModelContextProtocol.Client;

namespace McpBilling.Server.Tests.Commands;

/// <summary>README's usual case: <c>serve</c> in one terminal, <c>stdio</c> started by a coding tool, both on one data file, or not.</summary>
public sealed class StdioBesideServeTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mcp-billing-beside-");

    // On a busy machine a start takes longer than the client waits before it thinks of an older protocol.
    private static McpClientOptions Patient => new() { DiscoverProbeTimeout = Timeout.InfiniteTimeSpan };

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [InlineData("billing.db", true)]
    [InlineData("other.db", false)]
    public async Task Get_started_names_the_runtime_API_that_already_listens_if_it_has_the_same_data(string data, bool named)
    {
        await using var serve = await ProgramProcess.Serve(Path.Combine(folder.FullName, "billing.db"));
        var transport = new StdioClientTransport(new() { Command = "dotnet", Arguments = [ProgramProcess.Dll, "stdio", "--urls", serve.Url, "--data", Path.Combine(folder.FullName, data)] });
        await using var client = await McpClient.CreateAsync(transport, Patient);
        var answer = await client.CallToolAsync("get_started", new Dictionary<string, object?>());
        string? url = answer.StructuredContent!.Value.TryGetProperty("runtime_url", out var found) ? found.GetString() : null;
        Assert.Equal(named ? serve.Url : null, url);
    }
}
