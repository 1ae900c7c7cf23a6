using System.Text.Json;

namespace McpBilling.Costs.UsageReaders;

/// <summary>
/// OpenAI's Responses, whole or as the events of a stream. Only searches of a web search call are billed, not the pages it opens. A stream ends with
/// <c>response.completed</c>, <c>.incomplete</c> or <c>.failed</c>, which carry the whole response; before that only finished tool calls are known.
/// </summary>
internal sealed class OpenAiResponses() : ObjectReader("openai", "openai.responses", "openai.responses.stream")
{
    protected override UsageReading ReadAny(JsonElement response, PriceContext told) =>
        StreamedEvents.Of(response) is { } events ? ReadEvents(events, new ReadingDraft(told)) : base.ReadAny(response, told);

    protected override UsageReading Read(ResponsePart response, ReadingDraft draft)
    {
        // The last event of a stream, sent alone.
        response = response.Part("response") is { Exists: true } inner ? inner : response;
        draft.ServedBy(response.Name("service_tier", 64));
        OpenAiTokens.Add(draft, response.Part("usage"), TokenFields.Responses);
        foreach (var item in response.List("output"))
        {
            AddTool(draft, item);
        }
        return draft.Finish(response.Name("id"), response.Name("model"), $"{response.Path}.usage is missing");
    }

    private UsageReading ReadEvents(IReadOnlyList<ResponsePart> events, ReadingDraft draft)
    {
        string? id = null;
        string? model = null;
        ResponsePart? last = null;
        foreach (var part in events.Select(e => e.Part("response")).Where(r => r.Exists))
        {
            id = StreamedEvents.OnlyId(id, part);
            model = part.Name("model") ?? model;
            last = part.Has("usage") ? part : last;
        }
        if (last is { } whole)
        {
            return Read(whole, draft);
        }
        var finished = events.Where(e => e.Is("type", "response.output_item.done")).Select(e => e.Part("item")).Where(item => item.Exists);
        foreach (var item in finished.DistinctBy(item => item.Name("id") ?? item.Path))
        {
            AddTool(draft, item);
        }
        draft.Partial = "the stream broke off before its usage";
        return draft.Finish(id, model, "the stream broke off before its usage");
    }

    private static void AddTool(ReadingDraft draft, ResponsePart item)
    {
        if (item.Is("type", "web_search_call"))
        {
            // Older responses have no action: every call was a search.
            var action = item.Part("action");
            draft.Add(CostKinds.WebSearch, !action.Exists || action.Is("type", "search") ? 1 : null);
        }
        else if (item.Is("type", "file_search_call"))
        {
            draft.Add(CostKinds.FileSearch, 1);
        }
    }
}
