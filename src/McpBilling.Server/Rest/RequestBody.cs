using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using McpBilling.Operations;
using Microsoft.AspNetCore.Http.Features;

namespace McpBilling.Server.Rest;

/// <summary>
/// A request's body in one pooled piece of memory. Room is left before it, so that fields which came by the address or a header are put in front of the
/// body's own without parsing or moving it.
/// </summary>
internal struct RequestBody : IDisposable
{
    public const int MaxBytes = 1024 * 1024;

    private const int MaxDropped = 16 * MaxBytes;

    /// <summary>Room for what an address or header may fill in; a longer value goes by the slow path.</summary>
    private const int Front = 512;
    private const int FirstSize = 4096;

    private byte[] buffer;
    private int end;
    private int brace;

    /// <summary>The body as it was sent. Whatever was put in front of it is gone.</summary>
    public readonly ReadOnlyMemory<byte> Sent => buffer.AsMemory(Front, end - Front);

    /// <summary>Where a body says that it is longer than the server drops, the answer will be the connection's last, and says so whoever gives it. Before the request is handled.</summary>
    public static void Announce(HttpContext context)
    {
        if (context.Request.ContentLength > MaxDropped)
        {
            context.Response.Headers.Connection = "close";
        }
    }

    /// <summary>Reading the body failed, and nobody knows where the next request would begin: the answer will be the connection's last, and says so.</summary>
    public static void BrokeOff(HttpContext context)
    {
        if (!context.Response.HasStarted && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: true })
        {
            context.Response.Headers.Connection = "close";
        }
    }

    /// <summary>
    /// Lets the server read and drop a body that was too long for anybody to read, so that a client that sends all before it listens hears the answer, and can use the connection
    /// again. After the request was handled: nobody may read so much.
    /// </summary>
    public static void DropRest(HttpContext context)
    {
        if (context.Request.ContentLength is > MaxBytes and <= MaxDropped && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = MaxDropped;
        }
    }

    /// <summary>Refuses a body that says it is too long.</summary>
    /// <param name="then">What to do instead.</param>
    /// <exception cref="BillingException"><c>too_large</c>.</exception>
    public static void RequireShort(HttpContext context, string then = "")
    {
        if (context.Request.ContentLength is not (> MaxBytes and var length))
        {
            return;
        }
        throw new BillingException(ErrorCode.TooLarge, $"The body has {length} bytes; at most {MaxBytes} are read.{then}");
    }

    /// <exception cref="BillingException"><c>unsupported_media_type</c>, <c>too_large</c>.</exception>
    public static async ValueTask<RequestBody> Read(HttpContext context, bool takesCloudEvents = false)
    {
        var request = context.Request;
        RequireShort(context);
        int size = Front + (request.ContentLength is { } length ? (int)length : FirstSize);
        var body = new RequestBody { buffer = ArrayPool<byte>.Shared.Rent(size), end = Front };
        try
        {
            while (true)
            {
                var read = await request.BodyReader.ReadAsync(context.RequestAborted);
                body.Append(read.Buffer);
                request.BodyReader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    break;
                }
            }
            if (body.end > Front && !(takesCloudEvents && CloudEvents.IsNamed(request.ContentType)))
            {
                RequireJson(request);
            }
            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The body with text fields put before its own; false when it is not an object or the fields are too long for the room in front.
    /// <see cref="Restore"/> must be called before <see cref="Sent"/> is looked at again.
    /// </summary>
    public bool TryPrepend(ReadOnlySpan<KeyValuePair<JsonEncodedText, string>> fields, out ReadOnlySpan<byte> json)
    {
        json = Sent.Span;
        if (fields.IsEmpty)
        {
            return true;
        }
        int open = json.IndexOfAnyExcept(" \t\r\n"u8);
        if (open < 0 || json[open] != '{')
        {
            return false;
        }
        int next = json[(open + 1)..].IndexOfAnyExcept(" \t\r\n"u8);
        bool isEmpty = next >= 0 && json[open + 1 + next] == '}';
        Span<byte> front = stackalloc byte[Front];
        int count = 0;
        front[count++] = (byte)'{';
        foreach (var (name, value) in fields)
        {
            var nameBytes = name.EncodedUtf8Bytes;
            // Only text that needs no escaping; identifiers are of that kind.
            if (count + nameBytes.Length + value.Length + 6 > Front || !IsPlain(value))
            {
                return false;
            }
            front[count++] = (byte)'"';
            nameBytes.CopyTo(front[count..]);
            count += nameBytes.Length;
            "\":\""u8.CopyTo(front[count..]);
            count += 3;
            count += Encoding.ASCII.GetBytes(value, front[count..]);
            front[count++] = (byte)'"';
            front[count++] = (byte)',';
        }
        if (isEmpty)
        {
            count--;
        }
        // The body's own brace is overwritten by the end of what is put in front.
        brace = Front + open;
        int start = brace + 1 - count;
        front[..count].CopyTo(buffer.AsSpan(start));
        json = buffer.AsSpan(start, end - start);
        return true;
    }

    /// <summary>Undoes <see cref="TryPrepend"/>; what was blank before the first brace may have been overwritten too.</summary>
    public void Restore()
    {
        if (brace > 0)
        {
            buffer.AsSpan(Front, brace - Front).Fill((byte)' ');
            buffer[brace] = (byte)'{';
            brace = 0;
        }
    }

    /// <summary>Parses the body as it was sent, to explain what is wrong with it. An empty body is an empty object.</summary>
    /// <exception cref="BillingException"><c>invalid_request</c>: not UTF-8, not JSON, not an object.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> sent, bool listAllowed = false)
    {
        if (sent.IsEmpty)
        {
            return JsonDocument.Parse("{}"u8.ToArray());
        }
        if (!Utf8.IsValid(sent.Span))
        {
            throw new BillingException(ErrorCode.InvalidRequest, "The body is not valid UTF-8.");
        }
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(sent, BillingJsonOptions.Document);
        }
        catch (JsonException e)
        {
            throw new BillingException(ErrorCode.InvalidRequest, Explain(e));
        }
        catch (InvalidOperationException)
        {
            // Names are compared to find one that is there twice; half a surrogate pair (\udfff) has no text to compare.
            throw new BillingException(ErrorCode.InvalidRequest, "A field's name contains half of a surrogate pair, which is no character.");
        }
        if (document.RootElement.ValueKind != JsonValueKind.Object && !(listAllowed && document.RootElement.ValueKind == JsonValueKind.Array))
        {
            string kind = document.RootElement.ValueKind.ToString().ToLowerInvariant();
            document.Dispose();
            throw new BillingException(ErrorCode.InvalidRequest, $"The body must be a JSON object, but is of the kind {kind}.");
        }
        return document;
    }

    public readonly void Dispose() => ArrayPool<byte>.Shared.Return(buffer);

    // The parser's own words name the framework's types and options; the place and the kind of fault are enough.
    private static string Explain(JsonException e)
    {
        string fault = e.Message.Contains("depth", StringComparison.OrdinalIgnoreCase) ? $"it is nested deeper than {BillingJsonOptions.MaxDepth} levels"
            : e.Message.Contains("uplicate", StringComparison.Ordinal) ? "a field is there twice"
            : "it is malformed";
        return e.LineNumber is { } line ? $"The body cannot be read as JSON: {fault}, at line {line + 1}, byte {e.BytePositionInLine + 1}." : $"The body cannot be read as JSON: {fault}.";
    }

    private static bool IsPlain(string value)
    {
        foreach (char c in value)
        {
            if (c is < ' ' or > '~' or '"' or '\\')
            {
                return false;
            }
        }
        return true;
    }

    private static void RequireJson(HttpRequest request)
    {
        if (request.Headers.ContentEncoding.Count > 0)
        {
            throw new BillingException(ErrorCode.UnsupportedMediaType, "Compressed bodies are not read; send the JSON as it is.");
        }
        string? type = request.ContentType;
        if (string.Equals(type, "application/json", StringComparison.OrdinalIgnoreCase))
        {
            return;
        }
        if (type is null)
        {
            throw new BillingException(ErrorCode.UnsupportedMediaType, "The request has a body, but no Content-Type.");
        }
        if (!Microsoft.Net.Http.Headers.MediaTypeHeaderValue.TryParse(type, out var parsed)
            || !parsed.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || !(parsed.Charset.Length == 0 || Microsoft.Net.Http.Headers.HeaderUtilities.RemoveQuotes(parsed.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase)))
        {
            throw new BillingException(ErrorCode.UnsupportedMediaType, "The Content-Type must be application/json in UTF-8.");
        }
    }

    private void Append(in ReadOnlySequence<byte> bytes)
    {
        int needed = end + checked((int)bytes.Length);
        if (needed - Front > MaxBytes)
        {
            throw new BillingException(ErrorCode.TooLarge, $"The body has more than {MaxBytes} bytes.");
        }
        if (needed > buffer.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, buffer.Length * 2));
            buffer.AsSpan(0, end).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = larger;
        }
        bytes.CopyTo(buffer.AsSpan(end));
        end = needed;
    }
}
