using System.Data.Common;
using System.Globalization;
using System.IO.Hashing;
using System.Text;
using McpBilling.Storage.Verifying;

namespace McpBilling.Storage;

/// <summary>
/// Carries everything from one database to another, of whatever engine: rows, keys, secrets, so that ids and API keys go on working. Nobody writes to the source
/// meanwhile. A move that was broken off is gone on with by asking for it again. When it is done the source says where its data went and takes no more.
/// </summary>
public static class Move
{
    private const string MovedFrom = "moving_from", Moved = "moved_table:", LastWriter = "last_writer";
    private const int RowsBetweenCommits = 20_000;

    /// <param name="log">Takes a line for each table.</param>
    /// <returns>How many rows there are.</returns>
    /// <exception cref="DataFileException">The target is in use, the source has moved, or the two do not agree in the end.</exception>
    public static async Task<long> Run(Database source, Database target, TimeProvider time, Action<string> log, CancellationToken cancellation)
    {
        Migrator.RequireExisting(source, time);
        Migrator.Prepare(target, time);
        await MustVerify(source, cancellation);
        long rows = await Task.Run(() => Copy(source, target, log, cancellation), cancellation);
        using (var to = target.OpenWriter())
        {
            to.InWriteTransaction(() => to.Execute("DELETE FROM meta WHERE name = @from OR name LIKE @tables", ("@from", MovedFrom), ("@tables", Moved + "%")));
        }
        return rows;
    }

    private static long Copy(Database source, Database target, Action<string> log, CancellationToken cancellation)
    {
        using var from = source.OpenWriter();
        using var to = target.OpenWriter();
        // The lock of the source is held until its data has gone: whoever wants to write is told to try again.
        return WriteAdmission.Write(from, () =>
        {
            source.HoldLong(from);
            string[] tables = [.. source.Tables(from).Where(t => t is not ("meta" or "schema_version" or "change_log")).Order(StringComparer.Ordinal)];
            string state = State(from, tables);
            Begin(to, target, tables, state);
            long rows = 0;
            foreach (string table in tables)
            {
                cancellation.ThrowIfCancellationRequested();
                var columns = source.Columns(from, table);
                var there = to.Scalar<string>("SELECT value FROM meta WHERE name = @name", ("@name", Moved + table));
                var sum = there is null ? Fill(from, to, table, columns, cancellation) : Sum(from, table, columns);
                var found = Sum(to, table, columns);
                if (sum != found)
                {
                    throw new DataFileException($"{table} has {sum.Rows} rows in {source.Name} and {found.Rows} in {target.Name}, or they differ; nothing was changed in {source.Name}. Empty {target.Name} and move again.");
                }
                rows += sum.Rows;
                log($"{table}: {sum.Rows.ToString(CultureInfo.InvariantCulture)} rows");
            }
            CarryMeta(from, to);
            MustVerify(target, cancellation).GetAwaiter().GetResult();
            WriteAdmission.SetDestination(from, target.Name);
            return rows;
        });
    }

    // What was carried by an earlier try counts only while the source is as it was then.
    private static void Begin(DbConnection to, Database target, string[] tables, string state) => to.InWriteTransaction(() =>
    {
        string? before = to.Scalar<string>("SELECT value FROM meta WHERE name = @name", ("@name", MovedFrom));
        if (before == state)
        {
            return true;
        }
        if (before is null && (to.Scalar<long>("SELECT COUNT(*) FROM customer") > 0 || to.Scalar<long>("SELECT COUNT(*) FROM api_key") > 0))
        {
            throw new DataFileException($"{target.Name} has data already; name an empty database.");
        }
        foreach (string table in tables)
        {
            to.Execute($"DELETE FROM {table}");
        }
        to.Execute("DELETE FROM meta WHERE name LIKE @tables", ("@tables", Moved + "%"));
        to.Execute("INSERT INTO meta (name, value) VALUES (@name, @state) ON CONFLICT (name) DO UPDATE SET value = excluded.value", ("@name", MovedFrom), ("@state", state));
        return true;
    });

