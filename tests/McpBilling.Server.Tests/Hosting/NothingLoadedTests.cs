using McpBilling.Server.Tests.Commands;

namespace McpBilling.Server.Tests.Hosting;

/// <summary>Starting is measured: what only hosted servers need must not be loaded by the others.</summary>
public sealed class NothingLoadedTests
{
    [Fact]
    public async Task Libraries_for_tokens_and_collectors_are_loaded_only_where_they_are_configured()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("Which files a process has loaded is read from /proc.");
        }
        var folder = Directory.CreateTempSubdirectory("mcp-billing-loaded-");
        try
        {
            string data = Path.Combine(folder.FullName, "billing.db");
            await using var plain = await ProgramProcess.Serve(data);
            await using var hosted = await ProgramProcess.Serve(data, "http://127.0.0.1:0", "--oauth-issuer", "http://127.0.0.1:9", "--oauth-audience", "a");
            Assert.DoesNotContain(Loaded(plain), IsForHosting);
            Assert.DoesNotContain(Loaded(plain), file => file.Contains("PdfSharp", StringComparison.Ordinal));
            Assert.Contains(Loaded(hosted), IsForHosting);
            Assert.DoesNotContain(Loaded(plain), IsForCollectors);
            await using var exporting = await ProgramProcess.Start(
                "dotnet", [ProgramProcess.Dll, "serve", "--urls", "http://127.0.0.1:0"], null, [("MCP_BILLING_DATA", data), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")]);
            Assert.Contains(Loaded(exporting), IsForCollectors);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static bool IsForHosting(string file) => file.Contains("IdentityModel", StringComparison.Ordinal);

    private static bool IsForCollectors(string file) => file.Contains("OpenTelemetry", StringComparison.Ordinal);

    private static IEnumerable<string> Loaded(ProgramProcess process) => File.ReadLines($"/proc/{process.Id}/maps").Where(l => l.EndsWith(".dll", StringComparison.Ordinal)).Distinct();
}
