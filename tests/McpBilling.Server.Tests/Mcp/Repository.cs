namespace McpBilling.Server.Tests.Mcp;

/// <summary>The clone that the tests were built from: where snapshots lie.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>Whether to write snapshots anew instead of comparing: <c>UPDATE_SNAPSHOTS=1</c>.</summary>
    public static bool Updating => Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1";

    public static string PathTo(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "McpBilling.sln")))
            {
                return folder.FullName;
            }
        }
        throw new InvalidOperationException("The tests must run inside a clone.");
    }
}
