using System.Buffers.Text;

namespace McpBilling.Bench.Load;

/// <summary>The little that a load needs of an HTTP/1.1 answer.</summary>
internal static class Answers
{
    /// <summary>Whether the answer is whole: by its content length, or its last chunk.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> received, out int status, out ReadOnlySpan<byte> body)
    {
        status = 0;
        body = default;
        int end = received.IndexOf("\r\n\r\n"u8);
        if (end < 0 || !Utf8Parser.TryParse(received[9..12], out status, out _))
        {
            return false;
        }
        body = received[(end + 4)..];
        var head = received[..(end + 2)];
        int at = head.IndexOf("Content-Length: "u8);
        return at >= 0
            ? Utf8Parser.TryParse(head[(at + 16)..], out int length, out _) && body.Length >= length
            : body.EndsWith("0\r\n\r\n"u8);
    }

    /// <summary>The text after the marker, up to the next quote; empty when there is none.</summary>
    public static ReadOnlySpan<byte> After(ReadOnlySpan<byte> body, ReadOnlySpan<byte> marker)
    {
        int at = body.IndexOf(marker);
        if (at < 0)
        {
            return default;
        }
        var rest = body[(at + marker.Length)..];
        int quote = rest.IndexOf((byte)'"');
        return quote < 0 ? default : rest[..quote];
    }
}
