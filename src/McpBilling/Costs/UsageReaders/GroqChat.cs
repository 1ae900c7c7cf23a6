using System.Text.Json;

namespace McpBilling.Costs.UsageReaders;

/// <summary>Groq. It says its times in seconds beside the counts; they are not billed.</summary>
internal sealed class GroqChat() : ChatCompletions("groq", "groq.chat", "groq.chat.stream");

/// <summary>A line of a Groq batch, in its envelope or as the response alone.</summary>
internal sealed class GroqBatchLine() : ChatCompletions("groq", "groq.batch_line")
{
    protected override UsageReading ReadAny(JsonElement response, PriceContext told) => base.ReadAny(BatchLine.Body(response), told with { Batch = true });

    protected override UsageReading Read(ResponsePart response, ReadingDraft draft)
    {
        var reading = base.Read(response, draft);
        // Its service_tier says "batch", which is no tier beside the batch.
        return response.Is("service_tier", "batch") ? reading with { Context = reading.Context with { ServiceTier = null } } : reading;
    }
}
