using System.Buffers.Binary;
using System.IO.Compression;
using McpBilling.Operations;
using McpBilling.Server.Rest;
using Microsoft.Net.Http.Headers;

namespace McpBilling.Server.Otlp;

/// <summary>The encodings that OTLP/HTTP has.</summary>
internal enum TraceEncoding
{
    Protobuf,
    Json,
}

/// <summary>The body of an export, unpacked.</summary>
internal static class TraceBody
{
    /// <summary>What a body may unpack to: exports are repetitive, and prompts in them are skipped, not kept.</summary>
    public const int MaxUnpacked = 8 * 1024 * 1024;

    // Its header, an empty block, checksum and length.
    private const int MinGzip = 20;

    public const string Protobuf = "application/x-protobuf";
    public const string Json = "application/json";

    /// <summary>Null: neither.</summary>
    public static TraceEncoding? EncodingOf(HttpRequest request) => !MediaTypeHeaderValue.TryParse(request.ContentType, out var type) ? null
        : type.MediaType.Equals(Protobuf, StringComparison.OrdinalIgnoreCase) ? TraceEncoding.Protobuf
        : type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase) ? TraceEncoding.Json
        : null;

    /// <exception cref="BillingException"><c>too_large</c>, <c>unsupported_media_type</c>, <c>invalid_request</c>: no gzip where the header says so.</exception>
    public static async ValueTask<ReadOnlyMemory<byte>> Read(HttpContext context)
    {
        var request = context.Request;
        bool isPacked = IsPacked(request);
        RequestBody.RequireShort(context, " Send it with gzip, or fewer spans at once.");
        using var sent = new MemoryStream((int)(request.ContentLength ?? 4096));
        await CopyUpTo(RequestBody.MaxBytes, request.Body, sent, context.RequestAborted);
        if (!isPacked)
        {
            return sent.GetBuffer().AsMemory(0, (int)sent.Length);
        }
        sent.Position = 0;
        using var unpacked = new MemoryStream();
        try
        {
            await using var gzip = new GZipStream(sent, CompressionMode.Decompress, leaveOpen: true);
            await CopyUpTo(MaxUnpacked, gzip, unpacked, context.RequestAborted);
        }
        catch (InvalidDataException)
        {
            throw new BillingException(ErrorCode.InvalidRequest, "The header Content-Encoding says gzip, but the body is not.");
        }
        // The stream gives what there is of a body that was cut off; the length at its end tells.
        if (sent.Length < MinGzip || BinaryPrimitives.ReadUInt32LittleEndian(sent.GetBuffer().AsSpan((int)sent.Length - 4, 4)) != (uint)unpacked.Length)
        {
            throw new BillingException(ErrorCode.InvalidRequest, "The gzip body is cut off.");
        }
        return unpacked.GetBuffer().AsMemory(0, (int)unpacked.Length);
    }

    private static bool IsPacked(HttpRequest request) => request.Headers.ContentEncoding.ToString() switch
    {
        "" or "identity" => false,
        "gzip" => true,
        _ => throw new BillingException(ErrorCode.UnsupportedMediaType, "The body may be packed with gzip only."),
    };

    private static async Task CopyUpTo(int max, Stream from, MemoryStream into, CancellationToken cancellation)
    {
        byte[] part = new byte[16 * 1024];
        int read;
        while ((read = await from.ReadAsync(part, cancellation)) > 0)
        {
            if (into.Length + read > max)
            {
                throw new BillingException(ErrorCode.TooLarge, $"The body has more than {max} bytes. Let the exporter send fewer spans at once (OTEL_BSP_MAX_EXPORT_BATCH_SIZE).");
            }
            into.Write(part, 0, read);
        }
    }
}
