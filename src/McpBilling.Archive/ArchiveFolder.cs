using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Storage.Detail;

namespace McpBilling.Archive;

/// <summary>One file of an archive.</summary>
/// <param name="Month">Such as 2026-01, UTC.</param>
/// <param name="UpToSeq">The last row of its kind when it was written: rows of the month that were written later are not in it.</param>
/// <param name="Sha256">Of the file, in hexadecimal.</param>
public sealed record ArchivedMonth(DetailKind Kind, string Month, long Rows, long UpToSeq, long Bytes, string Sha256)
{
    /// <summary>Where it lies in its folder.</summary>
    public string FileName => $"{Kind.ToString().ToLowerInvariant()}/{Month}.parquet";
}

/// <summary>What the list in the folder says.</summary>
/// <param name="Data">The database that it is of.</param>
public sealed record ArchiveList(int Version, string Data, Mode Mode, IReadOnlyList<ArchivedMonth> Files);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ArchiveList))]
internal sealed partial class ArchiveJson : JsonSerializerContext;

/// <summary>The folder of one workspace's archive. A file counts when it is in the list, which is written last.</summary>
public sealed class ArchiveFolder
{
    private const int FormatVersion = 1;
    private const string ListName = "archive.json";

    private readonly string _data;
    private readonly Mode _mode;

    /// <param name="root">What <c>--out</c> or <c>--archive</c> named.</param>
    /// <exception cref="ArchiveException">It holds the archive of another database, or its list cannot be read.</exception>
    public ArchiveFolder(string root, DetailReader of)
    {
        (_data, _mode) = (of.Fingerprint, of.Mode);
        Path = System.IO.Path.Combine(System.IO.Path.GetFullPath(root), _mode.ToString().ToLowerInvariant());
        Files = Load();
    }

    public string Path { get; }

    public IReadOnlyList<ArchivedMonth> Files { get; private set; }

    /// <summary>The month that a time belongs to.</summary>
    public static string MonthOf(Instant at) => at.ToDateTimeOffset().UtcDateTime.ToString("yyyy-MM", CultureInfo.InvariantCulture);

    public string PathOf(ArchivedMonth file) => System.IO.Path.Combine(Path, file.FileName);

    /// <summary>Says of rows whether they are in a file; the others are only in the database.</summary>
    public Func<DetailRow, bool> Holds(DetailKind kind)
    {
        var months = Files.Where(f => f.Kind == kind).ToDictionary(f => f.Month, f => f.UpToSeq, StringComparer.Ordinal);
        return row => months.Count > 0 && months.TryGetValue(MonthOf(row.At), out long upTo) && row.Seq <= upTo;
    }

    /// <exception cref="ArchiveException">A file is missing or is not as it was written.</exception>
    public void Check()
    {
        foreach (var file in Files)
        {
            string path = PathOf(file);
            if (!File.Exists(path) || new FileInfo(path).Length != file.Bytes || HashOf(path) != file.Sha256)
            {
                throw new ArchiveException($"{path} is missing or is not as it was written. Restore it, or take it out of {ListName} and archive the month again.");
            }
        }
    }

    /// <summary>Adds a file that lies in its place.</summary>
    public ArchivedMonth Add(DetailKind kind, string month, long rows, long upToSeq)
    {
        var file = new ArchivedMonth(kind, month, rows, upToSeq, 0, "");
        file = file with { Bytes = new FileInfo(PathOf(file)).Length, Sha256 = HashOf(PathOf(file)) };
        var list = new ArchiveList(FormatVersion, _data, _mode, [.. Files.Append(file).OrderBy(f => f.Kind).ThenBy(f => f.Month, StringComparer.Ordinal)]);
        string path = System.IO.Path.Combine(Path, ListName);
        File.WriteAllBytes(path + ".new", JsonSerializer.SerializeToUtf8Bytes(list, ArchiveJson.Default.ArchiveList));
        File.Move(path + ".new", path, overwrite: true);
        Files = list.Files;
        return file;
    }

    private IReadOnlyList<ArchivedMonth> Load()
    {
        string path = System.IO.Path.Combine(Path, ListName);
        if (!File.Exists(path))
        {
            return [];
        }
        ArchiveList list;
        try
        {
            list = JsonSerializer.Deserialize(File.ReadAllBytes(path), ArchiveJson.Default.ArchiveList) ?? throw new JsonException("it is empty");
        }
        catch (JsonException e)
        {
            throw new ArchiveException($"{path} cannot be read: {e.Message}", e);
        }
        if (list.Version != FormatVersion)
        {
            throw new ArchiveException($"{path} is of version {list.Version}; this program knows {FormatVersion}.");
        }
        if (list.Data != _data || list.Mode != _mode)
        {
            throw new ArchiveException($"{path} is the archive of another database; name another folder.");
        }
        // A month becomes a part of a path.
        return list.Files.All(f => DateOnly.TryParseExact(f.Month + "-01", "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _) && Enum.IsDefined(f.Kind))
            ? list.Files
            : throw new ArchiveException($"{path} cannot be read: a month in it is not written as 2026-01.");
    }

    private static string HashOf(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
