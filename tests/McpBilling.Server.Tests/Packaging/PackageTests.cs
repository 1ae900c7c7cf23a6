using McpBilling.Server.Tests.Commands;
using McpBilling.Server.Tests.Mcp;

namespace McpBilling.Server.Tests.Packaging;

/// <summary>
/// The package as it is handed out: packed by <c>packaging/pack.sh</c>, started by <c>dotnet dnx</c> from a folder, and the manifests judged by the tools of
/// those who take them. What needs the hosts' own programs is in docs/checks.md.
/// </summary>
public sealed class PackageTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mcp-billing-pack-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task The_tool_package_starts_by_dnx_from_a_folder_and_says_who_it_is()
    {
        await NpmChecks.RequireTools();
        string bash = Needs.Program("bash");
        Needs.Program("unzip");
        // A version of its own: what dnx has seen of another build stays in its cache.
        string version = $"{Handout.Version}-test.{Environment.ProcessId}";
        string output = Path.Combine(folder.FullName, "out");
        var (exit, said, error) = await ProgramProcess.RunWithin(
            TimeSpan.FromMinutes(15), bash, [Path.Combine(Needs.RepositoryFolder, "packaging", "pack.sh"), "--platforms", "linux-x64", "--no-bundles", "--version", version, "--out", output]);
        Assert.True(exit == 0, said + error);
        (string, string)[] environment = [("NUGET_PACKAGES", Path.Combine(folder.FullName, "packages")), ("MCP_BILLING_DATA", Path.Combine(folder.FullName, "billing.db"))];
        await NpmChecks.Run($"bash @packaging.sh --nupkg '{output}/nuget/McpBilling.{version}.nupkg' --mcpb '{Repository.PathTo("packaging", "mcpb", "manifest.json")}'", folder.FullName, environment);
    }
}
