using System.Text;

namespace McpBilling.Costs.Imports;

/// <summary>Rows of CSV (RFC 4180): commas, quotes doubled within quotes, line ends within quotes.</summary>
internal static class CsvRecords
{
    /// <summary>Rows of at most so many characters: a quote that is never closed must not swallow a file whole.</summary>
    private const int MostCharacters = 16_000_000;

    /// <summary>The rows with the line at which each begins, from 1. Empty lines are none.</summary>
    /// <exception cref="FormatException">A quote is not closed, or a row is too long.</exception>
    public static IEnumerable<(int Line, List<string> Fields)> Read(TextReader text)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        bool isQuoted = false;
        int line = 1;
        int begun = 1;
        int size = 0;
        while (text.Read() is var read && read >= 0)
        {
            char c = (char)read;
            if (++size > MostCharacters)
            {
                throw new FormatException($"the row that begins at line {begun} has more than {MostCharacters} characters; is a quote missing?");
            }
            line += c == '\n' ? 1 : 0;
            if (isQuoted)
            {
                if (c != '"')
                {
                    field.Append(c);
                }
                else if (text.Peek() == '"')
                {
                    field.Append((char)text.Read());
                }
                else
                {
                    isQuoted = false;
                }
                continue;
            }
            switch (c)
            {
                case '"' when field.Length == 0:
                    isQuoted = true;
                    break;
                case ',':
                    fields.Add(Taken(field));
                    break;
                case '\r':
                    break;
                case '\n':
                    if (fields.Count > 0 || field.Length > 0)
                    {
                        fields.Add(Taken(field));
                        yield return (begun, fields);
                        fields = [];
                    }
                    (begun, size) = (line, 0);
                    break;
                default:
                    field.Append(c);
                    break;
            }
        }
        if (isQuoted)
        {
            throw new FormatException($"the row that begins at line {begun} has a quote that is not closed");
        }
        if (fields.Count > 0 || field.Length > 0)
        {
            fields.Add(Taken(field));
            yield return (begun, fields);
        }
    }

    private static string Taken(StringBuilder field)
    {
        string text = field.ToString();
        field.Clear();
        return text;
    }
}
