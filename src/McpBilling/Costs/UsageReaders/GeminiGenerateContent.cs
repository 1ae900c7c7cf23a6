using System.Text.Json;

namespace McpBilling.Costs.UsageReaders;

/// <summary>
/// Gemini's generateContent, whole or as the chunks of streamGenerateContent. The prompt's count contains what was cached; what tools put in and what the model thought
/// come on top of prompt and candidates. Only audio has a rate of its own on the way in; text, images, video and documents share one. A field that is absent is zero.
/// </summary>
internal sealed class GeminiGenerateContent() : ObjectReader("google", "gemini.generateContent", "gemini.streamGenerateContent")
{
    public override string UsageField => "usageMetadata";

    protected override UsageReading ReadAny(JsonElement response, PriceContext told) =>
        StreamedEvents.Of(response) is { } chunks ? ReadChunks(chunks, new ReadingDraft(told)) : base.ReadAny(response, told);

    protected override UsageReading Read(ResponsePart response, ReadingDraft draft) =>
        Read(response.Part("usageMetadata"), response.Name("responseId"), response.Name("modelVersion"), [response], draft);

    private static UsageReading Read(ResponsePart usage, string? id, string? model, IReadOnlyList<ResponsePart> responses, ReadingDraft draft)
    {
        if (usage.Exists)
        {
            AddInput(draft, usage);
            AddOutput(draft, usage);
            draft.ServedBy(usage.Name("serviceTier", 64) ?? TierOf(usage.Name("trafficType", 64)));
        }
        GeminiGrounding.Add(draft, responses, model);
        return draft.Finish(id, model, "response.usageMetadata is missing");
    }

    private static UsageReading ReadChunks(IReadOnlyList<ResponsePart> chunks, ReadingDraft draft)
    {
        var latest = new LatestUsage();
        string? id = null;
        string? model = null;
        bool isFinished = false;
        foreach (var chunk in chunks)
        {
            id = chunk.Name("responseId") is { } said && id is not null && said != id ? throw chunk.Refused("responseId", $"{id}, as in the chunks before") : chunk.Name("responseId") ?? id;
            model = chunk.Name("modelVersion") ?? model;
            latest.Take(chunk.Part("usageMetadata"));
            isFinished |= chunk.List("candidates").Any(c => c.Has("finishReason")) || chunk.Part("promptFeedback").Has("blockReason");
        }
        if (!isFinished)
        {
            draft.Partial = "the stream broke off";
        }
        return Read(latest.Part("response.events.usageMetadata"), id, model, chunks, draft);
    }

    private static void AddInput(ReadingDraft draft, ResponsePart usage)
    {
        decimal prompt = usage.Count("promptTokenCount") ?? 0;
        decimal cached = usage.CountWithin("cachedContentTokenCount", prompt, "promptTokenCount");
        decimal all = prompt + (usage.Count("toolUsePromptTokenCount") ?? 0);
        decimal audio = Modality(usage, "promptTokensDetails", "AUDIO") + Modality(usage, "toolUsePromptTokensDetails", "AUDIO");
        if (audio > all)
        {
            throw usage.Refused("promptTokensDetails", "details whose audio is within promptTokenCount");
        }
        // Without details, cached audio is what the rest of the prompt has no room for.
        decimal cachedAudio = usage.Has("cacheTokensDetails") ? Modality(usage, "cacheTokensDetails", "AUDIO") : Math.Max(0, cached + audio - all);
        if (cachedAudio > Math.Min(audio, cached))
        {
            throw usage.Refused("cacheTokensDetails", "details whose audio is within the prompt's audio and cachedContentTokenCount");
        }
        draft.Add(CostKinds.Input, Math.Max(0, all - audio - (cached - cachedAudio)));
        draft.Add(CostKinds.CacheRead, cached - cachedAudio);
        draft.Add(CostKinds.InputAudio, audio - cachedAudio);
        draft.Add(CostKinds.CacheReadAudio, cachedAudio);
    }

    private static void AddOutput(ReadingDraft draft, ResponsePart usage)
    {
        // The Live API says response where the others say candidates.
        string name = usage.Has("candidatesTokenCount") || !usage.Has("responseTokenCount") ? "candidatesTokenCount" : "responseTokenCount";
        string details = name == "candidatesTokenCount" ? "candidatesTokensDetails" : "responseTokensDetails";
        decimal candidates = usage.Count(name) ?? 0;
        decimal thoughts = usage.Count("thoughtsTokenCount") ?? 0;
        decimal image = Modality(usage, details, "IMAGE");
        decimal audio = Modality(usage, details, "AUDIO");
        if (image + audio > candidates)
        {
            throw usage.Refused(details, $"details within {name}");
        }
        draft.Add(CostKinds.Output, candidates - image - audio + thoughts);
        draft.Add(CostKinds.OutputImage, image);
        draft.Add(CostKinds.OutputAudio, audio);
        draft.Inside("thoughts_tokens", thoughts);
    }

    private static decimal Modality(ResponsePart usage, string details, string modality) =>
        usage.List(details).Where(d => d.Is("modality", modality)).Sum(d => d.Count("tokenCount") ?? 0);

    // Vertex names the tier by its traffic.
    private static string? TierOf(string? traffic) => traffic switch
    {
        "ON_DEMAND_PRIORITY" => "priority",
        "ON_DEMAND_FLEX" => "flex",
        "PROVISIONED_THROUGHPUT" => "provisioned_throughput",
        _ => null,
    };
}
