using DuckDB.NET.Data;
using McpBilling.Money;
using McpBilling.Storage.Detail;

namespace McpBilling.Archive;

/// <summary>
/// Writes months that are over into an archive. It copies and deletes nothing: entries are the ledger from which every balance is proved, usage and costs carry the
/// keys by which a repeated request is known.
/// </summary>
public static class ArchiveWriter
{
    /// <summary>Writes every whole month before a time that is not in the archive yet; one that is, stays as it is.</summary>
    /// <param name="before">The first moment of a month that has begun.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="ArchiveException">Nothing can be written there, or what was written reads back as something else.</exception>
    public static IReadOnlyList<ArchivedMonth> Write(DetailReader detail, ArchiveFolder folder, Instant before)
    {
        string bound = ArchiveFolder.MonthOf(before);
        List<ArchivedMonth> written = [];
        try
        {
            foreach (var kind in Enum.GetValues<DetailKind>())
            {
                var done = folder.Files.Where(f => f.Kind == kind).Select(f => f.Month).ToHashSet(StringComparer.Ordinal);
                long upTo = detail.Last(kind);
                using var staged = new StagedDetail();
                staged.Load(kind, detail.Rows(kind).Where(r => r.At < before && !done.Contains(ArchiveFolder.MonthOf(r.At))));
                foreach (string month in Months(staged, kind).Where(m => string.CompareOrdinal(m, bound) < 0))
                {
                    written.Add(Write(staged, kind, month, folder, upTo));
                }
            }
        }
        catch (Exception e) when (e is DuckDBException or IOException or UnauthorizedAccessException)
        {
            throw new ArchiveException($"The archive in {folder.Path} cannot be written: {e.Message.Split('\n')[0]}", e);
        }
        return written;
    }

    private static List<string> Months(StagedDetail staged, DetailKind kind)
    {
        List<string> months = [];
        using var command = staged.Command($"SELECT DISTINCT archive_month FROM {StagedDetail.NameOf(kind)} ORDER BY 1");
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            months.Add(row.GetString(0));
        }
        return months;
    }

    private static ArchivedMonth Write(StagedDetail staged, DetailKind kind, string month, ArchiveFolder folder, long upTo)
    {
        string path = folder.PathOf(new ArchivedMonth(kind, month, 0, 0, 0, "")), table = StagedDetail.NameOf(kind), of = StagedDetail.Quoted(month), half = path + ".new";
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string selected = $"SELECT * EXCLUDE (archive_month) FROM {table} WHERE archive_month = {of}";
        staged.Run($"COPY ({selected} ORDER BY seq) TO {StagedDetail.Quoted(half)} (FORMAT parquet, COMPRESSION zstd)");
        long rows = staged.Number($"SELECT COUNT(*) FROM ({selected})");
        // Both ways, with how often each row occurs: what can be read back is what the ledger has.
        string read = $"SELECT * FROM read_parquet({StagedDetail.Quoted(half)})";
        long different = staged.Number($"SELECT (SELECT COUNT(*) FROM ({selected} EXCEPT ALL {read})) + (SELECT COUNT(*) FROM ({read} EXCEPT ALL {selected}))");
        if (different != 0)
        {
            throw new ArchiveException($"{half} does not read back as what was written ({different} rows differ); nothing was archived of {month}.");
        }
        File.Move(half, path, overwrite: true);
        return folder.Add(kind, month, rows, upTo);
    }
}
