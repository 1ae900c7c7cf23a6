using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Usage;

/// <summary>How long holds last (interfaces.md, Runtime API).</summary>
public static class HoldTime
{
    public static readonly TimeSpan Default = TimeSpan.FromMinutes(15);

    /// <exception cref="BillingException"><c>invalid_request</c> outside 1 to 86,400 whole seconds.</exception>
    public static TimeSpan Read(decimal? seconds, TimeSpan usual)
    {
        if (seconds is not { } value)
        {
            return usual;
        }
        return value >= 1 && value <= (decimal)Hold.MaxLife.TotalSeconds && value == decimal.Truncate(value)
            ? TimeSpan.FromSeconds((int)value)
            : throw new BillingException(
                ErrorCode.InvalidRequest, $"ttl_seconds is {Quantity.Format(value)}: it must be a whole number from 1 to 86400. Set ttl_seconds to {Math.Clamp(decimal.Truncate(value), 1, (decimal)Hold.MaxLife.TotalSeconds)}.", "ttl_seconds");
    }
}
