using System.Globalization;
using DuckDB.NET.Data;
using McpBilling.Storage.Detail;

namespace McpBilling.Archive;

/// <summary>
/// A database of its own in a temporary folder, into which rows of the ledger are brought. DuckDB could read SQLite's files itself only with an extension that it
/// would download; and what is not in here, no query can see.
/// </summary>
internal sealed class StagedDetail : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mcp-billing-query-");

    public StagedDetail()
    {
        Connection = new DuckDBConnection($"Data Source={System.IO.Path.Combine(_folder.FullName, "detail.duckdb")}");
        Connection.Open();
        // Nothing of this is ever fetched, whatever a query names.
        Run("SET autoinstall_known_extensions = false");
        Run("SET autoload_known_extensions = false");
        Run("SET allow_community_extensions = false");
        Run("SET TimeZone = 'UTC'", ifKnown: true);
    }

    public DuckDBConnection Connection { get; }

    /// <summary>Makes the table <c>live_…</c> of rows, typed by what their columns mean, with the month of each in <c>archive_month</c>.</summary>
    /// <returns>How many rows there are.</returns>
    public long Load(DetailKind kind, IEnumerable<DetailRow> rows)
    {
        var columns = DetailReader.Columns(kind);
        Run($"CREATE TABLE staged (archive_month VARCHAR, {string.Join(", ", columns.Select(c => c.Name + " VARCHAR"))})");
        long count = 0;
        using (var appender = Connection.CreateAppender("staged"))
        {
            foreach (var row in rows)
            {
                var to = appender.CreateRow().AppendValue(ArchiveFolder.MonthOf(row.At));
                foreach (string? value in row.Values)
                {
                    to.AppendValue(value);
                }
                to.EndRow();
                count++;
            }
        }
        Run($"CREATE TABLE {NameOf(kind)} AS SELECT archive_month, {string.Join(", ", columns.Select(c => $"{Typed(c)} AS {c.Name}"))} FROM staged");
        Run("DROP TABLE staged");
        return count;
    }

    public static string NameOf(DetailKind kind) => $"live_{ViewOf(kind)}";

    /// <summary>What the rows are called in queries.</summary>
    public static string ViewOf(DetailKind kind) => kind.ToString().ToLowerInvariant();

    public static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    public void Run(string sql, bool ifKnown = false)
    {
        try
        {
            using var command = Command(sql);
            command.ExecuteNonQuery();
        }
        catch (DuckDBException) when (ifKnown)
        {
            // A build without time zones has UTC anyway.
        }
    }

    public long Number(string sql)
    {
        using var command = Command(sql);
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

#pragma warning disable CA2100 // Names of our own columns, quoted paths, and in one place a person's query, which is what this is for.
    public DuckDBCommand Command(string sql)
    {
        var command = Connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }
#pragma warning restore CA2100

    public void Dispose()
    {
        Connection.Dispose();
        try
        {
            _folder.Delete(recursive: true);
        }
        catch (IOException)
        {
            // The system clears its temporary folder.
        }
    }

    private static string Typed(DetailColumn column) => column.Type switch
    {
        DetailType.Number => $"CAST({column.Name} AS BIGINT)",
        DetailType.Exact => $"CAST({column.Name} AS DECIMAL(38, 12))",
        DetailType.Dollars => $"CAST({column.Name} AS DECIMAL(38, 18))",
        DetailType.Time => $"make_timestamp(CAST({column.Name} AS BIGINT))",
        _ => column.Name,
    };
}
