using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpBilling.Server.Tests.Commands;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace McpBilling.Server.Tests.Mcp.Cookbook;

/// <summary>A coding tool with our program behind a pipe, in an empty folder and with an empty home; and the app beside it that calls the runtime API.</summary>
internal sealed class StdioConversation : IAsyncDisposable
{
    private readonly DirectoryInfo root;
    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false });

    private StdioConversation(DirectoryInfo root, McpClient client) => (this.root, Client) = (root, client);

    public McpClient Client { get; }

    /// <summary>Where the app is being written.</summary>
    public string Folder => Path.Combine(root.FullName, "app");

    public static async Task<StdioConversation> Start(params string[] options)
    {
        var root = Directory.CreateTempSubdirectory("mcp-billing-talk-");
        string app = root.CreateSubdirectory("app").FullName, home = root.CreateSubdirectory("home").FullName;
        var transport = new StdioClientTransport(new StdioClientTransportOptions
        {
            Command = "dotnet",
            Arguments = [ProgramProcess.Dll, "stdio", "--urls", "http://127.0.0.1:0", .. options],
            WorkingDirectory = app,
            EnvironmentVariables = new Dictionary<string, string?> { ["HOME"] = home, ["XDG_DATA_HOME"] = null, ["MCP_BILLING_DATA"] = null, ["MCP_BILLING_KEY"] = null, ["MCP_BILLING_URL"] = null },
        });
        // A fixed revision: a client that tries the newest first falls back after a while, and a busy machine is slow to answer.
        return new StdioConversation(root, await McpClient.CreateAsync(transport, new McpClientOptions { ProtocolVersion = McpPair.Initialize }));
    }

    public async Task<CallToolResult> Call(string tool, string arguments) =>
        await Client.CallToolAsync(new CallToolRequestParams { Name = tool, Arguments = JsonElement.Parse(arguments).EnumerateObject().ToDictionary(a => a.Name, a => a.Value) });

    /// <summary>What stands in the app's env file.</summary>
    public string Environment(string name) =>
        File.ReadAllLines(Path.Combine(Folder, ".env")).Single(l => l.StartsWith(name + "=", StringComparison.Ordinal))[(name.Length + 1)..].Trim('"');

    /// <summary>The app calls the runtime API as generated code does, with the key of its env file.</summary>
    public async Task<(int Status, JsonNode Answer)> App(string method, string path, string body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), Environment("MCP_BILLING_URL") + path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Environment("MCP_BILLING_KEY"));
        request.Headers.Add("X-Billing-Environment", "test");
        using var answer = await http.SendAsync(request);
        return ((int)answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!);
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await Client.DisposeAsync();
        root.Delete(recursive: true);
    }
}
