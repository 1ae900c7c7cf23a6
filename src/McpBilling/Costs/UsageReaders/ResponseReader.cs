using System.Text.Json;
using McpBilling.Operations;

namespace McpBilling.Costs.UsageReaders;

/// <summary>What the readers have in common: names, and that a response must be an object of readable text.</summary>
internal abstract class ResponseReader(string? provider, params string[] apis) : IUsageReader
{
    public IReadOnlyList<string> Apis => apis;

    public string? Provider => provider;

    public virtual string UsageField => "usage";

    public UsageReading Read(JsonElement response, PriceContext told)
    {
        try
        {
            return ReadAny(response, told);
        }
        catch (InvalidOperationException e) when (e is not ObjectDisposedException)
        {
            // Half a surrogate pair: JSON allows to write it, no text has it.
            throw new BillingException(ErrorCode.InvalidRequest, "response holds a text that is not Unicode; send the response as the provider sent it.", "response");
        }
    }

    protected abstract UsageReading ReadAny(JsonElement response, PriceContext told);
}

/// <summary>A reader whose responses are one object each, unless it says otherwise (a list of chunks).</summary>
internal abstract class ObjectReader(string? provider, params string[] apis) : ResponseReader(provider, apis)
{
    protected override UsageReading ReadAny(JsonElement response, PriceContext told) => Read(ResponsePart.Whole(response), new ReadingDraft(told));

    protected abstract UsageReading Read(ResponsePart response, ReadingDraft draft);
}
