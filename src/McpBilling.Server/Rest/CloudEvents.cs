using System.Buffers;
using System.Text.Json;
using McpBilling.Operations;
using McpBilling.Usage;
using Microsoft.Net.Http.Headers;

namespace McpBilling.Server.Rest;

/// <summary>
/// The other forms in which usage may be sent: CloudEvents 1.0 in JSON, one (structured mode) or a batch, and a plain list of events. Each becomes the
/// body that the operation knows, so that what may be in it and what is wrong with it is said in one place.
/// </summary>
/// <remarks>type → event_type, id → id, time → timestamp, subject → customer_id, data → the other fields of the event; what data says beyond them,
/// flat, are properties. source is required by the standard and not kept; other attributes are extensions and ignored.</remarks>
internal sealed class CloudEvents
{
    public const string One = "application/cloudevents+json";
    public const string Batch = "application/cloudevents-batch+json";

    private static readonly string[] OfData = ["customer_id", "quantity", "properties", "subject", "feature", "hold_id", "on_insufficient"];
    private readonly bool many;

    private CloudEvents(bool many) => this.many = many;

    /// <summary>The forms that an operation takes besides its own; null: none.</summary>
    public static CloudEvents? For(Operation operation) => operation switch
    {
        RecordUsage => new CloudEvents(many: false),
        RecordUsageBatch => new CloudEvents(many: true),
        _ => null,
    };

    public static bool IsNamed(string? contentType) => Kind(contentType) is not null;

    /// <summary>The body as the operation knows it; null when it is in that form already.</summary>
    /// <exception cref="BillingException"><c>invalid_request</c>, naming the attribute; <c>unsupported_media_type</c>: a batch where one event is taken.</exception>
    public JsonDocument? Translate(string? contentType, ReadOnlyMemory<byte> sent)
    {
        string? kind = Kind(contentType);
        if (kind is null)
        {
            return many && FirstByte(sent.Span) == '[' ? Write(sent, static (list, json) => WriteEvents(list, json, (e, _) => e.WriteTo(json))) : null;
        }
        if (kind == Batch && !many)
        {
            throw new BillingException(ErrorCode.UnsupportedMediaType, "A batch of CloudEvents goes to POST /v1/usage/batch.");
        }
        if (!many)
        {
            return Write(sent, static (e, json) => WriteEvent(e, json, ""));
        }
        return Write(sent, (list, json) =>
        {
            if (kind == One)
            {
                json.WriteStartObject();
                json.WriteStartArray("events");
                WriteEvent(list, json, "");
                json.WriteEndArray();
                json.WriteEndObject();
                return;
            }
            if (list.ValueKind != JsonValueKind.Array)
            {
                throw new BillingException(ErrorCode.InvalidRequest, "A batch of CloudEvents is a JSON list.");
            }
            WriteEvents(list, json, (e, i) => WriteEvent(e, json, $"[{i}]."));
        });
    }

    private static void WriteEvents(JsonElement list, Utf8JsonWriter json, Action<JsonElement, int> write)
    {
        json.WriteStartObject();
        json.WriteStartArray("events");
        foreach (var (i, e) in list.EnumerateArray().Index())
        {
            write(e, i);
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteEvent(JsonElement e, Utf8JsonWriter json, string place)
    {
        if (e.ValueKind != JsonValueKind.Object)
        {
            throw new BillingException(ErrorCode.InvalidRequest, $"{place}CloudEvent must be a JSON object.");
        }
        if (Text(e, "specversion", place) != "1.0")
        {
            throw new BillingException(ErrorCode.InvalidRequest, $"{place}specversion must be \"1.0\".", place + "specversion");
        }
        Text(e, "source", place);
        string type = Text(e, "type", place), id = Text(e, "id", place);
        if (e.TryGetProperty("data_base64", out _))
        {
            throw new BillingException(ErrorCode.InvalidRequest, $"{place}data_base64 is not read: send data as a JSON object.", place + "data_base64");
        }
        json.WriteStartObject();
        json.WriteString("id", id);
        json.WriteString("event_type", type);
        if (e.TryGetProperty("time", out var time) && time.ValueKind != JsonValueKind.Null)
        {
            json.WritePropertyName("timestamp");
            time.WriteTo(json);
        }
        bool named = e.TryGetProperty("subject", out var subject) && subject.ValueKind != JsonValueKind.Null;
        if (named)
        {
            json.WritePropertyName("customer_id");
            subject.WriteTo(json);
        }
        if (e.TryGetProperty("data", out var data) && data.ValueKind != JsonValueKind.Null)
        {
            WriteData(data, json, place, named ? subject : null);
        }
        json.WriteEndObject();
    }

    private static void WriteData(JsonElement data, Utf8JsonWriter json, string place, JsonElement? subject)
    {
        if (data.ValueKind != JsonValueKind.Object)
        {
            throw new BillingException(ErrorCode.InvalidRequest, $"{place}data must be a JSON object: quantity, properties ….", place + "data");
        }
        JsonElement? properties = null;
        var more = new List<JsonProperty>();
        foreach (var part in data.EnumerateObject())
        {
            if (part.Name == "properties" && part.Value.ValueKind == JsonValueKind.Object)
            {
                properties = part.Value;
            }
            else if (part.Name == "customer_id" && subject is { } customer)
            {
                if (!JsonElement.DeepEquals(customer, part.Value))
                {
                    throw new BillingException(ErrorCode.InvalidRequest, $"{place}data.customer_id and subject name different customers.", place + "data.customer_id");
                }
            }
            else if (OfData.Contains(part.Name, StringComparer.Ordinal))
            {
                part.WriteTo(json);
            }
            else
            {
                more.Add(part);
            }
        }
        if (properties is null && more.Count == 0)
        {
            return;
        }
        json.WriteStartObject("properties");
        foreach (var part in (properties?.EnumerateObject() ?? []).Concat(more))
        {
            part.WriteTo(json);
        }
        json.WriteEndObject();
    }

    private static string Text(JsonElement e, string name, string place) =>
        e.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
            ? text
            : throw new BillingException(ErrorCode.InvalidRequest, $"{place}{name} is missing: a CloudEvent has specversion, id, source and type.", place + name);

    private static JsonDocument Write(ReadOnlyMemory<byte> sent, Action<JsonElement, Utf8JsonWriter> write)
    {
        using var document = RequestBody.Parse(sent, listAllowed: true);
        var buffer = new ArrayBufferWriter<byte>(sent.Length + 256);
        try
        {
            using var json = new Utf8JsonWriter(buffer);
            write(document.RootElement, json);
        }
        catch (InvalidOperationException)
        {
            throw new BillingException(ErrorCode.InvalidRequest, "A text contains half of a surrogate pair, which is no character.");
        }
        // Again without duplicates: a property may come by data and by data.properties.
        return RequestBody.Parse(buffer.WrittenMemory);
    }

    private static byte FirstByte(ReadOnlySpan<byte> json)
    {
        int first = json.IndexOfAnyExcept(" \t\r\n"u8);
        return first < 0 ? (byte)0 : json[first];
    }

    private static string? Kind(string? contentType) =>
        contentType is not null && contentType.StartsWith("application/cloudevents", StringComparison.OrdinalIgnoreCase) && MediaTypeHeaderValue.TryParse(contentType, out var type)
            && (type.Charset.Length == 0 || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            ? type.MediaType.Equals(One, StringComparison.OrdinalIgnoreCase) ? One : type.MediaType.Equals(Batch, StringComparison.OrdinalIgnoreCase) ? Batch : null
            : null;
}
