namespace McpBilling.Server.Mcp;

/// <summary>Makes lines of bytes that come in pieces.</summary>
internal sealed class LineBuffer
{
    private readonly List<byte> _begun = [];

    /// <summary>Takes bytes to the end of a line. The line, with its end; null, and all of them taken, where it does not end in them.</summary>
    public byte[]? Take(ref ReadOnlyMemory<byte> bytes)
    {
        int length = bytes.Span.IndexOf((byte)'\n') + 1;
        if (length == 0)
        {
            _begun.AddRange(bytes.Span);
            bytes = default;
            return null;
        }
        byte[] line = [.. _begun, .. bytes.Span[..length]];
        _begun.Clear();
        bytes = bytes[length..];
        return line;
    }
}
