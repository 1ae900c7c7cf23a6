using System.Text.Json;

namespace McpBilling.Costs.UsageReaders;

/// <summary>
/// Anthropic's Messages, whole or as the events of a stream, with what <c>usage.iterations</c> adds. A stream's <c>message_start</c> has the input, the lifetimes of
/// cache writes and a placeholder of output; <c>message_delta</c> has totals so far. Without a delta the output is a lower bound.
/// </summary>
internal sealed class AnthropicMessages() : ObjectReader("anthropic", "anthropic.messages", "anthropic.messages.stream", "anthropic.messages.iterations")
{
    protected override UsageReading ReadAny(JsonElement response, PriceContext told) =>
        StreamedEvents.Of(response) is { } events ? ReadEvents(events, new ReadingDraft(told)) : base.ReadAny(response, told);

    protected override UsageReading Read(ResponsePart response, ReadingDraft draft) => Read(response.Part("usage"), response.Name("id"), response.Name("model"), draft);

    private static UsageReading Read(ResponsePart usage, string? id, string? model, ReadingDraft draft)
    {
        AnthropicUsage.AddContext(draft, usage);
        AnthropicUsage.AddTokens(draft, usage);
        bool hasInput = usage.Has("input_tokens");
        if (hasInput != usage.Has("output_tokens"))
        {
            draft.Partial ??= $"{usage.Path} has no {(hasInput ? "output_tokens" : "input_tokens")}";
        }
        var tools = usage.Part("server_tool_use");
        draft.Add(CostKinds.WebSearch, tools.Count("web_search_requests"));
        draft.Inside("web_fetch_requests", tools.Count("web_fetch_requests"));
        draft.Inside("thinking_tokens", usage.Part("output_tokens_details").Count("thinking_tokens"));
        draft.LongestContext = AnthropicIterations.Add(draft, usage);
        return draft.Finish(id, model, $"{usage.Path} is missing, or says nothing of tokens");
    }

    private static UsageReading ReadEvents(IReadOnlyList<ResponsePart> events, ReadingDraft draft)
    {
        var latest = new LatestUsage();
        string? id = null;
        string? model = null;
        bool hasOutput = false;
        bool isFinished = false;
        foreach (var item in events)
        {
            if (item.Is("type", "message_start"))
            {
                var message = item.Part("message");
                id = StreamedEvents.OnlyId(id, message);
                model = message.Name("model") ?? model;
                latest.Take(message.Part("usage"));
            }
            else if (item.Is("type", "message_delta"))
            {
                latest.Take(item.Part("usage"));
                hasOutput |= item.Part("usage").Has("output_tokens");
                // A delta that says why it stopped, or does not say that it has not, is the last one.
                isFinished |= item.Part("delta").Raw("stop_reason").ValueKind != JsonValueKind.Null;
            }
            isFinished |= item.Is("type", "message_stop");
        }
        if (!hasOutput || !isFinished)
        {
            draft.Partial = "the stream broke off: its output is a lower bound";
        }
        return Read(latest.Part("response.events.usage"), id, model, draft);
    }
}
