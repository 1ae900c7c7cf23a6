namespace McpBilling.Costs.UsageReaders;

/// <summary>The names that an API of OpenAI's shape gives the same four things.</summary>
/// <param name="HasImages">Image tokens have a price of their own there; elsewhere they are billed as text.</param>
internal sealed record TokenFields(string Input, string InputDetails, string Output, string OutputDetails, bool HasImages = false)
{
    /// <summary>Chat completions, and all who speak them.</summary>
    public static readonly TokenFields Chat = new("prompt_tokens", "prompt_tokens_details", "completion_tokens", "completion_tokens_details");

    /// <summary>Responses, and the totals of batches.</summary>
    public static readonly TokenFields Responses = new("input_tokens", "input_tokens_details", "output_tokens", "output_tokens_details");
}

/// <summary>Token counts of OpenAI's shape: details are parts of their totals, so that kinds come from taking the parts off.</summary>
internal static class OpenAiTokens
{
    /// <summary>Cached tokens by what they are, where the provider says it.</summary>
    private readonly record struct CachedParts(decimal Audio, decimal Image);

    /// <summary>Adds input and output. A total that is missing while the other is there makes a lower bound.</summary>
    public static void Add(ReadingDraft draft, ResponsePart usage, TokenFields names)
    {
        AddInput(draft, usage, names);
        AddOutput(draft, usage, names);
        bool hasInput = usage.Has(names.Input);
        if (hasInput != usage.Has(names.Output))
        {
            draft.Partial = $"{usage.Path} has no {(hasInput ? names.Output : names.Input)}";
        }
    }

    public static void AddInput(ReadingDraft draft, ResponsePart usage, TokenFields names)
    {
        decimal? known = usage.Count(names.Input);
        decimal input = known ?? 0;
        var details = usage.Part(names.InputDetails);
        decimal cached = details.CountWithin("cached_tokens", input, names.Input);
        decimal written = details.CountWithin("cache_write_tokens", input - cached, names.Input);
        decimal audio = details.CountWithin("audio_tokens", input, names.Input);
        decimal image = names.HasImages ? details.CountWithin("image_tokens", input - audio, names.Input) : 0;
        if (known is null)
        {
            return;
        }
        // What overlaps must be cached audio or images: the least that can be, where the provider does not say which. What still overlaps was written to the cache.
        decimal overlap = Math.Max(0, cached + written + audio + image - input);
        var parts = Cached(details, cached, audio, image)
            ?? new CachedParts(Math.Min(overlap, Math.Min(audio, cached)), Math.Clamp(overlap - audio, 0, Math.Min(image, Math.Max(0, cached - audio))));
        bool isGuess = overlap > 0 && !details.Has("cached_tokens_details");
        decimal text = cached - parts.Audio - parts.Image;
        decimal writtenElse = Math.Max(0, overlap - parts.Audio - parts.Image);
        decimal writtenAudio = Math.Min(writtenElse, audio - parts.Audio);
        draft.Add(CostKinds.Input, Math.Max(0, input - text - written - audio - image));
        draft.Add(CostKinds.CacheRead, text, isGuess);
        draft.Add(CostKinds.CacheWrite, written);
        draft.Add(CostKinds.InputAudio, audio - parts.Audio - writtenAudio, isGuess);
        draft.Add(CostKinds.CacheReadAudio, parts.Audio, isGuess);
        draft.Add(CostKinds.InputImage, image - parts.Image - (writtenElse - writtenAudio), isGuess);
        draft.Add(CostKinds.CacheReadImage, parts.Image, isGuess);
    }

    public static void AddOutput(ReadingDraft draft, ResponsePart usage, TokenFields names)
    {
        decimal? known = usage.Count(names.Output);
        decimal output = known ?? 0;
        var details = usage.Part(names.OutputDetails);
        decimal audio = details.CountWithin("audio_tokens", output, names.Output);
        decimal image = names.HasImages ? details.CountWithin("image_tokens", output - audio, names.Output) : 0;
        decimal reasoning = details.Count("reasoning_tokens") ?? 0;
        // Some who speak this shape (xAI, Gemini's own door for it) keep reasoning outside the completion: then the total says so.
        bool isOutside = reasoning > 0 && usage.Count("total_tokens") == (usage.Count(names.Input) ?? 0) + output + reasoning;
        if (!isOutside)
        {
            draft.Inside("reasoning_tokens", details.CountWithin("reasoning_tokens", output, names.Output));
        }
        draft.Inside("rejected_prediction_tokens", details.CountWithin("rejected_prediction_tokens", output, names.Output));
        if (known is null)
        {
            return;
        }
        draft.Add(CostKinds.Output, output - audio - image + (isOutside ? reasoning : 0));
        draft.Add(CostKinds.OutputAudio, audio);
        draft.Add(CostKinds.OutputImage, image);
    }

    private static CachedParts? Cached(ResponsePart details, decimal cached, decimal audio, decimal image)
    {
        var parts = details.Part("cached_tokens_details");
        if (!parts.Exists)
        {
            return null;
        }
        decimal cachedAudio = parts.CountWithin("audio_tokens", Math.Min(audio, cached), "audio_tokens and cached_tokens");
        return new(cachedAudio, parts.CountWithin("image_tokens", Math.Min(image, cached - cachedAudio), "image_tokens and cached_tokens"));
    }
}
