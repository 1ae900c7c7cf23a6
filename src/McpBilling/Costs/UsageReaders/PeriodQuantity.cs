using McpBilling.Operations;

namespace McpBilling.Costs.UsageReaders;

/// <summary>Costs without a request: <c>quantities</c> by kind (pages, seconds, token hours of a cache), as numbers or decimal texts.</summary>
internal sealed class PeriodQuantity() : ObjectReader(null, "period.quantity")
{
    public override string UsageField => "quantities";

    protected override UsageReading ReadAny(System.Text.Json.JsonElement response, PriceContext told) => Read(ResponsePart.Whole(response), new ReadingDraft(told) { IsTotal = true });

    protected override UsageReading Read(ResponsePart response, ReadingDraft draft)
    {
        var quantities = response.Part("quantities");
        foreach (string kind in quantities.Names)
        {
            if (!CostKinds.All.Contains(kind))
            {
                // The name comes from anyone: it is repeated only when it is one.
                string said = PlainText.FitsId(kind, 64) ? $"\"{kind}\"" : "a name";
                string detail = $"{quantities.Path} has {said}, which is no kind of use. {NearestName.Hint(kind, CostKinds.All)} There are: {string.Join(", ", CostKinds.All)}.";
                throw new BillingException(ErrorCode.InvalidRequest, detail, quantities.Path);
            }
            draft.Add(kind, quantities.MeasureOrText(kind));
        }
        return draft.Finish(response.Name("id"), response.Name("model"), $"{quantities.Path} is missing");
    }
}
