using System.Text.Json;

namespace McpBilling.Costs.UsageReaders;

/// <summary>
/// Bedrock's Converse, whole or as the events of ConverseStream (usage is in its <c>metadata</c>). Cached tokens come on top of input. Every count stands there twice,
/// as <c>…Tokens</c> and <c>…TokenCount</c>: either is read, never both. The response names no model.
/// </summary>
internal sealed class BedrockConverse() : ObjectReader("aws", "bedrock.converse", "bedrock.converse.stream")
{
    protected override UsageReading ReadAny(JsonElement response, PriceContext told)
    {
        if (StreamedEvents.Of(response) is not { } events)
        {
            return base.ReadAny(response, told);
        }
        var metadata = events.Select(e => e.Part("metadata")).LastOrDefault(m => m.Exists);
        var draft = new ReadingDraft(told);
        return metadata.Exists ? Read(metadata, draft) : draft.Finish(null, null, "the stream broke off before its metadata");
    }

    protected override UsageReading Read(ResponsePart response, ReadingDraft draft)
    {
        var usage = response.Part("usage");
        draft.ServedBy(response.Part("serviceTier").Name("type", 64));
        decimal? input = Either(usage, "inputToken");
        decimal? output = Either(usage, "outputToken");
        draft.Add(CostKinds.Input, input);
        draft.Add(CostKinds.CacheRead, Either(usage, "cacheReadInputToken"));
        draft.Add(CostKinds.Output, output);
        AddWrites(draft, usage);
        if (usage.Exists && input is null != output is null)
        {
            draft.Partial = $"{usage.Path} has no {(input is null ? "inputTokens" : "outputTokens")}";
        }
        return draft.Finish(null, null, $"{usage.Path} is missing");
    }

    private static void AddWrites(ReadingDraft draft, ResponsePart usage)
    {
        decimal left = Either(usage, "cacheWriteInputToken") ?? usage.List("cacheDetails").Sum(d => d.Count("inputTokens") ?? 0);
        foreach (var detail in usage.List("cacheDetails"))
        {
            decimal written = detail.CountWithin("inputTokens", left, "cacheWriteInputTokens");
            bool isHour = detail.Is("ttl", "1h");
            draft.AddFound(isHour ? CostKinds.CacheWrite1h : CostKinds.CacheWrite5m, written, assumed: !isHour && !detail.Is("ttl", "5m"));
            left -= written;
        }
        draft.AddFound(CostKinds.CacheWrite5m, left, assumed: true);
    }

    private static decimal? Either(ResponsePart usage, string stem) => usage.Count(stem + "s") ?? usage.Count(stem + "Count");
}
