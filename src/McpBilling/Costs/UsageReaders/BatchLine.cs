using System.Text.Json;

namespace McpBilling.Costs.UsageReaders;

/// <summary>A line of a batch's output file in OpenAI's shape: <c>{id, custom_id, response: {status_code, body}}</c>.</summary>
internal static class BatchLine
{
    /// <summary>The response within its line; what is no line is the response itself.</summary>
    public static JsonElement Body(JsonElement line)
    {
        var body = ResponsePart.Whole(line).Raw("response") is { ValueKind: JsonValueKind.Object } response ? ResponsePart.Whole(response, "response.response").Raw("body") : default;
        return body.ValueKind == JsonValueKind.Object ? body : line;
    }
}
