using System.Globalization;
using System.Text.Json;
using McpBilling.Costs.Traces;
using McpBilling.Operations;

namespace McpBilling.Server.Otlp;

/// <summary>Reads an <c>ExportTraceServiceRequest</c> in OTLP's JSON: lowerCamelCase names, ids in hex, 64-bit numbers as texts or numbers. What it does not know it ignores.</summary>
internal static class TraceJson
{
    /// <exception cref="BillingException"><c>invalid_request</c>, naming the place; <c>too_large</c>: too many spans.</exception>
    public static void Read(JsonElement request, SpanCollector into)
    {
        foreach (var (group, at) in List(request, "resourceSpans", ""))
        {
            var resource = new List<KeyValuePair<string, SpanValue>>();
            if (group.TryGetProperty("resource", out var of) && of.ValueKind != JsonValueKind.Null)
            {
                ReadAttributes(Object(of, at + ".resource"), at + ".resource", resource);
            }
            into.Resource(resource);
            foreach (var (scope, place) in List(group, "scopeSpans", at + "."))
            {
                foreach (var (span, where) in List(scope, "spans", place + "."))
                {
                    into.Add(ReadSpan(span, where));
                }
            }
        }
    }

    private static SpanParts ReadSpan(JsonElement span, string at)
    {
        var parts = new SpanParts
        {
            TraceId = Id(span, "traceId", at),
            SpanId = Id(span, "spanId", at),
            ParentId = Id(span, "parentSpanId", at),
            StartNanoseconds = Nanoseconds(span, "startTimeUnixNano", at),
            EndNanoseconds = Nanoseconds(span, "endTimeUnixNano", at),
            Failed = span.TryGetProperty("status", out var status) && status.ValueKind == JsonValueKind.Object && status.TryGetProperty("code", out var code)
                && (code.ValueKind == JsonValueKind.Number ? code.TryGetInt32(out int number) && number == SpanParts.StatusError : code.ValueKind == JsonValueKind.String && code.ValueEquals("STATUS_CODE_ERROR")),
        };
        ReadAttributes(span, at, parts.Attributes);
        return parts;
    }

    private static void ReadAttributes(JsonElement of, string at, List<KeyValuePair<string, SpanValue>> into)
    {
        foreach (var (attribute, place) in List(of, "attributes", at + "."))
        {
            if (attribute.TryGetProperty("key", out var key) && key.ValueKind == JsonValueKind.String && Text(key, place) is var name && TraceNames.Reads(name)
                && attribute.TryGetProperty("value", out var value) && value.ValueKind == JsonValueKind.Object && Value(value, $"{place} ({name})") is { } read)
            {
                into.Add(new(name, read));
            }
        }
    }

    private static SpanValue? Value(JsonElement any, string at)
    {
        foreach (var part in any.EnumerateObject())
        {
            switch (part.Name)
            {
                case "stringValue" when part.Value.ValueKind == JsonValueKind.String:
                    return SpanValue.Of(Text(part.Value, at));
                case "boolValue" when part.Value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                    return SpanValue.Of(part.Value.ValueKind == JsonValueKind.True ? "true" : "false");
                case "intValue" when Whole(part.Value, at) is { } number:
                    return SpanValue.Of(number);
                case "doubleValue" when part.Value.ValueKind == JsonValueKind.Number && part.Value.TryGetDouble(out double number):
                    return SpanValue.Of(number);
                case "stringValue" or "boolValue" or "intValue" or "doubleValue":
                    throw new BillingException(ErrorCode.InvalidRequest, $"{at}.{part.Name} is a {part.Value.ValueKind.ToString().ToLower(CultureInfo.InvariantCulture)} that does not fit.", at);
                default:
                    break;
            }
        }
        return null;
    }

    private static long? Whole(JsonElement value, string at) => value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetInt64(out long number) => number,
        JsonValueKind.String when long.TryParse(Text(value, at), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) => number,
        _ => null,
    };

    private static ulong Nanoseconds(JsonElement span, string name, string at)
    {
        if (!span.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return 0;
        }
        return value.ValueKind == JsonValueKind.Number && value.TryGetUInt64(out ulong number)
            || value.ValueKind == JsonValueKind.String && ulong.TryParse(Text(value, at), NumberStyles.None, CultureInfo.InvariantCulture, out number)
            ? number
            : throw new BillingException(ErrorCode.InvalidRequest, $"{at}.{name} must be whole nanoseconds since 1970, as a text or a number.", $"{at}.{name}");
    }

    private static string Id(JsonElement span, string name, string at)
    {
        if (!span.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return "";
        }
        return value.ValueKind == JsonValueKind.String
            ? Text(value, at).ToLower(CultureInfo.InvariantCulture)
            : throw new BillingException(ErrorCode.InvalidRequest, $"{at}.{name} must be hex digits as a text.", $"{at}.{name}");
    }

    private static IEnumerable<(JsonElement Element, string At)> List(JsonElement of, string name, string at)
    {
        if (!of.TryGetProperty(name, out var list) || list.ValueKind == JsonValueKind.Null)
        {
            yield break;
        }
        string place = at + name;
        if (list.ValueKind != JsonValueKind.Array)
        {
            throw new BillingException(ErrorCode.InvalidRequest, $"{place} must be a list.", place);
        }
        foreach (var (i, element) in list.EnumerateArray().Index())
        {
            yield return (Object(element, $"{place}[{i}]"), $"{place}[{i}]");
        }
    }

    private static JsonElement Object(JsonElement element, string at) => element.ValueKind == JsonValueKind.Object
        ? element
        : throw new BillingException(ErrorCode.InvalidRequest, $"{at} must be an object.", at);

    private static string Text(JsonElement text, string at)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new BillingException(ErrorCode.InvalidRequest, $"{at} contains half of a surrogate pair, which is no character.", at);
        }
    }
}
