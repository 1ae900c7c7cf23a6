using System.Diagnostics;
using McpBilling.Server.Tests.Commands;

namespace McpBilling.Server.Tests.Mcp;

/// <summary>A client that writes its requests and closes the pipe at once, as a shell does, still gets every answer.</summary>
public sealed class StdioEndTests
{
    [Fact]
    public async Task Requests_before_the_end_of_input_are_answered()
    {
        string data = Path.Combine(Path.GetTempPath(), $"mcp-billing-end-{Environment.ProcessId}.db");
        try
        {
            var start = new ProcessStartInfo("dotnet", [ProgramProcess.Dll, "stdio", "--no-http", "--data", data])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var process = Process.Start(start)!;
            await process.StandardInput.WriteLineAsync(
                """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"shell","version":"1"}}}""");
            await process.StandardInput.WriteLineAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""");
            await process.StandardInput.WriteLineAsync("""{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"get_catalog","arguments":{}}}""");
            process.StandardInput.Close();
            string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Contains("\"serverInfo\"", output, StringComparison.Ordinal);
            Assert.Contains("\"version\":0", output.Replace("\\\"", "\"", StringComparison.Ordinal), StringComparison.Ordinal);
            Assert.Equal(0, process.ExitCode);
        }
        finally
        {
            foreach (string suffix in new[] { "", "-wal", "-shm" })
            {
                File.Delete(data + suffix);
            }
        }
    }
}
