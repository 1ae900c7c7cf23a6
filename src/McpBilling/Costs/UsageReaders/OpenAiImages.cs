namespace McpBilling.Costs.UsageReaders;

/// <summary>OpenAI's images: text and image tokens have rates of their own, in and out. Output without details is image.</summary>
internal sealed class OpenAiImages() : ObjectReader("openai", "openai.images")
{
    private static readonly TokenFields Fields = TokenFields.Responses with { HasImages = true };

    protected override UsageReading Read(ResponsePart response, ReadingDraft draft)
    {
        var usage = response.Part("usage");
        AddInput(draft, usage);
        AddOutput(draft, usage);
        return draft.Finish(response.Name("id"), response.Name("model"), $"{usage.Path} is missing");
    }

    // Which of its cached tokens were image, the API does not say; whoever knows says it in _cached {text, image}.
    private static void AddInput(ReadingDraft draft, ResponsePart usage)
    {
        var told = usage.Part("_cached");
        if (!told.Exists)
        {
            OpenAiTokens.AddInput(draft, usage, Fields);
            return;
        }
        var details = usage.Part("input_tokens_details");
        decimal input = usage.Count("input_tokens") ?? 0;
        decimal image = details.CountWithin("image_tokens", input, "input_tokens");
        decimal cachedImage = told.CountWithin("image", image, "image_tokens");
        decimal cachedText = told.CountWithin("text", input - image, "input_tokens without image_tokens");
        draft.Add(CostKinds.Input, input - image - cachedText);
        draft.Add(CostKinds.CacheRead, cachedText);
        draft.Add(CostKinds.InputImage, image - cachedImage);
        draft.Add(CostKinds.CacheReadImage, cachedImage);
    }

    private static void AddOutput(ReadingDraft draft, ResponsePart usage)
    {
        if (usage.Count("output_tokens") is not { } output)
        {
            return;
        }
        var details = usage.Part("output_tokens_details");
        decimal text = details.CountWithin("text_tokens", output, "output_tokens");
        decimal image = details.Has("image_tokens") ? details.CountWithin("image_tokens", output - text, "output_tokens") : output - text;
        draft.Add(CostKinds.Output, output - image);
        draft.Add(CostKinds.OutputImage, image);
    }
}
