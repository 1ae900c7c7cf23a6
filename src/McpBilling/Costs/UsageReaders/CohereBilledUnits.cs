namespace McpBilling.Costs.UsageReaders;

/// <summary>
/// Cohere: what it bills stands in <c>billed_units</c> (in <c>usage</c> of chat, in <c>meta</c> of the rest), beside <c>tokens</c> that it counted and does not bill.
/// </summary>
internal sealed class CohereBilledUnits() : ObjectReader("cohere", "cohere.chat", "cohere.embed", "cohere.rerank")
{
    protected override UsageReading Read(ResponsePart response, ReadingDraft draft)
    {
        var usage = response.Has("usage") ? response.Part("usage") : response.Part("meta");
        var units = usage.Part("billed_units");
        draft.Add(CostKinds.Input, units.Count("input_tokens"));
        draft.Add(CostKinds.Output, units.Count("output_tokens"));
        draft.Add(CostKinds.InputImage, units.Count("image_tokens"));
        draft.Add(CostKinds.RerankSearch, units.Count("search_units"));
        if (units.Count("images") > 0 && !units.Has("image_tokens"))
        {
            draft.Partial = $"{units.Path}.images are billed by the piece, which no price here is for";
        }
        return draft.Finish(response.Name("id") ?? response.Name("generation_id"), response.Name("model"), $"{units.Path} is missing");
    }
}
