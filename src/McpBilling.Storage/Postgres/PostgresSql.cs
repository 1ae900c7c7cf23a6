using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;
using Npgsql;

namespace McpBilling.Storage.Postgres;

/// <summary>A statement of the shared dialect in PostgreSQL's words.</summary>
internal sealed partial class PostgresSql
{
    private static readonly ConcurrentDictionary<string, PostgresSql> Known = new(StringComparer.Ordinal);

    private PostgresSql(string sql)
    {
        string own = PostgresConnection.Dialect(sql);
        OfOne = Numbered(own, "$", out int count);
        Values = count;
        OfSome = Question().IsMatch(own) && count > 0 ? $"SELECT asked.number, answer.* FROM unnest({Numbers(count, "$")}) WITH ORDINALITY AS asked({Numbers(count, "v")}, number), LATERAL ({Numbered(own, "asked.v", out _)} OFFSET 0) answer" : null;
        Table = Target().Match(sql) is { Success: true } target ? target.Groups["table"].Value : "";
        if (Insert().Match(sql) is { Success: true } insert)
        {
            string[] columns = [.. insert.Groups["columns"].Value.Split(',').Select(c => c.Trim())];
            string tail = insert.Groups["tail"].Value;
            OfRows = $"INSERT INTO {Table} ({string.Join(", ", columns)}) SELECT * FROM unnest({Numbers(count, "$")}) {tail}";
            Key = Conflict().Match(tail) is { Success: true } conflict ? [.. conflict.Groups["key"].Value.Split(',').Select(k => Array.IndexOf(columns, k.Trim()))] : [];
        }
    }

    /// <summary>For one row, with <c>$1</c> where the first value goes.</summary>
    public string OfOne { get; }

    /// <summary>The same for many rows, each value an array; null when it is no insert of plain values.</summary>
    public string? OfRows { get; }

    /// <summary>
    /// The same question for many values, each an array: the number of the values, counted from 1, and after it the columns. Each is looked up by itself, as <c>OFFSET</c> keeps the planner from
    /// reading a table whole that it takes for small. Null when it is no plain question.
    /// </summary>
    public string? OfSome { get; }

    /// <summary>Which values tell a row from others, where another row may be in its place already.</summary>
    public int[] Key { get; } = [];

    /// <summary>The table that it writes to; empty when it only reads.</summary>
    public string Table { get; }

    /// <summary>How many values it takes.</summary>
    public int Values { get; }

    /// <summary>For one row, as a command among others.</summary>
    public NpgsqlBatchCommand Command(PostgresValue[] values)
    {
        var command = new NpgsqlBatchCommand(OfOne);
        foreach (var value in values)
        {
            command.Parameters.Add(value.Parameter());
        }
        return command;
    }

    public static PostgresSql Of(string sql) => Known.GetOrAdd(sql, static s => new PostgresSql(s));

    private static string Numbers(int count, string prefix) => string.Join(", ", Enumerable.Range(1, count).Select(i => $"{prefix}{i}"));

    // "?" and "?2" as "$1" and "$2", or with another prefix, outside of quoted text.
    private static string Numbered(string sql, string prefix, out int count)
    {
        var text = new StringBuilder(sql.Length + 32);
        bool quoted = false;
        count = 0;
        for (int i = 0; i < sql.Length; i++)
        {
            quoted ^= sql[i] == '\'';
            if (sql[i] != '?' || quoted)
            {
                text.Append(sql[i]);
            }
            else if (i + 1 < sql.Length && char.IsAsciiDigit(sql[i + 1]))
            {
                count = Math.Max(count, sql[i + 1] - '0');
                text.Append(prefix);
            }
            else
            {
                text.Append(prefix).Append(++count);
            }
        }
        return text.ToString();
    }

    // What is limited by a value cannot be asked by rows.
    [GeneratedRegex(@"^\s*SELECT\b(?!.*\bLIMIT\b)", RegexOptions.Singleline)]
    private static partial Regex Question();

    [GeneratedRegex(@"^\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+(?<table>\w+)")]
    private static partial Regex Target();

    [GeneratedRegex(@"^\s*INSERT\s+INTO\s+\w+\s*\((?<columns>[^)]*)\)\s*VALUES\s*\(\?(?:,\s*\?)*\)\s*(?<tail>(?:ON CONFLICT.*)?)$", RegexOptions.Singleline)]
    private static partial Regex Insert();

    [GeneratedRegex(@"^ON CONFLICT \((?<key>[^)]*)\)")]
    private static partial Regex Conflict();
}
