using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace McpBilling.Server.Reports;

/// <summary>HTML in the making. Only what stands in the source is taken as it is; every value that is put in is escaped.</summary>
internal sealed class Html
{
    private readonly StringBuilder text = new();

    /// <summary>Adds an interpolated text: <c>Add($"&lt;td&gt;{customerId}&lt;/td&gt;")</c>.</summary>
    public Html Add([InterpolatedStringHandlerArgument("")] ref Piece piece)
    {
        _ = piece;
        return this;
    }

    public override string ToString() => text.ToString();

    /// <summary>Takes the parts of an interpolated text in.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct Piece
    {
        private readonly StringBuilder text;

        public Piece(int literalLength, int formattedCount, Html html)
        {
            text = html.text;
            text.EnsureCapacity(text.Length + literalLength + formattedCount * 8);
        }

        public void AppendLiteral(string literal) => text.Append(literal);

        // Ids are other people's text: nothing in it may end a tag, open one, or turn the direction of what follows.
        public void AppendFormatted(string? value) => text.Append(WebUtility.HtmlEncode(string.Concat((value ?? "").Select(c => IsPlain(c) ? c : '�'))));

        public void AppendFormatted(Html value) => text.Append(value.text);

        public void AppendFormatted(long value) => text.Append(value.ToString(CultureInfo.InvariantCulture));

        /// <summary>A place on the canvas: a tenth of a pixel is seen by nobody.</summary>
        public void AppendFormatted(double value) => text.Append(Math.Round(value, 1).ToString("0.#", CultureInfo.InvariantCulture));

        private static bool IsPlain(char c) => CharUnicodeInfo.GetUnicodeCategory(c) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
    }
}
