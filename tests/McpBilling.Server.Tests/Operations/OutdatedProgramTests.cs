using System.Collections.Concurrent;
using McpBilling.Server.Tests.Commands;
using McpBilling.Server.Tests.Usage;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace McpBilling.Server.Tests.Operations;

/// <summary>The program at its doors after a newer one has changed the database under it: it reads on, writes nothing, and says what to do.</summary>
public sealed class OutdatedProgramTests
{
    private const string NewerProgram =
        """
        INSERT INTO schema_version (version, name, applied_at) VALUES (9000, 'from the future', 0);
        UPDATE meta SET value = '9000' WHERE name = 'writers_from';
        """;

    [Fact]
    public async Task Over_HTTP_writes_are_put_off_reads_go_on_and_health_says_so()
    {
        await using var server = await LiveServer.Start();
        await server.Client.Do("/v1/grants", new { customer_id = "anna", asset = "usd", amount = "10", idempotency_key = "k" });
        server.Change(NewerProgram);
        string before = server.Fingerprint();
        for (int i = 0; i < 3; i++)
        {
            var refused = await server.Client.Post("/v1/grants", new { customer_id = "anna", asset = "usd", amount = "1", idempotency_key = $"k{i}" });
            Assert.Equal((503, "program_outdated", true), (refused.Status, refused.Code, refused.Json.GetProperty("retryable").GetBoolean()));
            Assert.Equal("1", refused.Headers["Retry-After"]);
            Assert.Contains("must know its schema 9000", refused.Json.GetProperty("detail").GetString(), StringComparison.Ordinal);
            Assert.Contains("start the newer version", refused.Json.GetProperty("hint").GetString(), StringComparison.Ordinal);
        }
        Assert.Equal("10.00", (await server.Client.Wallet("anna")).Json.GetProperty("accounts")[0].GetProperty("available").GetString());
        var ready = await server.Client.Get("/readyz");
        Assert.Equal((503, "program_outdated", true, false), (ready.Status, ready.Code, ready.Json.GetProperty("readable").GetBoolean(), ready.Json.GetProperty("writable").GetBoolean()));
        Assert.Equal("read_only", (await server.Client.Get("/readyz/reads")).Json.GetProperty("status").GetString());
        Assert.Equal(before, server.Fingerprint());
        Assert.Single(server.Logs.Lines, line => line.Contains("no more is written", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Over_stdio_a_tool_says_so_and_one_line_of_the_log()
    {
        var folder = Directory.CreateTempSubdirectory("mcp-billing-outdated-");
        try
        {
            string data = Path.Combine(folder.FullName, "billing.db");
            var errors = new ConcurrentQueue<string>();
            await using var tool = await McpClient.CreateAsync(
                new StdioClientTransport(new StdioClientTransportOptions
                {
                    Command = "dotnet",
                    Arguments = [ProgramProcess.Dll, "stdio", "--data", data, "--no-http"],
                    Name = "tool",
                    StandardErrorLines = errors.Enqueue,
                }),
                new McpClientOptions { DiscoverProbeTimeout = Timeout.InfiniteTimeSpan, InitializationTimeout = TimeSpan.FromMinutes(3) });
            Assert.NotEqual(true, (await Grant(tool, "k1")).IsError);
            Execute(data, NewerProgram);
            foreach (string key in (string[])["k2", "k3"])
            {
                var refused = await Grant(tool, key);
                Assert.True(refused.IsError);
                string text = Text(refused);
                Assert.StartsWith("program_outdated: A newer mcp-billing has changed the database", text, StringComparison.Ordinal);
                Assert.Contains("retryable: true", text, StringComparison.Ordinal);
            }
            var wallet = await tool.CallToolAsync("get_wallet", new Dictionary<string, object?> { ["customer_id"] = "anna" });
            Assert.Contains("\"1.00\"", Text(wallet), StringComparison.Ordinal);
            Assert.Single(errors, line => line.Contains("no more is written", StringComparison.Ordinal));
            // Started again, it is refused at once.
            var (exit, _, error) = await ProgramProcess.Run(data, "stdio", "--no-http");
            Assert.Equal(1, exit);
            Assert.Contains("written by a newer mcp-billing (schema 9000", error, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static ValueTask<CallToolResult> Grant(McpClient tool, string key) =>
        tool.CallToolAsync("grant_credit", new Dictionary<string, object?> { ["customer_id"] = "anna", ["asset"] = "usd", ["amount"] = "1", ["idempotency_key"] = key });

    private static string Text(CallToolResult result) => string.Join('\n', result.Content.OfType<TextContentBlock>().Select(t => t.Text));

    private static void Execute(string data, string sql)
    {
        using var connection = Storage.DataFile.Locate(data, _ => null).OpenReader();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
