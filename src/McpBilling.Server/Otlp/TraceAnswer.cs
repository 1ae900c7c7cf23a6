using System.Buffers;
using System.Text;
using System.Text.Json;
using McpBilling.Operations;
using McpBilling.Server.Hosting;

namespace McpBilling.Server.Otlp;

/// <summary>Answers in the encoding of the request, as OTLP asks.</summary>
internal static class TraceAnswer
{
    /// <summary>An <c>ExportTraceServiceResponse</c>: empty when all is well, else what was refused and why.</summary>
    public static Task Write(HttpContext context, TraceEncoding encoding, int refused, string? message)
    {
        if (encoding == TraceEncoding.Json)
        {
            var buffer = new ArrayBufferWriter<byte>(128);
            using (var json = new Utf8JsonWriter(buffer))
            {
                json.WriteStartObject();
                if (refused > 0)
                {
                    json.WriteStartObject("partialSuccess");
                    // A 64-bit number is a text in the JSON of protobuf.
                    json.WriteString("rejectedSpans", refused.ToString(System.Globalization.CultureInfo.InvariantCulture));
                    json.WriteString("errorMessage", message);
                    json.WriteEndObject();
                }
                json.WriteEndObject();
            }
            return Send(context, TraceBody.Json, buffer.WrittenMemory);
        }
        var answer = new List<byte>();
        if (refused > 0)
        {
            var partial = new List<byte>();
            WriteNumber(partial, 1, (ulong)refused);
            WriteBytes(partial, 2, Encoding.UTF8.GetBytes(message ?? ""));
            WriteBytes(answer, 1, [.. partial]);
        }
        return Send(context, TraceBody.Protobuf, answer.ToArray());
    }

    /// <summary>A failure of the whole request as a <c>google.rpc.Status</c> in protobuf.</summary>
    public static Task Refuse(HttpContext context, BillingException failure)
    {
        var response = context.Response;
        response.StatusCode = failure.Code.Status;
        if (failure.Code.Retryable && !response.Headers.ContainsKey("Retry-After"))
        {
            response.Headers.RetryAfter = "1";
        }
        if (failure.Code.Status == StatusCodes.Status401Unauthorized && response.Headers.WWWAuthenticate.Count == 0)
        {
            response.Headers.WWWAuthenticate = BearerChallenge.ForUnauthenticated(metadata: null, sent: context.Request.Headers.Authorization.Count > 0, failure.Detail);
        }
        var status = new List<byte>();
        WriteNumber(status, 1, failure.Code.Status switch { 401 => 16, 403 => 7, 429 => 8, >= 500 => 14, _ => 3 });
        WriteBytes(status, 2, Encoding.UTF8.GetBytes($"{failure.Code.Name}: {failure.Detail} {failure.Code.Hint}"));
        return Send(context, TraceBody.Protobuf, status.ToArray());
    }

    private static Task Send(HttpContext context, string type, ReadOnlyMemory<byte> body)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    private static void WriteNumber(List<byte> into, int field, ulong number)
    {
        WriteVarint(into, (ulong)field << 3);
        WriteVarint(into, number);
    }

    private static void WriteBytes(List<byte> into, int field, byte[] bytes)
    {
        WriteVarint(into, ((ulong)field << 3) | 2);
        WriteVarint(into, (ulong)bytes.Length);
        into.AddRange(bytes);
    }

    private static void WriteVarint(List<byte> into, ulong number)
    {
        for (; number >= 0x80; number >>= 7)
        {
            into.Add((byte)(number | 0x80));
        }
        into.Add((byte)number);
    }
}
