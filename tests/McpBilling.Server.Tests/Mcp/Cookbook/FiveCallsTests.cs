using System.Text.Json;
using McpBilling.Server.Tests.Commands;

namespace McpBilling.Server.Tests.Mcp.Cookbook;

/// <summary>What the product promises: from an empty folder to an app that charges, and the proof of it, in five tool calls.</summary>
public sealed class FiveCallsTests
{
    [Fact]
    public async Task An_empty_folder_becomes_an_app_that_charges_and_is_proven_in_five_calls()
    {
        string python = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : Needs.Program("python3");
        await using var conversation = await StdioConversation.Start();
        Assert.Empty(Directory.GetFileSystemEntries(conversation.Folder));
        int calls = 0;
        async Task<JsonElement> Call(string tool, string arguments)
        {
            calls++;
            var result = await conversation.Call(tool, arguments);
            Assert.True(result.IsError != true, $"{tool}: {ToolCallTests.Text(result)}");
            return result.StructuredContent!.Value;
        }

        var started = await Call("get_started", "{}");
        await Call("apply_catalog", $$"""{"document":{{started.GetProperty("example_catalog").GetRawText()}} }""");
        var code = await Call("generate_integration", """{"language":"python"}""");
        foreach (var file in code.GetProperty("files").EnumerateArray())
        {
            string path = Path.Combine(conversation.Folder, file.GetProperty("path").GetString()!);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, file.GetProperty("content").GetString(), TestContext.Current.CancellationToken);
        }
        var key = await Call("create_api_key", """{"name":"five-calls"}""");
        Assert.DoesNotContain(conversation.Environment("MCP_BILLING_KEY"), key.GetRawText(), StringComparison.Ordinal);

        var first = await RunApp(conversation, python, "req-1");
        Assert.Contains("image-generation", first, StringComparison.Ordinal);
        Assert.Equal(first, await RunApp(conversation, python, "req-1"));

        var verified = await Call("verify_integration", "{}");
        Assert.DoesNotContain(verified.GetProperty("findings").EnumerateArray(), f => f.GetProperty("status").GetString() == "fail");
        Assert.NotEqual("fail", verified.GetProperty("verdict").GetString());
        Assert.StartsWith("proof_", verified.GetProperty("proof_id").GetString(), StringComparison.Ordinal);
        Assert.Equal(5, calls);

        // Beyond the five: two requests with one id were charged one credit.
        var wallet = (await conversation.Call("get_wallet", """{"customer_id":"user_1"}""")).StructuredContent!.Value;
        Assert.Equal("99", wallet.GetProperty("accounts")[0].GetProperty("balance").GetString());
    }

    /// <summary>The generated example as it is, with what the env file holds.</summary>
    private static async Task<string> RunApp(StdioConversation conversation, string python, string request)
    {
        var ran = await ProgramProcess.RunAny(python, ["-m", "billing.example", "user_1", request], conversation.Folder,
            ("MCP_BILLING_URL", conversation.Environment("MCP_BILLING_URL")), ("MCP_BILLING_KEY", conversation.Environment("MCP_BILLING_KEY")), ("APP_ENV", "test"));
        Assert.True(ran.ExitCode == 0, ran.Out + ran.Error);
        return ran.Out;
    }
}
