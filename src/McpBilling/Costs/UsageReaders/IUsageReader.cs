using System.Text.Json;
using McpBilling.Operations;

namespace McpBilling.Costs.UsageReaders;

/// <summary>Reads what one API of a provider returns. Tolerant of fields it does not know, strict about numbers.</summary>
public interface IUsageReader
{
    /// <summary>The names that callers give the API, such as <c>openai.chat</c>.</summary>
    IReadOnlyList<string> Apis { get; }

    /// <summary>The provider, where the caller names none.</summary>
    string? Provider { get; }

    /// <summary>The field of the response that holds the usage: a caller may send that part alone.</summary>
    string UsageField { get; }

    /// <exception cref="BillingException"><c>invalid_request</c>, naming the field within the response: a negative or fractional count, a part greater than its whole.</exception>
    UsageReading Read(JsonElement response, PriceContext told);
}
