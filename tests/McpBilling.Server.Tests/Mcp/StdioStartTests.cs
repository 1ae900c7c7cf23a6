using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using McpBilling.Server.Hosting;
using McpBilling.Server.Mcp;
using McpBilling.Server.Tests.Commands;
using ModelContextProtocol.Client;

namespace McpBilling.Server.Tests.Mcp;

/// <summary>A stdio session begins before its runtime API listens; nobody notices.</summary>
public sealed class StdioStartTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mcp-billing-start-");
    private readonly string url = $"http://127.0.0.1:{FreePort()}";

    private string[] Arguments => [ProgramProcess.Dll, "stdio", "--urls", url, "--data", Path.Combine(folder.FullName, "billing.db")];

    // On a busy machine a start takes longer than the client waits before it thinks of an older protocol.
    private static McpClientOptions Patient => new() { DiscoverProbeTimeout = Timeout.InfiniteTimeSpan };

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task The_runtime_API_answers_when_the_first_tool_tells_where_it_is()
    {
        await using var client = await McpClient.CreateAsync(new StdioClientTransport(new() { Command = "dotnet", Arguments = Arguments }), Patient);
        var answer = await client.CallToolAsync("get_started", new Dictionary<string, object?>());
        string told = answer.StructuredContent!.Value.GetProperty("runtime_url").GetString()!;
        using var http = new HttpClient();
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri(told + "/healthz"), TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(url, told);
    }

    [Fact]
    public async Task The_runtime_API_opens_also_for_a_client_that_says_nothing()
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", Arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            Assert.Equal(HttpStatusCode.OK, await FirstAnswer());
        }
        finally
        {
            process.StandardInput.Close();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public async Task A_rehearsal_has_the_first_requests_answered_without_data()
    {
        var parts = Parts.OfProgram();
        long answered = await Rehearsal.Begin(parts.Operations, parts.Json);
        Assert.True(answered > 500L * parts.Operations.Count(o => o.HasTool && McpSurface.DefaultToolSets.Contains(o.ToolSet)), $"{answered} bytes are not the answers to initialize and tools/list");
    }

    // Polls: there is no other sign of it for who is not the client.
    private async Task<HttpStatusCode?> FirstAnswer()
    {
        using var http = new HttpClient();
        for (int i = 0; i < 600; i++)
        {
            try
            {
                return (await http.GetAsync(new Uri(url + "/healthz"), TestContext.Current.CancellationToken)).StatusCode;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }
        }
        return null;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
