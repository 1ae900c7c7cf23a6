namespace McpBilling.Storage.Tests;

/// <summary>A folder of its own for one test, removed after it.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("mcp-billing-test-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public DataFile DataFile(string name = "billing.db") => Storage.DataFile.Locate(File(name), _ => null);

    /// <summary>Who may read and write the file; on Windows, which has no such modes, what is expected.</summary>
    public static UnixFileMode ModeOf(string path, UnixFileMode expected) => OperatingSystem.IsWindows() ? expected : System.IO.File.GetUnixFileMode(path);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
