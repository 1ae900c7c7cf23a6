using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace McpBilling.Operations;

/// <summary>Opaque cursors of lists: where the next page begins.</summary>
public static class Cursors
{
    private const string Mark = "c1:";

    public static string? Write(long? position) =>
        position is { } key ? Base64Url.EncodeToString(Encoding.ASCII.GetBytes(Mark + key.ToString(CultureInfo.InvariantCulture))) : null;

    /// <exception cref="BillingException"><c>invalid_request</c> for text that is no cursor of ours.</exception>
    public static long? Read(string? cursor)
    {
        if (cursor is null)
        {
            return null;
        }
        Span<byte> bytes = stackalloc byte[48];
        if (cursor.Length <= 64 && Base64Url.IsValid(cursor) && Base64Url.TryDecodeFromChars(cursor, bytes, out int length)
            && Encoding.ASCII.GetString(bytes[..length]) is var text && text.StartsWith(Mark, StringComparison.Ordinal)
            && long.TryParse(text.AsSpan(Mark.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long key))
        {
            return key;
        }
        throw new BillingException(ErrorCode.InvalidRequest, "cursor is not one that a list answered; leave it out to begin anew.", "cursor");
    }
}
