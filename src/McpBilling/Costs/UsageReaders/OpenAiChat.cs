using System.Text.Json;

namespace McpBilling.Costs.UsageReaders;

/// <summary>
/// Chat completions, whole or as the chunks of a stream. The request needs <c>stream_options.include_usage</c> for a chunk with usage; a stream without one has no
/// usage, and one that ended before its last chunk is a lower bound.
/// </summary>
internal sealed class OpenAiChat() : ChatCompletions("openai", "openai.chat", "openai.chat.stream");

/// <summary>The same shape, from whoever speaks it. Details are parts of their totals.</summary>
internal abstract class ChatCompletions(string provider, params string[] apis) : ObjectReader(provider, apis)
{
    protected override UsageReading ReadAny(JsonElement response, PriceContext told) =>
        StreamedEvents.Of(response) is { } chunks ? ReadChunks(chunks, new ReadingDraft(told)) : base.ReadAny(response, told);

    protected override UsageReading Read(ResponsePart response, ReadingDraft draft)
    {
        draft.ServedBy(response.Name("service_tier", 64));
        AddTokens(draft, UsageOf(response));
        return draft.Finish(response.Name("id"), response.Name("model"), $"{response.Path}.usage is missing");
    }

    protected virtual void AddTokens(ReadingDraft draft, ResponsePart usage) => OpenAiTokens.Add(draft, usage, TokenFields.Chat);

    // Groq's chunks keep it in x_groq.
    private static ResponsePart UsageOf(ResponsePart chunk) => chunk.Has("usage") ? chunk.Part("usage") : chunk.Part("x_groq").Part("usage");

    private UsageReading ReadChunks(IReadOnlyList<ResponsePart> chunks, ReadingDraft draft)
    {
        var latest = new LatestUsage();
        string? id = null;
        string? model = null;
        bool isFinished = false;
        foreach (var chunk in chunks)
        {
            id = StreamedEvents.OnlyId(id, chunk);
            model = chunk.Name("model") ?? model;
            draft.ServedBy(chunk.Name("service_tier", 64));
            var usage = UsageOf(chunk);
            latest.Take(usage);
            var choices = chunk.List("choices").ToList();
            // The chunk that closes the stream has usage and no choices; those who send usage with every chunk say when they are done.
            isFinished |= choices.Any(choice => choice.Has("finish_reason")) || (usage.Exists && choices.Count == 0);
        }
        if (!isFinished)
        {
            draft.Partial = "the stream broke off";
        }
        AddTokens(draft, latest.Part("response.events.usage"));
        return draft.Finish(id, model, "no chunk of the stream has usage; ask for it with stream_options.include_usage");
    }
}
