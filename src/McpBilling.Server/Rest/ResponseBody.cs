using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using McpBilling.Operations;

namespace McpBilling.Server.Rest;

/// <summary>Writes outputs as JSON with their length known, through a writer and a buffer that each thread keeps.</summary>
internal static class ResponseBody
{
    /// <summary>A buffer that one large answer has grown beyond this is given up.</summary>
    private const int KeptBytes = 256 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? writer;

    public static ValueTask<System.IO.Pipelines.FlushResult> Write(HttpContext context, object output, JsonTypeInfo type)
    {
        var response = context.Response;
        response.ContentType = "application/json";
        if (output is IRawJson { Utf8Json: { IsEmpty: false } ready })
        {
            response.ContentLength = ready.Length;
            return response.BodyWriter.WriteAsync(ready, context.RequestAborted);
        }
        var into = buffer ??= new ArrayBufferWriter<byte>(4096);
        into.ResetWrittenCount();
        var json = writer;
        if (json is null)
        {
            json = writer = new Utf8JsonWriter(into, new JsonWriterOptions { Encoder = type.Options.Encoder, SkipValidation = true, MaxDepth = type.Options.MaxDepth });
        }
        else
        {
            json.Reset(into);
        }
        try
        {
            JsonSerializer.Serialize(json, output, type);
            json.Flush();
        }
        catch
        {
            (writer, buffer) = (null, null);
            throw;
        }
        // Copied to the connection before this thread can be given to another request.
        response.ContentLength = into.WrittenCount;
        response.BodyWriter.Write(into.WrittenSpan);
        if (into.Capacity > KeptBytes)
        {
            buffer = null;
        }
        return response.BodyWriter.FlushAsync(context.RequestAborted);
    }
}
