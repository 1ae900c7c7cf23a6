using McpBilling.Server.Mcp;
using McpBilling.Server.Tests.Mcp;

namespace McpBilling.Server.Tests.Packaging;

/// <summary>The version has one source, <c>Directory.Build.props</c>. After a change of it <c>UPDATE_SNAPSHOTS=1</c> writes it into the files below.</summary>
public sealed class VersionTests
{
    public static TheoryData<string> Files => [.. Handout.FilesWithVersion];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_file_that_tells_the_version_tells_this_one(string path)
    {
        string text = Handout.Read(path), stamped = Handout.Stamped(text);
        if (Repository.Updating && text != stamped)
        {
            File.WriteAllText(Repository.PathTo(path), stamped);
            return;
        }
        Assert.Contains(Handout.Version, text, StringComparison.Ordinal);
        Assert.Equal(stamped, text);
    }

    [Fact]
    public void The_program_tells_this_version() => Assert.Equal(Handout.Version, BillingServer.Version);
}
