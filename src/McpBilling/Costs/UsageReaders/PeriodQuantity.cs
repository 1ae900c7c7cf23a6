using System.Text.Json;
using McpBilling.Operations;

namespace McpBilling.Costs.UsageReaders;

/// <summary>Costs without a request: <c>quantities</c> by kind (pages, seconds, token hours of a cache), as numbers or decimal texts.</summary>
internal sealed class PeriodQuantity() : QuantityReader("period.quantity", longestContext: 0);

/// <summary>One request whose kinds somebody else has told apart already (a gateway's log): <c>quantities</c> by kind.</summary>
internal sealed class CallQuantity() : QuantityReader("call.quantity", longestContext: null);

/// <summary>Reads quantities by the names of <see cref="CostKinds"/>.</summary>
internal abstract class QuantityReader(string api, decimal? longestContext) : ObjectReader(null, api)
{
    public override string UsageField => "quantities";

    protected override UsageReading ReadAny(JsonElement response, PriceContext told) => Read(ResponsePart.Whole(response), new ReadingDraft(told) { LongestContext = longestContext });

    protected override UsageReading Read(ResponsePart response, ReadingDraft draft)
    {
        var quantities = response.Part("quantities");
        foreach (string kind in quantities.Names)
        {
            if (!CostKinds.IsKind(kind))
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
