namespace McpBilling.Costs.UsageReaders;

/// <summary>OpenAI's transcriptions: billed by the second of audio (<c>usage.seconds</c>, or <c>duration</c> of a verbose answer) or by tokens, as the usage says.</summary>
internal sealed class OpenAiTranscriptions() : ObjectReader("openai", "openai.transcriptions", "openai.audio.transcriptions")
{
    private static readonly TokenFields Fields = TokenFields.Responses with { InputDetails = "input_token_details", OutputDetails = "output_token_details" };

    protected override UsageReading Read(ResponsePart response, ReadingDraft draft)
    {
        var usage = response.Part("usage");
        if (usage.Has("input_tokens") || usage.Has("output_tokens"))
        {
            OpenAiTokens.Add(draft, usage, Fields);
        }
        else
        {
            draft.Add(CostKinds.AudioSecond, usage.Measure("seconds") ?? response.Measure("duration"));
        }
        return draft.Finish(response.Name("id"), response.Name("model"), $"{usage.Path} is missing");
    }
}
