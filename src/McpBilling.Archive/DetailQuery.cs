using DuckDB.NET.Data;
using McpBilling.Storage.Detail;

namespace McpBilling.Archive;

/// <summary>What one query may take.</summary>
/// <param name="Rows">Rows of the answer, 1 to 1,000,000; the rest is left off.</param>
/// <param name="Time">Until it is broken off.</param>
public sealed record QueryLimits(int Rows, TimeSpan Time)
{
    public const int MostRows = 1_000_000;
    public const int UsualRows = 10_000;

    /// <summary>For tables, sorting and grouping. A single value made by a function is not counted in it.</summary>
    public const string Memory = "1GB";

    public static readonly TimeSpan UsualTime = TimeSpan.FromSeconds(60);
    public static readonly TimeSpan MostTime = TimeSpan.FromHours(1);
}

/// <summary>What a query answered.</summary>
/// <param name="IsCut">There were more rows than asked for.</param>
public sealed record QueryAnswer(IReadOnlyList<string> Columns, IReadOnlyList<object?[]> Rows, bool IsCut);

/// <summary>
/// SQL over one workspace's usage, costs and entries: live rows and archived months together, as the views <c>usage</c>, <c>costs</c> and <c>entries</c>. The query
/// runs in a database of its own which holds that workspace and nothing else, may open the archive's files and no other, and is locked before the query comes in.
/// </summary>
public static class DetailQuery
{
    /// <param name="archive">Null: only what the database has.</param>
    /// <exception cref="ArchiveException">The query is not one SELECT, wants what it may not have, or took too much.</exception>
    public static QueryAnswer Run(DetailReader detail, ArchiveFolder? archive, string sql, QueryLimits limits, CancellationToken cancellation)
    {
        archive?.Check();
        using var staged = new StagedDetail();
        try
        {
            foreach (var kind in Enum.GetValues<DetailKind>())
            {
                var isArchived = archive?.Holds(kind) ?? (static _ => false);
                staged.Load(kind, detail.Rows(kind).TakeWhile(_ => !cancellation.IsCancellationRequested).Where(r => !isArchived(r)));
                Define(staged, kind, archive);
            }
            cancellation.ThrowIfCancellationRequested();
            Lock(staged, archive);
            return Answer(staged, sql, limits, cancellation);
        }
        catch (DuckDBException e)
        {
            cancellation.ThrowIfCancellationRequested();
            throw new ArchiveException(Plain(e.Message), e);
        }
    }

    private static void Define(StagedDetail staged, DetailKind kind, ArchiveFolder? archive)
    {
        string live = $"SELECT * EXCLUDE (archive_month) FROM {StagedDetail.NameOf(kind)}";
        string[] files = [.. archive?.Files.Where(f => f.Kind == kind).Select(f => StagedDetail.Quoted(archive.PathOf(f))) ?? []];
        string archived = files.Length == 0 ? "" : $" UNION ALL BY NAME SELECT * FROM read_parquet([{string.Join(", ", files)}])";
        staged.Run($"CREATE VIEW {StagedDetail.ViewOf(kind)} AS {live}{archived}");
    }

    private static void Lock(StagedDetail staged, ArchiveFolder? archive)
    {
        string[] files = [.. archive?.Files.Select(f => StagedDetail.Quoted(archive.PathOf(f))) ?? []];
        if (files.Length > 0)
        {
            staged.Run($"SET allowed_paths = [{string.Join(", ", files)}]");
        }
        staged.Run($"SET memory_limit = '{QueryLimits.Memory}'");
        // What does not fit is refused, not written to a disk that others need.
        staged.Run("SET temp_directory = ''");
        staged.Run("SET enable_external_access = false");
        staged.Run("SET lock_configuration = true");
    }

    private static QueryAnswer Answer(StagedDetail staged, string sql, QueryLimits limits, CancellationToken cancellation)
    {
        // query() takes one SELECT and nothing else: no second statement, no COPY, ATTACH, PRAGMA, SET or INSTALL, whatever they are hidden in.
        using var command = staged.Command($"SELECT * FROM query({StagedDetail.Quoted(sql.Trim().TrimEnd(';'))})");
        command.UseStreamingMode = true;
        using var late = new CancellationTokenSource(limits.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        using var registration = either.Token.Register(command.Cancel);
        try
        {
            using var row = command.ExecuteReader();
            string[] columns = [.. Enumerable.Range(0, row.FieldCount).Select(row.GetName)];
            List<object?[]> rows = [];
            while (row.Read())
            {
                either.Token.ThrowIfCancellationRequested();
                if (rows.Count == limits.Rows)
                {
                    return new QueryAnswer(columns, rows, true);
                }
                rows.Add([.. Enumerable.Range(0, columns.Length).Select(i => row.IsDBNull(i) ? null : row.GetValue(i))]);
            }
            either.Token.ThrowIfCancellationRequested();
            return new QueryAnswer(columns, rows, false);
        }
        catch (Exception e) when (late.IsCancellationRequested && e is DuckDBException or OperationCanceledException)
        {
            cancellation.ThrowIfCancellationRequested();
            throw new ArchiveException($"The query was broken off after {limits.Time.TotalSeconds:0} seconds; ask for less, or give it more with --timeout.", e);
        }
    }

    // The first line says what is wrong; those after it draw our own wrapping around the query.
    private static string Plain(string message)
    {
        string[] lines = message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return lines.Length == 0 ? "The query was refused." : lines[0];
    }
}
