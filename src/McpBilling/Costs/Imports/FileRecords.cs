using System.Text.Json;
using System.Text.Json.Nodes;

namespace McpBilling.Costs.Imports;

/// <summary>
/// The records of a file: JSON Lines, one JSON list (bare, or as <c>data</c> of an object, as APIs answer), or CSV with a header. A line that is not JSON is a record
/// without a value, so that it can be named and the others read.
/// </summary>
internal static class FileRecords
{
    /// <summary>Each record with its place, and null where it is not JSON.</summary>
    /// <exception cref="FormatException">The file as a whole cannot be read.</exception>
    public static IEnumerable<(int Line, JsonElement? Value)> Read(TextReader text) => FirstCharacter(text) switch
    {
        < 0 => [],
        '[' => List(text.ReadToEnd()),
        '{' => Lines(text),
        _ => Rows(text),
    };

    private static int FirstCharacter(TextReader text)
    {
        while (text.Peek() is var c && c >= 0 && (char.IsWhiteSpace((char)c) || c == '\uFEFF'))
        {
            text.Read();
        }
        return text.Peek();
    }

    private static IEnumerable<(int, JsonElement?)> Lines(TextReader text)
    {
        string first = text.ReadLine()!;
        var value = Parsed(first);
        if (value is null && first.Trim() == "{")
        {
            // No line, but the beginning of one object over several.
            return List(first + "\n" + text.ReadToEnd());
        }
        return value is { } whole && whole.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Array && !whole.TryGetProperty("object", out _) && text.Peek() < 0
            ? Items(data)
            : Following(value, text);
    }

    private static IEnumerable<(int, JsonElement?)> Following(JsonElement? first, TextReader text)
    {
        yield return (1, first);
        for (int line = 2; text.ReadLine() is { } next; line++)
        {
            if (!string.IsNullOrWhiteSpace(next))
            {
                yield return (line, Parsed(next));
            }
        }
    }

    private static IEnumerable<(int, JsonElement?)> List(string text)
    {
        try
        {
            var whole = JsonElement.Parse(text);
            return whole.ValueKind == JsonValueKind.Array ? Items(whole)
                : whole.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Array ? Items(data)
                : [(1, whole)];
        }
        catch (JsonException e)
        {
            throw new FormatException($"the file is not JSON, at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}");
        }
    }

    private static IEnumerable<(int, JsonElement?)> Items(JsonElement list) => list.EnumerateArray().Select((item, i) => (i + 1, (JsonElement?)item));

    private static IEnumerable<(int, JsonElement?)> Rows(TextReader text)
    {
        List<string>? header = null;
        foreach (var (line, fields) in CsvRecords.Read(text))
        {
            if (header is null)
            {
                header = [.. fields.Select(name => name.Trim())];
                continue;
            }
            var row = new JsonObject();
            foreach (var (name, value) in header.Zip(fields))
            {
                if (name.Length > 0 && value.Length > 0)
                {
                    row[name] = value;
                }
            }
            yield return (line, JsonElement.Parse(row.ToJsonString()));
        }
    }

    private static JsonElement? Parsed(string line)
    {
        try
        {
            return JsonElement.Parse(line) is { ValueKind: JsonValueKind.Object } value ? value : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
