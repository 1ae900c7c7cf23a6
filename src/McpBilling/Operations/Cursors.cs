using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace McpBilling.Operations;

/// <summary>Opaque cursors of lists: where the next page begins, for each of the chains that the list follows.</summary>
public static class Cursors
{
    private const string Mark = "c1:";

    public static string? Write(IReadOnlyList<long>? positions) =>
        positions is { Count: > 0 } ? Base64Url.EncodeToString(Encoding.ASCII.GetBytes(Mark + string.Join(',', positions))) : null;

    public static string? Write(long? position) => position is { } key ? Write([key]) : null;

    /// <summary>The single position of a list with one chain.</summary>
    public static long? ReadOne(string? cursor) => Read(cursor) is { } positions ? positions.Count == 1 ? positions[0] : throw Foreign() : null;

    /// <exception cref="BillingException"><c>invalid_request</c> for text that is no cursor of ours.</exception>
    public static IReadOnlyList<long>? Read(string? cursor)
    {
        if (cursor is null)
        {
            return null;
        }
        if (!Base64Url.IsValid(cursor))
        {
            throw Foreign();
        }
        string text = Encoding.ASCII.GetString(Base64Url.DecodeFromChars(cursor));
        if (!text.StartsWith(Mark, StringComparison.Ordinal))
        {
            throw Foreign();
        }
        var positions = new List<long>();
        foreach (string part in text[Mark.Length..].Split(','))
        {
            positions.Add(long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out long position) ? position : throw Foreign());
        }
        return positions;
    }

    private static BillingException Foreign() =>
        new(ErrorCode.InvalidRequest, "cursor is not one that a list answered. Remove cursor to begin anew.", "cursor");
}
