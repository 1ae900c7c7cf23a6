using System.Collections;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using McpBilling.Operations;
using McpBilling.Server.Mcp;
using McpBilling.Server.Tests.Commands;
using McpBilling.Server.Tests.Rest;
using McpBilling.Storage;
using ModelContextProtocol.Client;

namespace McpBilling.Server.Tests.Mcp;

/// <summary>A stdio session begins before its runtime API listens; nobody notices.</summary>
public sealed class StdioStartTests : IDisposable
{
    private const string Greeting =
        """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"early","version":"1"}}}""";

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

    [Theory]
    [InlineData("2025-11-25")]
    [InlineData("2020-01-01")] // None that there is: greeted by the MCP library.
    public async Task The_lists_are_ready_while_the_data_is_opened_and_nothing_is_answered_before(string revision)
    {
        var opening = new TaskCompletionSource<McpSurface>(TaskCreationOptions.RunContinuationsAsynchronously);
        var (whole, listed) = (TestOperations.Surface(new FakeBilling()), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var listing = whole with { Operations = new Noticed(whole.Operations, listed), LocalCaller = null };
        await using var session = new PipedSession(listing, opening.Task);
        await session.Ask($$$$"""
            {{{{Greeting.Replace("2025-11-25", revision, StringComparison.Ordinal)}}}}
            {"jsonrpc":"2.0","method":"notifications/initialized"}
            {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"get_catalog","arguments":{}}}
            {"jsonrpc":"2.0","id":3,"method":"tools/list"}
            """);
        await listed.Task;
        Assert.False(session.HasAnswered);
        opening.SetResult(whole);
        string[] answers = [await session.Answer(), await session.Answer(), await session.Answer()];
        Assert.Contains(answers, a => a.Contains("\"id\":1", StringComparison.Ordinal) && a.Contains("serverInfo", StringComparison.Ordinal));
        Assert.Contains(answers, a => a.Contains("\"id\":2", StringComparison.Ordinal) && a.Contains("structuredContent", StringComparison.Ordinal) && !a.Contains("\"isError\":true", StringComparison.Ordinal));
        Assert.Contains(answers, a => a.Contains("\"id\":3", StringComparison.Ordinal) && a.Contains("save_note", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_the_data_cannot_be_opened_the_session_ends_without_an_answer()
    {
        var opening = new TaskCompletionSource<McpSurface>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var logs = new CapturedLogs();
        await using var session = new PipedSession(TestOperations.Surface(new FakeBilling()) with { Logs = logs }, opening.Task);
        await session.Ask(Greeting);
        opening.SetException(new DataFileException("no such folder"));
        await Assert.ThrowsAsync<DataFileException>(() => session.Serving);
        Assert.False(session.HasAnswered);
        // The failure is told once, by the command.
        Assert.Empty(logs.Lines);
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

    /// <summary>Operations that say when they are listed.</summary>
    private sealed class Noticed(IReadOnlyList<Operation> inner, TaskCompletionSource listed) : IReadOnlyList<Operation>
    {
        public int Count => inner.Count;

        public Operation this[int index] => inner[index];

        public IEnumerator<Operation> GetEnumerator()
        {
            listed.TrySetResult();
            return inner.GetEnumerator();
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
