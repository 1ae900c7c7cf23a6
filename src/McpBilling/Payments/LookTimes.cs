using McpBilling.Money;

namespace McpBilling.Payments;

/// <summary>
/// When a processor is asked what its webhooks did not tell. Soon while something is under way; then at pauses as long as the payment is old, so that a lost report of
/// a refund or a dispute is found, at a dozen questions a payment.
/// </summary>
public static class LookTimes
{
    /// <summary>Webhooks come within seconds; a customer takes minutes to pay.</summary>
    public static readonly TimeSpan First = TimeSpan.FromMinutes(10);

    /// <summary>While a refund is under way.</summary>
    public static readonly TimeSpan Refund = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan LongestPause = TimeSpan.FromDays(30);

    // Banks take disputes up to here.
    private static readonly TimeSpan Last = TimeSpan.FromDays(540);

    public static Instant? Next(TopUp topUp, Instant now)
    {
        ArgumentNullException.ThrowIfNull(topUp);
        var age = now - topUp.CreatedAt;
        if (age > Last)
        {
            return null;
        }
        var pause = age < First ? First : age > LongestPause ? LongestPause : age;
        return now + (topUp.Refunds.Any(r => r.Status == RefundStatus.Pending) && pause > TimeSpan.FromHours(1) ? TimeSpan.FromHours(1) : pause);
    }
}
