using System.Diagnostics.CodeAnalysis;

namespace McpBilling;

/// <summary>
/// What a test needs from outside the repository. For whoever only clones it, an absent tool or data file skips the test with the reason; with
/// <c>CI=true</c> it is a failure, so that nothing goes unchecked unseen. One file, compiled into every test project.
/// </summary>
internal static class Needs
{
    /// <summary>The folder with <c>McpBilling.sln</c>.</summary>
    public static string RepositoryFolder { get; } = FindRepository();

    private static bool IsCi => Environment.GetEnvironmentVariable("CI") == "true";

    /// <summary>A file or folder of the checks and data that lie beside the repository: in <c>MCP_BILLING_SHARED</c>, else in <c>../shared</c>.</summary>
    /// <param name="path">Such as <c>data/pricing_cases.json</c>.</param>
    public static string Shared(string path)
    {
        string? found = FindShared(path);
        return found ?? Absent($"shared/{path} is not beside this repository; set MCP_BILLING_SHARED to the folder that holds it");
    }

    /// <summary>As <see cref="Shared"/>, null when absent: for the rows of a theory, which are listed before a test can be skipped.</summary>
    public static string? FindShared(string path) =>
        new[] { Environment.GetEnvironmentVariable("MCP_BILLING_SHARED"), Path.Combine(RepositoryFolder, "..", "shared") }
            .Where(folder => !string.IsNullOrEmpty(folder)).Select(folder => Path.GetFullPath(Path.Combine(folder!, path))).FirstOrDefault(Path.Exists);

    /// <summary>The full path of a program such as <c>node</c> or <c>bash</c>.</summary>
    public static string Program(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Where(folder => folder.Length > 0)
            .SelectMany(folder => new[] { Path.Combine(folder, name), Path.Combine(folder, name + ".exe") }).FirstOrDefault(File.Exists)
        ?? Absent($"{name} is not on the PATH");

    /// <summary>Ends the test: skipped, or failed under CI.</summary>
    [DoesNotReturn]
    public static string Absent(string reason)
    {
        Assert.False(IsCi, reason);
        Assert.Skip(reason);
        throw new InvalidOperationException(reason);
    }

    private static string FindRepository()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "McpBilling.sln")))
        {
            at = at.Parent;
        }
        return at?.FullName ?? throw new InvalidOperationException($"no McpBilling.sln above {AppContext.BaseDirectory}");
    }
}
