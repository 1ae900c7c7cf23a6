using McpBilling.Operations;

namespace McpBilling.Costs.UsageReaders;

/// <summary>Replaced by branch readers.</summary>
public static class AllUsageReaders
{
    public static IUsageReader Find(string api, string field) => throw new BillingException(ErrorCode.InvalidRequest, $"{field} is {api}", field);
}
