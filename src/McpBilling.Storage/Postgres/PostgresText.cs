using System.Text;

namespace McpBilling.Storage.Postgres;

/// <summary>
/// Text as PostgreSQL can keep it: it has no NUL. A NUL becomes a mark and a zero, the mark itself two marks, so that every text comes back as it was and different
/// texts stay different.
/// </summary>
internal static class PostgresText
{
    // Of the private use area: nobody else gives it a meaning.
    private const char Mark = '\uE000';

    public static string Encode(string text) => text.AsSpan().IndexOfAny('\0', Mark) < 0
        ? text
        : text.Replace(MarkText, MarkText + MarkText, StringComparison.Ordinal).Replace("\0", MarkText + "0", StringComparison.Ordinal);

    public static string Decode(string text)
    {
        int at = text.IndexOf(Mark, StringComparison.Ordinal);
        if (at < 0)
        {
            return text;
        }
        var decoded = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            decoded.Append(text[i] != Mark ? text[i] : text[++i] == Mark ? Mark : '\0');
        }
        return decoded.ToString();
    }

    private const string MarkText = "\uE000";
}
