using System.Text.Json;

namespace McpBilling.Costs.UsageReaders;

/// <summary>A line of a Gemini batch, in its envelope <c>{key, response}</c> or as the response alone. Nothing in the body says that it was a batch; the name of this API does.</summary>
internal sealed class GeminiBatchLine() : ResponseReader("google", "gemini.batch_line")
{
    private static readonly GeminiGenerateContent Content = new();

    public override string UsageField => Content.UsageField;

    protected override UsageReading ReadAny(JsonElement response, PriceContext told)
    {
        var inner = ResponsePart.Whole(response).Raw("response");
        return Content.Read(inner.ValueKind == JsonValueKind.Object ? inner : response, told with { Batch = true });
    }
}
