namespace McpBilling.Server.Tests.Mcp;

/// <summary>The clone that the tests were built from: where snapshots lie.</summary>
internal static class Repository
{
    public static string Root => Needs.RepositoryFolder;

    /// <summary>Whether to write snapshots anew instead of comparing: <c>UPDATE_SNAPSHOTS=1</c>.</summary>
    public static bool Updating => Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1";

    public static string PathTo(params string[] parts) => Path.Combine([Root, .. parts]);
}
