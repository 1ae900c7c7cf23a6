using McpBilling.Operations;

namespace McpBilling.Server.Mcp.Keys;

/// <summary>Which file a key may be written to: an env file inside the folder that the client works in, reached through no link.</summary>
internal static class EnvPlace
{
    public const string DefaultName = ".env";

    /// <param name="roots">The client's roots as URIs; null when it has none to tell of.</param>
    /// <param name="workingFolder">Stands in for a root then.</param>
    /// <param name="named">What the caller asked for.</param>
    /// <returns>The full path. The file may be absent; its folder is there.</returns>
    /// <exception cref="BillingException"><c>env_file_refused</c>, or <c>invalid_request</c> for a name that can be no env file.</exception>
    public static string Find(IReadOnlyList<string>? roots, string workingFolder, string named)
    {
        string root = RootOf(roots, workingFolder);
        string[] parts = named.Split('/', '\\');
        if (Path.IsPathRooted(named) || named.Contains(':', StringComparison.Ordinal) || parts.Any(p => p is "" or ".." || p.Any(char.IsControl)))
        {
            throw Wrong(named, "must be a path inside the project, without .. and not absolute");
        }
        string name = parts[^1];
        if (!(name == DefaultName || (name.StartsWith(".env.", StringComparison.Ordinal) && name.Length > 5) || (name.EndsWith(".env", StringComparison.Ordinal) && name.Length > 4)))
        {
            throw Wrong(named, "must name a file .env, .env.* or *.env");
        }
        string at = root;
        foreach (string part in parts[..^1].Where(p => p != "."))
        {
            if (part == ".git")
            {
                throw Wrong(named, "must not lie in git's own folder");
            }
            at = Path.Combine(at, part);
            var folder = new DirectoryInfo(at);
            RefuseLink(folder, at);
            if (!folder.Exists)
            {
                throw new BillingException(ErrorCode.EnvFileRefused, $"The folder {at} does not exist.", "env_file");
            }
        }
        string path = Path.Combine(at, name);
        RefuseLink(new FileInfo(path), path);
        return Directory.Exists(path) ? throw new BillingException(ErrorCode.EnvFileRefused, $"{path} is a folder.", "env_file") : path;
    }

    private static string RootOf(IReadOnlyList<string>? roots, string workingFolder)
    {
        string? folder = roots is null
            ? workingFolder
            : roots.Select(r => Uri.TryCreate(r, UriKind.Absolute, out var uri) && uri is { IsFile: true, IsUnc: false } ? uri.LocalPath : null).FirstOrDefault(Directory.Exists);
        if (folder is null)
        {
            throw new BillingException(ErrorCode.EnvFileRefused, "The client shares no folder of this machine (its roots are empty), so there is no project to write into. Open the app's folder, or make the key in a terminal: mcp-billing keys create --name my-app.", "env_file");
        }
        // A root that is a link itself is the client's choice; what it leads to is the root.
        string full = Path.GetFullPath(folder);
        string real = new DirectoryInfo(full).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? full;
        return Path.GetPathRoot(real) == real
            ? throw new BillingException(ErrorCode.EnvFileRefused, $"{real} is the root of the disk, not a project. Start the coding tool in the app's folder.", "env_file")
            : Path.TrimEndingDirectorySeparator(real);
    }

    private static void RefuseLink(FileSystemInfo entry, string path)
    {
        if (entry.LinkTarget is not null)
        {
            throw new BillingException(ErrorCode.EnvFileRefused, $"{path} is a link, and may lead out of the project.", "env_file");
        }
    }

    private static BillingException Wrong(string named, string rule) =>
        InputGuard.Refusal([new("/env_file", rule, $"Use \"{DefaultName}\".") { Found = $"\"{named}\"", Allowed = "a path inside the project to a file .env, .env.* or *.env" }]);
}