    private static TableSum Fill(DbConnection from, DbConnection to, string table, IReadOnlyList<TableColumn> columns, CancellationToken cancellation)
    {
        var sum = new TableSum(0, 0);
        using var rows = from.Statement(Select(table, columns));
        using var insert = to.Statement($"INSERT INTO {table} ({Names(columns)}) VALUES ({string.Join(", ", columns.Select(_ => "?"))})");
        to.InWriteTransaction(() => to.Execute($"DELETE FROM {table}"));
        bool more = rows.Next();
        while (more)
        {
            cancellation.ThrowIfCancellationRequested();
            to.InWriteTransaction(() =>
            {
                for (int i = 0; i < RowsBetweenCommits && more; i++)
                {
                    sum = sum.With(rows, columns);
                    Bind(insert, rows, columns);
                    insert.Run();
                    more = rows.Next();
                }
                return true;
            });
        }
        to.InWriteTransaction(() => to.Execute("INSERT INTO meta (name, value) VALUES (@name, 'whole')", ("@name", Moved + table)));
        return sum;
    }

    private static void Bind(Statement insert, Statement row, IReadOnlyList<TableColumn> columns)
    {
        for (int i = 0; i < columns.Count; i++)
        {
            if (columns[i].IsText)
            {
                insert.Bind(i + 1, row.TextOrNull(i));
            }
            else
            {
                insert.Bind(i + 1, row.LongOrNull(i));
            }
        }
    }

    private static TableSum Sum(DbConnection connection, string table, IReadOnlyList<TableColumn> columns)
    {
        var sum = new TableSum(0, 0);
        using var rows = connection.Statement(Select(table, columns));
        while (rows.Next())
        {
            sum = sum.With(rows, columns);
        }
        return sum;
    }

    private static string State(DbConnection connection, string[] tables)
    {
        var text = new StringBuilder(DatabaseSecrets.Read(connection).Fingerprint);
        foreach (string table in tables)
        {
            text.Append(CultureInfo.InvariantCulture, $" {connection.Scalar<long>($"SELECT COUNT(*) FROM {table}")}");
        }
        return text.ToString();
    }

    // The secrets come with the data; what a database says of itself stays behind.
    private static void CarryMeta(DbConnection from, DbConnection to)
    {
        var facts = new List<(string Name, string Value)>();
        using (var rows = from.Statement("SELECT name, value FROM meta"))
        {
            while (rows.Next())
            {
                facts.Add((rows.Text(0), rows.Text(1)));
            }
        }
        to.InWriteTransaction(() =>
        {
            foreach (var (name, value) in facts.Where(f => f.Name != LastWriter && !WriteAdmission.IsOwn(f.Name)))
            {
                to.Execute("INSERT INTO meta (name, value) VALUES (@name, @value) ON CONFLICT (name) DO UPDATE SET value = excluded.value", ("@name", name), ("@value", value));
            }
            return true;
        });
    }

    private static async Task MustVerify(Database database, CancellationToken cancellation)
    {
        var found = await new Verifier(database).Verify(cancellation);
        if (found.Differences.Count > 0)
        {
            throw new DataFileException($"{database.Name} does not add up: {found.Differences[0]} (of {found.Differences.Count} differences; see mcp-billing verify).");
        }
    }

    private static string Select(string table, IReadOnlyList<TableColumn> columns) => $"SELECT {Names(columns)} FROM {table}";

    private static string Names(IReadOnlyList<TableColumn> columns) => string.Join(", ", columns.Select(c => c.Name));

    // The same in whatever order the rows come.
    private readonly record struct TableSum(long Rows, ulong Hash)
    {
        public TableSum With(Statement row, IReadOnlyList<TableColumn> columns)
        {
            var hash = new XxHash3();
            Span<byte> number = stackalloc byte[9];
            for (int i = 0; i < columns.Count; i++)
            {
                number[0] = row.IsNull(i) ? (byte)0 : (byte)1;
                if (columns[i].IsText)
                {
                    var text = row.Utf8(i);
                    BitConverter.TryWriteBytes(number[1..], (long)text.Length);
                    hash.Append(number);
                    hash.Append(text);
                }
                else
                {
                    BitConverter.TryWriteBytes(number[1..], row.Long(i));
                    hash.Append(number);
                }
            }
            return new(Rows + 1, unchecked(Hash + hash.GetCurrentHashAsUInt64()));
        }
    }
}

/// <summary>A column of a table: text, else a 64-bit integer.</summary>
internal readonly record struct TableColumn(string Name, bool IsText);
