using System.Text.Json;
using System.Xml.Linq;

namespace McpBilling.Tests.House;

/// <summary><c>server.json</c>, by which registries find the package, says what the package says.</summary>
public sealed class ManifestTests
{
    private static readonly JsonElement Manifest = JsonElement.Parse(Read("server.json"));

    [Fact]
    public void It_names_the_package_that_is_packed()
    {
        var package = Assert.Single(Manifest.GetProperty("packages").EnumerateArray());
        string version = Property("Directory.Build.props", "Version");
        Assert.Equal("nuget", package.GetProperty("registryType").GetString());
        Assert.Equal(Property("src/McpBilling.Server/McpBilling.Server.csproj", "PackageId"), package.GetProperty("identifier").GetString());
        Assert.Equal([version, version], [Manifest.GetProperty("version").GetString()!, package.GetProperty("version").GetString()!]);
    }

    [Fact]
    public void It_is_within_the_bounds_of_the_registry()
    {
        Assert.InRange(Manifest.GetProperty("description").GetString()!.Length, 1, 100);
        Assert.InRange(Manifest.GetProperty("title").GetString()!.Length, 1, 100);
        Assert.Matches("^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$", Manifest.GetProperty("name").GetString()!);
    }

    [Fact]
    public void The_README_inside_the_package_proves_whose_it_is() =>
        Assert.Contains($"<!-- mcp-name: {Manifest.GetProperty("name").GetString()} -->", Read("README.md"), StringComparison.Ordinal);

    private static string Property(string project, string name) => XDocument.Parse(Read(project)).Descendants(name).Single().Value;

    private static string Read(string path) => File.ReadAllText(Path.Combine(Needs.RepositoryFolder, path));
}
