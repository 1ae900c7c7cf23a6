namespace McpBilling.Costs.UsageReaders;

/// <summary>OpenAI's realtime sessions: the usage of one <c>response.done</c>, the event or its response. Text, audio and images have rates of their own, cached ones too.</summary>
internal sealed class OpenAiRealtime() : ObjectReader("openai", "openai.realtime")
{
    protected override UsageReading Read(ResponsePart response, ReadingDraft draft)
    {
        response = response.Part("response") is { Exists: true } inner ? inner : response;
        var usage = response.Part("usage");
        // Its details are called token_details; those who rewrite it as a response say tokens_details.
        var fields = TokenFields.Responses with
        {
            HasImages = true,
            InputDetails = usage.Has("input_token_details") ? "input_token_details" : "input_tokens_details",
            OutputDetails = usage.Has("output_token_details") ? "output_token_details" : "output_tokens_details",
        };
        OpenAiTokens.Add(draft, usage, fields);
        return draft.Finish(response.Name("id"), response.Name("model"), $"{usage.Path} is missing");
    }
}
