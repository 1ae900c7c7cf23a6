using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace McpBilling.Archive;

/// <summary>An answer as text. Money and other decimals are never floating point: in JSON they are strings, as everywhere in the API.</summary>
public static class AnswerText
{
    private const int WidestCell = 80;
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Columns side by side; long cells are cut.</summary>
    public static void Table(QueryAnswer answer, TextWriter to)
    {
        string[][] cells = [.. answer.Rows.Select(r => r.Select(v => Cut(Visible(Cell(v)))).ToArray())];
        string[] names = [.. answer.Columns.Select(c => Cut(Visible(c)))];
        int[] widths = [.. names.Select((n, i) => Math.Max(n.Length, cells.Select(r => r[i].Length).DefaultIfEmpty().Max()))];
        to.WriteLine(Line(names, widths));
        to.WriteLine(string.Join("  ", widths.Select(w => new string('-', w))));
        foreach (string[] row in cells)
        {
            to.WriteLine(Line(row, widths));
        }
    }

    /// <summary>As RFC 4180 says, with a line of names. NULL is an empty field, an empty text is <c>""</c>.</summary>
    public static void Csv(QueryAnswer answer, TextWriter to)
    {
        to.Write(string.Join(',', answer.Columns.Select(Field)) + "\r\n");
        foreach (object?[] row in answer.Rows)
        {
            to.Write(string.Join(',', row.Select(v => v is null ? "" : Field(Cell(v)))) + "\r\n");
        }
    }

    /// <summary>A list of objects. Of columns with the same name the last stays.</summary>
    public static void Json(QueryAnswer answer, TextWriter to)
    {
        var rows = new JsonArray();
        foreach (object?[] row in answer.Rows)
        {
            var of = new JsonObject();
            for (int i = 0; i < row.Length; i++)
            {
                of[answer.Columns[i]] = Node(row[i]);
            }
            rows.Add((JsonNode)of);
        }
        to.WriteLine(rows.ToJsonString(Readable));
    }

    private static string Line(string[] cells, int[] widths) => string.Join("  ", cells.Select((c, i) => c.PadRight(widths[i]))).TrimEnd();

    private static string Cut(string text) => text.Length <= WidestCell ? text : text[..(WidestCell - 1)] + "…";

    // What customers wrote must not move the cursor of a terminal, or turn its text around.
    private static string Visible(string text)
    {
        var seen = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            seen.Append(char.IsControl(c) || char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator ? '?' : c);
        }
        return seen.ToString();
    }

    private static string Field(string text) =>
        text.Length > 0 && text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string Cell(object? value) => value is null ? "" : Node(value) is JsonValue single && single.TryGetValue(out string? text) ? text : Node(value)!.ToJsonString(Readable);

    private static JsonNode? Node(object? value) => value switch
    {
        null => null,
        bool yes => JsonValue.Create(yes),
        sbyte or byte or short or ushort or int or uint or long => JsonValue.Create(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
        ulong or decimal or float or double => JsonValue.Create(Convert.ToString(value, CultureInfo.InvariantCulture)),
        BigInteger big => JsonValue.Create(big.ToString(CultureInfo.InvariantCulture)),
        DateTime time => JsonValue.Create(time.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture)),
        DateOnly day => JsonValue.Create(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
        string text => JsonValue.Create(text),
        Stream bytes => JsonValue.Create(Hex(bytes)),
        IDictionary map => Of(map),
        IEnumerable list => new JsonArray([.. list.Cast<object?>().Select(Node)]),
        IFormattable other => JsonValue.Create(other.ToString(null, CultureInfo.InvariantCulture)),
        _ => JsonValue.Create(value.ToString()),
    };

    private static JsonObject Of(IDictionary map)
    {
        var node = new JsonObject();
        foreach (DictionaryEntry of in map)
        {
            node[Convert.ToString(of.Key, CultureInfo.InvariantCulture)!] = Node(of.Value);
        }
        return node;
    }

    private static string Hex(Stream bytes)
    {
        using var all = new MemoryStream();
        bytes.CopyTo(all);
        return Convert.ToHexStringLower(all.ToArray());
    }
}
