using McpBilling.Costs.Traces;

namespace McpBilling.Server.Otlp;

/// <summary>Reads an <c>ExportTraceServiceRequest</c> in protobuf. The numbers are those of opentelemetry-proto, which never change.</summary>
internal static class TraceProtobuf
{
    /// <exception cref="Operations.BillingException"><c>invalid_request</c>: not such a message; <c>too_large</c>: too many spans.</exception>
    public static void Read(ReadOnlySpan<byte> body, SpanCollector into)
    {
        var request = new ProtobufReader(body);
        while (request.Next())
        {
            if (request.Field == 1)
            {
                ReadResourceSpans(request.Bytes(), into);
            }
        }
    }

    private static void ReadResourceSpans(ReadOnlySpan<byte> bytes, SpanCollector into)
    {
        // The resource may stand after the spans that it is of.
        var resource = new List<KeyValuePair<string, SpanValue>>();
        for (var message = new ProtobufReader(bytes); message.Next();)
        {
            if (message.Field == 1)
            {
                for (var part = new ProtobufReader(message.Bytes()); part.Next();)
                {
                    if (part.Field == 1)
                    {
                        ReadAttribute(part.Bytes(), resource);
                    }
                }
            }
        }
        into.Resource(resource);
        for (var message = new ProtobufReader(bytes); message.Next();)
        {
            if (message.Field == 2)
            {
                for (var scope = new ProtobufReader(message.Bytes()); scope.Next();)
                {
                    if (scope.Field == 2)
                    {
                        ReadSpan(scope.Bytes(), into);
                    }
                }
            }
        }
    }

    private static void ReadSpan(ReadOnlySpan<byte> bytes, SpanCollector into)
    {
        var span = new SpanParts();
        for (var message = new ProtobufReader(bytes); message.Next();)
        {
            switch (message.Field)
            {
                case 1:
                    span.TraceId = Convert.ToHexStringLower(message.Bytes());
                    break;
                case 2:
                    span.SpanId = Convert.ToHexStringLower(message.Bytes());
                    break;
                case 4:
                    span.ParentId = Convert.ToHexStringLower(message.Bytes());
                    break;
                case 7:
                    span.StartNanoseconds = message.Fixed();
                    break;
                case 8:
                    span.EndNanoseconds = message.Fixed();
                    break;
                case 9:
                    ReadAttribute(message.Bytes(), span.Attributes);
                    break;
                case 15:
                    for (var status = new ProtobufReader(message.Bytes()); status.Next();)
                    {
                        if (status.Field == 3)
                        {
                            span.Failed = status.Int() == SpanParts.StatusError;
                        }
                    }
                    break;
                default:
                    break;
            }
        }
        into.Add(span);
    }

    // Only what is asked for becomes a text: prompts are never taken out of the body.
    private static void ReadAttribute(ReadOnlySpan<byte> bytes, List<KeyValuePair<string, SpanValue>> into)
    {
        string? name = null;
        SpanValue? value = null;
        for (var message = new ProtobufReader(bytes); message.Next();)
        {
            if (message.Field == 1)
            {
                name = Name(message.Bytes());
            }
        }
        if (name is null)
        {
            return;
        }
        for (var message = new ProtobufReader(bytes); message.Next();)
        {
            if (message.Field == 2)
            {
                value = Value(message.Bytes());
            }
        }
        if (value is { } found)
        {
            into.Add(new(name, found));
        }
    }

    private static string? Name(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length is 0 or > TraceNames.MaxLength)
        {
            return null;
        }
        Span<char> name = stackalloc char[TraceNames.MaxLength];
        return System.Text.Ascii.ToUtf16(utf8, name, out int length) == System.Buffers.OperationStatus.Done && TraceNames.Reads(name[..length]) ? new string(name[..length]) : null;
    }

    private static SpanValue? Value(ReadOnlySpan<byte> bytes)
    {
        SpanValue? value = null;
        for (var message = new ProtobufReader(bytes); message.Next();)
        {
            value = message.Field switch
            {
                1 => SpanValue.Of(message.Text()),
                2 => SpanValue.Of(message.Int() != 0 ? "true" : "false"),
                3 => SpanValue.Of(message.Int()),
                4 => SpanValue.Of(message.Double()),
                _ => value,
            };
        }
        return value;
    }
}
