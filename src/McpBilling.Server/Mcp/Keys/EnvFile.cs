using System.Security.Cryptography;
using System.Text;
using McpBilling.Operations;

namespace McpBilling.Server.Mcp.Keys;

/// <summary>
/// An env file while some of its lines are set. The new content is written beside it and takes its place in one step, so that a crash leaves the old file or
/// the new one. Other lines stay byte for byte.
/// </summary>
internal sealed class EnvFile : IDisposable
{
    public const string UrlVariable = "MCP_BILLING_URL";
    public const string KeyVariable = "MCP_BILLING_KEY";
    public const string WebhookSecretVariable = "MCP_BILLING_WEBHOOK_SECRET";

    private const int MaxBytes = 1024 * 1024;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    // Latin-1 keeps every byte; what we look for and write is ASCII.
    private static readonly Encoding Bytes = Encoding.Latin1;

    private readonly string path;
    private readonly string draftPath;
    private readonly FileStream draft;
    private readonly List<string> lines;
    private readonly UnixFileMode? mode;
    private bool placed;

    private EnvFile(string path, string draftPath, FileStream draft, string text, UnixFileMode? mode)
    {
        (this.path, this.draftPath, this.draft, this.mode) = (path, draftPath, draft, mode);
        lines = [.. text.Split('\n')];
    }

    /// <summary>The key that the file holds now; never shown to anybody.</summary>
    public string? PresentKey => lines.Select(l => ValueOf(l, KeyVariable)).LastOrDefault(v => v is not null);

    public IEnumerable<string> Warnings => mode is { } present && (present & Others) != 0 ? ["Other users of this machine may read the file; chmod 600 would keep them out."] : [];

    /// <exception cref="BillingException"><c>env_file_refused</c>: the place cannot be written to.</exception>
    public static EnvFile Open(string path)
    {
        try
        {
            var info = new FileInfo(path);
            if (info.Exists && info.Length > MaxBytes)
            {
                throw new BillingException(ErrorCode.EnvFileRefused, $"{path} has {info.Length} bytes, which is no env file.", "env_file");
            }
            string text = info.Exists ? Bytes.GetString(File.ReadAllBytes(path)) : "";
            UnixFileMode? mode = info.Exists && !OperatingSystem.IsWindows() ? info.UnixFileMode : null;
            string draftPath = Path.Combine(Path.GetDirectoryName(path)!, $".{RandomNumberGenerator.GetHexString(16, lowercase: true)}.env.tmp");
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = OwnerOnly;
            }
            return new EnvFile(path, draftPath, new FileStream(draftPath, options), text, mode);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new BillingException(ErrorCode.EnvFileRefused, $"{path} cannot be written to.", "env_file");
        }
    }

    /// <exception cref="IOException">The file is as it was.</exception>
    public void Save(params ReadOnlySpan<(string Variable, string Value)> lines)
    {
        foreach (var (variable, value) in lines)
        {
            Set(variable, value);
        }
        draft.Write(Bytes.GetBytes(string.Join('\n', this.lines)));
        draft.Flush(flushToDisk: true);
        draft.Dispose();
        if (mode is { } present && !OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(draftPath, present);
        }
        File.Move(draftPath, path, overwrite: true);
        placed = true;
    }

    public void Dispose()
    {
        draft.Dispose();
        if (!placed)
        {
            File.Delete(draftPath);
        }
    }

    private void Set(string variable, string value)
    {
        int first = lines.FindIndex(l => ValueOf(l, variable) is not null);
        if (first >= 0)
        {
            string line = lines[first];
            string before = line[..line.IndexOf(variable, StringComparison.Ordinal)];
            lines[first] = $"{before}{variable}={value}{(line.EndsWith('\r') ? "\r" : "")}";
            // Of two lines most readers take the last: an old key further down would win.
            lines.RemoveAll(l => ValueOf(l, variable) is not null && !ReferenceEquals(l, lines[first]));
            return;
        }
        string end = lines.Any(l => l.EndsWith('\r')) ? "\r" : "";
        if (lines[^1].Length > 0)
        {
            lines[^1] += end;
            lines.Add("");
        }
        lines.Insert(lines.Count - 1, $"{variable}={value}{end}");
    }

    /// <summary>The value of a line <c>NAME=value</c> or <c>export NAME=value</c>; null for any other line.</summary>
    private static string? ValueOf(string line, string variable)
    {
        string rest = line.Trim();
        if (rest.StartsWith("export ", StringComparison.Ordinal))
        {
            rest = rest[7..].TrimStart();
        }
        return rest.StartsWith(variable, StringComparison.Ordinal) && rest[variable.Length..].TrimStart() is ['=', .. var value] ? value.Trim().Trim('"', '\'') : null;
    }
}
