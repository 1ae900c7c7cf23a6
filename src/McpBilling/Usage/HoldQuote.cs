using McpBilling.Catalog;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Pricing;
using McpBilling.Wallets;

namespace McpBilling.Usage;

/// <summary>How much an authorization holds for one charge, and how that was found (wallets.md, "How much to hold").</summary>
/// <param name="Amount">Units of the price's asset, ≥ 0.</param>
/// <param name="Policy">What was used, which is not the price's own policy where that knew nothing.</param>
public readonly record struct HoldQuote(long Amount, UsedHoldPolicy Policy)
{
    /// <param name="charge">The event as estimated, rated now; a price by cost with the cost that is expected, or zero where none was told.</param>
    /// <exception cref="BillingException"><c>invalid_request</c> and <c>cost_unpriced</c>: the amount would come from a cost that was not told or is not known.</exception>
    public static HoldQuote Of(RatedCharge charge, UsageEvent e, EstimatedCost cost, UsageSession session)
    {
        var price = charge.Version.Price;
        var rule = price.Hold;
        if (rule.Kind == HoldKind.Max && Most(charge, cost) is { } most)
        {
            return new(At(charge, e, most), UsedHoldPolicy.Max);
        }
        if (rule.Kind == HoldKind.Learned && Learned(charge, session) is { } usual)
        {
            return new(usual, UsedHoldPolicy.Learned);
        }
        if (rule.Amount is { } amount)
        {
            return new(WalletSession.Units(charge.Asset, amount, "hold_policy.amount"), rule.Kind == HoldKind.Max ? UsedHoldPolicy.Max : UsedHoldPolicy.Flat);
        }
        return price.TakesCost && cost.Expected() is null
            ? throw cost.Unknown(charge.Version.PriceId)
            : new(Math.Max(0, charge.Step.Charge), UsedHoldPolicy.Estimate);
    }

    // The most that the price can be charged by: dollars of cost, or tokens where the meter adds something up.
    private static decimal? Most(RatedCharge charge, EstimatedCost cost) =>
        charge.Version.Price.TakesCost ? cost.Most()
        : charge.Version.Meter.Definition is { Aggregation: Aggregation.Sum, WeightBy: null } ? cost.MostTokens
        : null;

    // This customer's own captures, else everybody's.
    private static long? Learned(RatedCharge charge, UsageSession session) =>
        session.Facts.UsualCapture(session.Customer.Key, charge.Version.PriceId, charge.Asset) ?? session.Facts.UsualCapture(null, charge.Version.PriceId, charge.Asset);

    private static long At(RatedCharge charge, UsageEvent e, decimal quantity)
    {
        try
        {
            var before = charge.Before.State;
            return charge.Version.Price.Add(before, before.Quantity + quantity, e.Properties.Values, charge.Asset) is { } step ? Math.Max(0, step.Charge) : 0;
        }
        catch (OverflowException)
        {
            throw new BillingException(ErrorCode.AmountInvalid, $"event.estimate.max_output_tokens: price {charge.Version.PriceId} of so much is beyond what {charge.Asset.Id} can hold.", "event.estimate.max_output_tokens");
        }
    }
}
