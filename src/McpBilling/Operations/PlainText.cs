using System.Buffers;

namespace McpBilling.Operations;

/// <summary>
/// The quick check of texts on the hot path: printable ASCII within a length is right by every rule of the guard. What is not plain is not refused here; it
/// goes the slow way, where the guard decides and names the problem.
/// </summary>
public static class PlainText
{
    private static readonly SearchValues<char> Printable = SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c)]);

    /// <summary>Absent, or printable ASCII of 1 to <paramref name="max"/> characters.</summary>
    public static bool Fits(string? text, int max) => text is null || (text.Length >= 1 && text.Length <= max && !text.AsSpan().ContainsAnyExcept(Printable));

    /// <summary>As <see cref="Fits"/>, and without spaces: an id.</summary>
    public static bool FitsId(string? text, int max) => Fits(text, max) && text?.Contains(' ') != true;
}
