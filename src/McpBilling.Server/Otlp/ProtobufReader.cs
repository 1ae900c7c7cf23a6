using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using McpBilling.Operations;

namespace McpBilling.Server.Otlp;

/// <summary>
/// Protocol Buffers as they lie on the wire, field by field; what the caller does not ask for is skipped. Enough for the few messages of a trace, so that
/// no generated code and no package is needed for them.
/// </summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    private const int Varint = 0, Fixed64 = 1, Delimited = 2, Fixed32 = 5;
    private ReadOnlySpan<byte> rest = message;
    private int wireType = -1;

    /// <summary>The number of the field that <see cref="Next"/> found.</summary>
    public int Field { get; private set; }

    /// <summary>Goes to the next field; a value that was not read is skipped. False at the end of the message.</summary>
    /// <exception cref="BillingException"><c>invalid_request</c>: these bytes are no protocol buffer.</exception>
    public bool Next()
    {
        Skip();
        if (rest.IsEmpty)
        {
            return false;
        }
        ulong tag = ReadVarint();
        Field = tag >> 3 is > 0 and <= 536_870_911 and var field ? (int)field : throw Malformed();
        wireType = (int)(tag & 7) is Varint or Fixed64 or Delimited or Fixed32 ? (int)(tag & 7) : throw Malformed();
        return true;
    }

    /// <summary>A whole number, an enum or a truth value.</summary>
    public long Int() => Take(Varint) ? (long)ReadVarint() : throw Malformed();

    public ulong Fixed() => Take(Fixed64) ? BinaryPrimitives.ReadUInt64LittleEndian(Cut(8)) : throw Malformed();

    public double Double() => Take(Fixed64) ? BinaryPrimitives.ReadDoubleLittleEndian(Cut(8)) : throw Malformed();

    /// <summary>Bytes, or a message to be read by a reader of its own.</summary>
    public ReadOnlySpan<byte> Bytes() => Take(Delimited) ? ReadDelimited() : throw Malformed();

    public string Text() => Bytes() is var bytes && Utf8.IsValid(bytes)
        ? Encoding.UTF8.GetString(bytes)
        : throw new BillingException(ErrorCode.InvalidRequest, "A text in the protobuf body is not valid UTF-8.");

    private void Skip()
    {
        switch (wireType)
        {
            case Varint:
                ReadVarint();
                break;
            case Fixed64:
                Cut(8);
                break;
            case Delimited:
                ReadDelimited();
                break;
            case Fixed32:
                Cut(4);
                break;
            default:
                break;
        }
        wireType = -1;
    }

    private bool Take(int type)
    {
        bool fits = wireType == type;
        wireType = -1;
        return fits;
    }

    private ReadOnlySpan<byte> ReadDelimited() => ReadVarint() is <= int.MaxValue and var length ? Cut((int)length) : throw Malformed();

    private ReadOnlySpan<byte> Cut(int length)
    {
        if (length > rest.Length)
        {
            throw Malformed();
        }
        var cut = rest[..length];
        rest = rest[length..];
        return cut;
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (int i = 0; i < rest.Length && i < 10; i++)
        {
            value |= (ulong)(rest[i] & 0x7f) << (7 * i);
            if (rest[i] < 0x80)
            {
                rest = rest[(i + 1)..];
                return value;
            }
        }
        throw Malformed();
    }

    private static BillingException Malformed() => new(ErrorCode.InvalidRequest, "The body cannot be read as a protobuf ExportTraceServiceRequest.");
}
