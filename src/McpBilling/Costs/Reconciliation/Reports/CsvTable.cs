using System.Text;

namespace McpBilling.Costs.Reconciliation.Reports;

/// <summary>
/// A table with a line of names, as providers' consoles export it (RFC 4180): fields may be quoted and hold separators and line ends. Separated by
/// commas, tabs or semicolons. Columns are found by their names, whatever their order; names are compared without case, spaces as underscores.
/// </summary>
internal sealed class CsvTable
{
    public const int MostRows = 1_000_000;
    private const int MostColumns = 500;

    private readonly Dictionary<string, int> columns;
    private readonly List<(int Line, string[] Fields)> rows;

    private CsvTable(Dictionary<string, int> columns, List<(int, string[])> rows) => (this.columns, this.rows) = (columns, rows);

    public IEnumerable<string> Names => columns.Keys;

    public bool Has(string name) => columns.ContainsKey(name);

    public IEnumerable<ReportRow> Rows(ReportSource source) => rows.Select(r => new Row(this, source, r.Line, r.Fields));

    /// <exception cref="Operations.BillingException">No table: an open quote, a row with other fields than the header has.</exception>
    public static CsvTable Read(ReportSource source, string text)
    {
        int end = text.IndexOfAny(['\r', '\n']);
        string head = end < 0 ? text : text[..end];
        char separator = head.Contains('\t', StringComparison.Ordinal) ? '\t' : head.Contains(',', StringComparison.Ordinal) || !head.Contains(';', StringComparison.Ordinal) ? ',' : ';';
        Dictionary<string, int>? columns = null;
        List<(int, string[])> rows = [];
        foreach (var (line, fields) in Records(source, text, separator))
        {
            if (columns is null)
            {
                columns = Header(source, fields);
            }
            else if (fields is [""])
            {
                continue;
            }
            else if (fields.Length > columns.Count && fields.Skip(columns.Count).Any(f => f.Length > 0))
            {
                throw source.Problem($"line {line}", $"has {fields.Length} fields, the header names {columns.Count}.");
            }
            else if (rows.Count == MostRows)
            {
                throw source.Problem($"line {line}", $"more than {MostRows} rows: split the export.");
            }
            else
            {
                rows.Add((line, fields));
            }
        }
        return new CsvTable(columns ?? throw source.Problem("", "is empty."), rows);
    }

    private static Dictionary<string, int> Header(ReportSource source, string[] fields)
    {
        if (fields.Length > MostColumns)
        {
            throw source.Problem("line 1", $"names {fields.Length} columns, at most {MostColumns} are read.");
        }
        Dictionary<string, int> columns = new(StringComparer.Ordinal);
        for (int i = 0; i < fields.Length; i++)
        {
            string name = Normal(fields[i]);
            // Columns without a name are somebody's notes. One after the other counts, so that the number of columns stays that of the line.
            if (!columns.TryAdd(name.Length == 0 ? $"#{i}" : name, i))
            {
                throw source.Problem("line 1", $"names the column {ReportSource.Shown(name)} twice.");
            }
        }
        return columns;
    }

    // "Usage Date (UTC)" and usage_date_utc are one name.
    private static string Normal(string name) =>
        string.Concat(name.Trim().ToLowerInvariant().Where(c => c is not ('(' or ')')).Select(c => c is ' ' or '-' or '.' ? '_' : c));

    private static IEnumerable<(int Line, string[] Fields)> Records(ReportSource source, string text, char separator)
    {
        List<string> fields = [];
        StringBuilder field = new();
        int line = 1, began = 1;
        bool quoted = false, any = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (quoted)
            {
                if (c != '"')
                {
                    field.Append(c);
                    line += c == '\n' ? 1 : 0;
                }
                else if (i + 1 < text.Length && text[i + 1] == '"')
                {
                    field.Append(c);
                    i++;
                }
                else
                {
                    quoted = false;
                }
            }
            else if (c == '"' && field.Length == 0)
            {
                quoted = any = true;
            }
            else if (c == separator)
            {
                fields.Add(field.ToString());
                field.Clear();
                any = true;
            }
            else if (c is '\n' or '\r')
            {
                if (c == '\r' && i + 1 < text.Length && text[i + 1] == '\n')
                {
                    i++;
                }
                fields.Add(field.ToString());
                field.Clear();
                yield return (began, [.. fields]);
                fields.Clear();
                any = false;
                began = ++line;
            }
            else
            {
                field.Append(c);
                any = true;
            }
        }
        if (quoted)
        {
            throw source.Problem($"line {began}", "a quoted field does not end.");
        }
        if (any)
        {
            fields.Add(field.ToString());
            yield return (began, [.. fields]);
        }
    }

    private sealed class Row(CsvTable table, ReportSource source, int line, string[] fields) : ReportRow(source, $"line {line}")
    {
        public override bool Has(string name) => table.Has(Column(name));

        protected override string? Raw(string name) =>
            table.columns.TryGetValue(Column(name), out int column) && column < fields.Length && fields[column].Trim() is { Length: > 0 } text ? text : null;

        private static string Column(string name) => name.Replace('.', '_');
    }
}
