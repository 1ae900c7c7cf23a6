using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using McpBilling.Operations;
using McpBilling.Server.Mcp;
using McpBilling.Server.Tests.Catalog;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace McpBilling.Server.Tests.Mcp.Keys;

/// <summary>A key goes from the data file into an env file and is seen nowhere on the way.</summary>
public sealed partial class CreateApiKeyTests : IAsyncDisposable
{
    private readonly CatalogShop shop = new();
    private readonly List<string> said = [];

    public static TheoryData<string> Eras => [McpPair.Initialize, McpPair.Discover];

    private string EnvPath => Path.Combine(shop.Project, ".env");

    public async ValueTask DisposeAsync()
    {
        // Whatever a test did, nothing that was said holds a key.
        Assert.All(said.Concat(shop.Logs.Lines), text => Assert.DoesNotMatch(Key(), text));
        await shop.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Eras))]
    public async Task The_key_is_written_into_the_clients_root_and_works_and_is_not_told(string era)
    {
        await File.WriteAllTextAsync(EnvPath, "PORT=3000\n");
        await using var pair = await McpPair.Connect(shop.Surface() with { LocalFolder = shop.Folder.FullName }, era, roots: [new Uri(shop.Project).AbsoluteUri]);
        var result = await Call(pair, """{"name":"my-app"}""");
        Assert.NotEqual(true, result.IsError);
        var content = result.StructuredContent!.Value;

        string[] lines = await File.ReadAllLinesAsync(EnvPath);
        Assert.Equal(["PORT=3000", "MCP_BILLING_URL=http://127.0.0.1:7171"], lines[..2]);
        string key = lines[2]["MCP_BILLING_KEY=".Length..];
        Assert.Equal(3, lines.Length);
        var kept = shop.Keys.Find(key)!;
        Assert.Equal((kept.Id, key[^4..], "test", EnvPath), (Text(content, "id"), Text(content, "last_four"), Text(content, "mode"), Text(content, "written_to")));
        Assert.Equal([Scopes.CatalogRead, Scopes.CustomersRead, Scopes.CustomersWrite, Scopes.PortalWrite, Scopes.UsageRead, Scopes.UsageWrite], kept.ScopeNames.Order(StringComparer.Ordinal));
        Assert.DoesNotContain(key, result.StructuredContent!.Value.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Eras))]
    public async Task A_client_without_roots_has_the_folder_of_the_process(string era)
    {
        await using var pair = await McpPair.Connect(shop.Surface(), era);
        Assert.NotEqual(true, (await Call(pair, """{"name":"my-app","env_file":".env.local","scopes":["usage:write"],"expires_in_days":30}""")).IsError);
        string path = Path.Combine(shop.Project, ".env.local");
        Assert.StartsWith("MCP_BILLING_URL=http://127.0.0.1:7171\nMCP_BILLING_KEY=mb_test_", await File.ReadAllTextAsync(path), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }
        var kept = Assert.Single(shop.Keys.List());
        Assert.Equal([Scopes.UsageWrite], kept.ScopeNames);
        Assert.InRange(kept.ExpiresAt!.Value - kept.CreatedAt, TimeSpan.FromDays(29), TimeSpan.FromDays(30));
    }

    [Fact]
    public async Task A_client_that_shares_no_folder_gets_no_key()
    {
        await using var pair = await McpPair.Connect(shop.Surface(), McpPair.Discover, roots: []);
        ToolCallTests.AssertRefused(await Call(pair, """{"name":"my-app"}"""), ErrorCode.EnvFileRefused, "env_file");
        Assert.Empty(shop.Keys.List());
    }

    [Fact]
    public async Task The_old_lines_are_replaced_where_they_stood_and_the_old_key_is_named_by_its_id()
    {
        string old = shop.Keys.Create("old", Mode.Test, Scopes.All, null).Key;
        await File.WriteAllTextAsync(EnvPath, $"# mine\r\nexport MCP_BILLING_KEY=\"{old}\"\r\nA=1\r\nMCP_BILLING_KEY={old}\r\nMCP_BILLING_URL=http://old\r\nB='ü'");
        await using var pair = await McpPair.Connect(shop.Surface(), McpPair.Discover);
        var result = await Call(pair, """{"name":"my-app"}""");
        string text = await File.ReadAllTextAsync(EnvPath);
        Assert.Matches("^# mine\r\nexport MCP_BILLING_KEY=mb_test_[0-9A-Za-z]+\r\nA=1\r\nMCP_BILLING_URL=http://127.0.0.1:7171\r\nB='ü'$", text);
        Assert.DoesNotContain(old, text, StringComparison.Ordinal);
        Assert.Contains(shop.Keys.Find(old)!.Id, result.StructuredContent!.Value.GetProperty("warnings").GetRawText(), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(shop.Project, "*.tmp"));
    }

    [Theory]
    [InlineData("../.env", "invalid_request")]
    [InlineData("config/../../.env", "invalid_request")]
    [InlineData("/etc/.env", "invalid_request")]
    [InlineData("C:/x/.env", "invalid_request")]
    [InlineData("..\\\\.env", "invalid_request")]
    [InlineData(".git/x.env", "invalid_request")]
    [InlineData("package.json", "invalid_request")]
    [InlineData(".envrc", "invalid_request")]
    [InlineData("a\\u0000.env", "invalid_request")]
    [InlineData("missing/.env", "env_file_refused")]
    [InlineData("link/.env", "env_file_refused")]
    [InlineData("linked.env", "env_file_refused")]
    [InlineData("folder.env", "env_file_refused")]
    public async Task Nothing_outside_the_project_and_no_other_file_is_written(string file, string code)
    {
        string outside = shop.Folder.CreateSubdirectory("outside").FullName;
        await File.WriteAllTextAsync(Path.Combine(outside, "target.env"), "KEEP=1\n");
        Directory.CreateSymbolicLink(Path.Combine(shop.Project, "link"), outside);
        File.CreateSymbolicLink(Path.Combine(shop.Project, "linked.env"), Path.Combine(outside, "target.env"));
        Directory.CreateDirectory(Path.Combine(shop.Project, "folder.env"));
        await using var pair = await McpPair.Connect(shop.Surface(), McpPair.Discover);
        var result = await Call(pair, $$"""{"name":"my-app","env_file":"{{file}}"}""");
        Assert.True(result.IsError);
        Assert.StartsWith(code + ": ", ToolCallTests.Text(result), StringComparison.Ordinal);
        Assert.Empty(shop.Keys.List());
        Assert.Equal("KEEP=1\n", await File.ReadAllTextAsync(Path.Combine(outside, "target.env")));
    }

    [Fact]
    public async Task What_git_tracks_is_refused_and_what_it_does_not_ignore_is_warned_of()
    {
        Needs.Program("git");
        Git("init", "-q");
        await File.WriteAllTextAsync(Path.Combine(shop.Project, "tracked.env"), "A=1\n");
        Git("add", "tracked.env");
        await File.WriteAllTextAsync(Path.Combine(shop.Project, ".gitignore"), ".env.local\n");
        await using var pair = await McpPair.Connect(shop.Surface(), McpPair.Discover);

        var tracked = await Call(pair, """{"name":"a","env_file":"tracked.env"}""");
        ToolCallTests.AssertRefused(tracked, ErrorCode.EnvFileRefused, "env_file");
        Assert.Contains("git rm --cached tracked.env", ToolCallTests.Text(tracked), StringComparison.Ordinal);
        Assert.Empty(shop.Keys.List());

        var open = await Call(pair, """{"name":"a"}""");
        Assert.Contains("add the line .env to .gitignore", open.StructuredContent!.Value.GetProperty("warnings").GetRawText(), StringComparison.Ordinal);
        Assert.Equal(".env.local\n", await File.ReadAllTextAsync(Path.Combine(shop.Project, ".gitignore")));
        var ignored = await Call(pair, """{"name":"a","env_file":".env.local"}""");
        Assert.Equal("[]", ignored.StructuredContent!.Value.GetProperty("warnings").GetRawText());
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_to_gets_no_key()
    {
        if (OperatingSystem.IsWindows() || Environment.UserName == "root")
        {
            // Root may write everywhere; a file where the folder should be stands for it.
            await File.WriteAllTextAsync(Path.Combine(shop.Project, "sub"), "");
        }
        else
        {
            File.SetUnixFileMode(Directory.CreateDirectory(Path.Combine(shop.Project, "sub")).FullName, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
        await using var pair = await McpPair.Connect(shop.Surface(), McpPair.Discover);
        ToolCallTests.AssertRefused(await Call(pair, """{"name":"a","env_file":"sub/.env"}"""), ErrorCode.EnvFileRefused, "env_file");
        Assert.Empty(shop.Keys.List());
    }

    [Theory]
    [MemberData(nameof(Eras))]
    public async Task A_live_key_is_made_only_with_the_users_consent(string era)
    {
        const string Live = """{"name":"my-app","mode":"live"}""";
        await using (var silent = await McpPair.Connect(shop.Surface(), era, roots: [new Uri(shop.Project).AbsoluteUri]))
        {
            ToolCallTests.AssertRefused(await Call(silent, Live), ErrorCode.ConfirmationRequired, "confirm");
        }
        string action = "decline";
        await using var pair = await McpPair.Connect(shop.Surface(), era, _ => new ElicitResult { Action = action }, [new Uri(shop.Project).AbsoluteUri]);
        Assert.StartsWith("confirmation_declined", ToolCallTests.Text(await Call(pair, Live)), StringComparison.Ordinal);
        Assert.Empty(shop.Keys.List());
        action = "accept";
        Assert.Equal("live", Text((await Call(pair, Live)).StructuredContent!.Value, "mode"));
        Assert.Contains("MCP_BILLING_KEY=mb_live_", await File.ReadAllTextAsync(EnvPath), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_with_a_key_can_give_no_more_than_it_has()
    {
        var admin = shop.Keys.LocalCaller() with { KeyId = "key_1", ScopeNames = System.Collections.Frozen.FrozenSet.Create(Scopes.Admin, Scopes.UsageWrite) };
        await using var pair = await McpPair.Connect(shop.Surface() with { LocalCaller = admin }, McpPair.Discover);
        ToolCallTests.AssertRefused(await Call(pair, """{"name":"a","scopes":["catalog:write"]}"""), ErrorCode.Forbidden, "scopes");
        ToolCallTests.AssertRefused(await Call(pair, """{"name":"a","scopes":["usage:write"],"mode":"live","confirm":true}"""), ErrorCode.Forbidden, "mode");
        ToolCallTests.AssertRefused(await Call(pair, """{"name":"a","scopes":["usage:wirte"]}"""), ErrorCode.InvalidRequest, "scopes[0]");
        Assert.NotEqual(true, (await Call(pair, """{"name":"a","scopes":["usage:write"]}""")).IsError);
        await using var plain = await McpPair.Connect(shop.Surface() with { LocalCaller = admin with { ScopeNames = System.Collections.Frozen.FrozenSet.Create(Scopes.UsageWrite) } }, McpPair.Discover);
        ToolCallTests.AssertRefused(await Call(plain, """{"name":"a"}"""), ErrorCode.Forbidden, null);
    }

    [Fact]
    public async Task Over_HTTP_and_read_only_there_is_no_such_tool()
    {
        Assert.DoesNotContain((shop.Surface() with { LocalCaller = null, LocalFolder = null }).Tools, t => t.Name == "create_api_key");
        Assert.Contains((shop.Surface() with { LocalCaller = null, LocalFolder = null }).Tools, t => t.Name == "list_api_keys");
        Assert.DoesNotContain((shop.Surface() with { ReadOnly = true }).Tools, t => t.Name is "create_api_key" or "revoke_api_key");
        await using var server = await Usage.LiveServer.Start();
        var call = await server.Client.Send(HttpMethod.Post, "/mcp",
            """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"create_api_key","arguments":{"name":"a"},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}}}"""u8.ToArray(),
            request =>
            {
                request.Headers.Accept.ParseAdd("application/json, text/event-stream");
                request.Headers.Add("MCP-Protocol-Version", "2026-07-28");
                request.Headers.Add("Mcp-Method", "tools/call");
                request.Headers.Add("Mcp-Name", "create_api_key");
            });
        Assert.Contains("Unknown tool", call.Text, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Eras))]
    public async Task Keys_are_listed_and_revoked_by_id_and_never_shown(string era)
    {
        var (secret, kept) = shop.Keys.Create("app", Mode.Test, Scopes.All, null);
        var (_, other) = shop.Keys.Create("live app", Mode.Live, Scopes.All, null);
        await using var pair = await McpPair.Connect(shop.Surface(), era);
        var list = (await Call(pair, "{}", "list_api_keys")).StructuredContent!.Value;
        Assert.Equal(1, list.GetProperty("total").GetInt32());
        Assert.Equal((kept.Id, "active"), (Text(list.GetProperty("keys")[0], "id"), Text(list.GetProperty("keys")[0], "status")));

        ToolCallTests.AssertRefused(await Call(pair, $$"""{"key_id":"{{kept.Id}}"}""", "revoke_api_key"), ErrorCode.ConfirmationRequired, "confirm");
        ToolCallTests.AssertRefused(await Call(pair, $$"""{"key_id":"{{secret}}","confirm":true}""", "revoke_api_key"), ErrorCode.KeyNotFound, "key_id");
        ToolCallTests.AssertRefused(await Call(pair, $$"""{"key_id":"{{other.Id}}","confirm":true}""", "revoke_api_key"), ErrorCode.KeyNotFound, "key_id");
        var mistyped = await Call(pair, $$"""{"key_id":"{{kept.Id[..^1]}}","confirm":true}""", "revoke_api_key");
        Assert.Contains($"Did you mean \"{kept.Id}\"?", ToolCallTests.Text(mistyped), StringComparison.Ordinal);
        Assert.Equal("revoked", Text((await Call(pair, $$"""{"key_id":"{{kept.Id}}","confirm":true}""", "revoke_api_key")).StructuredContent!.Value, "status"));
        Assert.NotNull(shop.Keys.Find(secret)!.RevokedAt);
        Assert.Null(shop.Keys.List().Single(k => k.Id == other.Id).RevokedAt);
        Assert.Equal(0, (await Call(pair, "{}", "list_api_keys")).StructuredContent!.Value.GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task Get_started_leads_to_it()
    {
        await using var pair = await McpPair.Connect(shop.Surface(), McpPair.Discover);
        Assert.Contains("create_api_key", (await Call(pair, "{}", "get_started")).StructuredContent!.Value.GetRawText(), StringComparison.Ordinal);
        await using var remote = await McpPair.Connect(shop.Surface() with { LocalFolder = null }, McpPair.Discover);
        Assert.DoesNotContain("create_api_key", (await Call(remote, "{}", "get_started")).StructuredContent!.Value.GetRawText(), StringComparison.Ordinal);
    }

    private async Task<CallToolResult> Call(McpPair pair, string arguments, string tool = "create_api_key")
    {
        var result = await ToolCallTests.Call(pair.Client, tool, arguments);
        said.Add(JsonSerializer.Serialize(result, McpJsonUtilities.DefaultOptions));
        return result;
    }

    private void Git(params string[] arguments)
    {
        using var git = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = shop.Project })!;
        git.WaitForExit();
        Assert.Equal(0, git.ExitCode);
    }

    private static string? Text(JsonElement content, string name) => content.GetProperty(name).GetString();

    [GeneratedRegex("mb_(test|live)_[0-9A-Za-z]{8,}")]
    private static partial Regex Key();
}
