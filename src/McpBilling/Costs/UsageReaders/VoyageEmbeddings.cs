namespace McpBilling.Costs.UsageReaders;

/// <summary>Voyage's embeddings: every token is input.</summary>
internal sealed class VoyageEmbeddings() : ObjectReader("voyageai", "voyage.embeddings")
{
    protected override UsageReading Read(ResponsePart response, ReadingDraft draft)
    {
        draft.Add(CostKinds.Input, response.Part("usage").Count("total_tokens"));
        return draft.Finish(response.Name("id"), response.Name("model"), $"{response.Path}.usage.total_tokens is missing");
    }
}
