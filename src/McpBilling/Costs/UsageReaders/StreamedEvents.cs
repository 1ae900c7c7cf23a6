using System.Buffers;
using System.Text.Json;
using McpBilling.Operations;

namespace McpBilling.Costs.UsageReaders;

/// <summary>The chunks or events of one streamed response, as a list, or in <c>events</c> or <c>chunks</c> of an object; each bare or as <c>{event, data}</c>.</summary>
internal static class StreamedEvents
{
    /// <summary>The events in order; null when the response is a whole one.</summary>
    public static IReadOnlyList<ResponsePart>? Of(JsonElement response)
    {
        if (response.ValueKind == JsonValueKind.Array)
        {
            return [.. ResponsePart.Items(response, "response").Select(Bare)];
        }
        var whole = ResponsePart.Whole(response);
        return whole.Has("events") ? [.. whole.List("events").Select(Bare)]
            : whole.Has("chunks") ? [.. whole.List("chunks").Select(Bare)]
            : null;
    }

    /// <summary>Refuses events of two responses in one list: events without an id could not be told apart.</summary>
    public static string? OnlyId(string? known, ResponsePart at)
    {
        string? id = at.Name("id");
        return known is null || id is null || id == known ? known ?? id : throw at.Refused("id", $"{known}, as in the events before; send each response as a cost of its own");
    }

    private static ResponsePart Bare(ResponsePart item) => item.Raw("data").ValueKind == JsonValueKind.Object ? item.Part("data") : item;
}

/// <summary>
/// What the events of a stream say of its usage: they report totals so far, so the last word on each field counts, and nothing is added. A field that a later
/// event leaves out or has null (Anthropic's lifetimes of cache writes) keeps what was said before.
/// </summary>
internal sealed class LatestUsage
{
    private readonly Dictionary<string, JsonElement> fields = new(StringComparer.Ordinal);

    public bool IsEmpty => fields.Count == 0;

    public void Take(ResponsePart usage)
    {
        foreach (string name in usage.Names)
        {
            if (usage.Has(name))
            {
                fields[name] = usage.Raw(name);
            }
        }
    }

    /// <summary>All of it as one usage; one that does not exist where no event had any.</summary>
    public ResponsePart Part(string path)
    {
        if (IsEmpty)
        {
            return ResponsePart.Absent(path);
        }
        var text = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(text))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in fields)
            {
                writer.WritePropertyName(name);
                value.WriteTo(writer);
            }
            writer.WriteEndObject();
        }
        return ResponsePart.Whole(JsonElement.Parse(text.WrittenSpan), path);
    }
}
