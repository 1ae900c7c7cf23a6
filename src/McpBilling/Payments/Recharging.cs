using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Payments;

/// <summary>
/// Charges the orders that auto-recharges made. The order was stored before, and its id is the key of the charge: asked again after a crash or without an
/// answer, the processor makes no second one. Whatever it answers becomes a report like any other.
/// </summary>
public static class Recharging
{
    /// <summary>Charges one order, and books what came of it.</summary>
    /// <param name="now">Real time, in which processors live.</param>
    /// <returns>False: no answer came; the same call is to be made again.</returns>
    /// <exception cref="ProcessorException">It did not answer.</exception>
    public static async Task<bool> Charge(IBilling billing, Caller caller, OwnedTopUp of, Instant now, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(billing);
        ArgumentNullException.ThrowIfNull(of);
        string name = of.TopUp.Processor;
        PaymentFact Failed(string? payment, string code, RetryAdvice retry) => new PaymentFact.Failed($"charge-{of.Id}", now, of.Id, payment, code, retry);

        if (billing.Reads<IProcessors>().Find(caller, name) is not { Capabilities.OffSession: true } processor)
        {
            return await Fulfilment.Book(billing, caller, name, [Failed(null, "not_supported", RetryAdvice.Never)], cancellation);
        }
        var account = await billing.Reads<IPaymentReads>().ProcessorAccount(caller, of.CustomerId, name, cancellation);
        if (account?.Instrument is not { } instrument)
        {
            return await Fulfilment.Book(billing, caller, name, [Failed(null, "no_instrument", RetryAdvice.AfterCustomer)], cancellation);
        }
        var payer = await Checkout.Customer(billing, caller, processor, of.CustomerId, cancellation);
        var outcome = await processor.Charge(new PaymentKey(of.Id), Checkout.OrderOf(billing, caller, of, payer) with { Back = null, Save = false }, instrument.Id, cancellation);
        if (outcome is PaymentOutcome.ActionRequired waiting)
        {
            // Nobody is there to act. It is closed before the customer is asked for another payment, unless they acted after all.
            if (!await processor.CloseTopUp(new PaymentKey($"close-{of.Id}"), waiting.Reference, cancellation))
            {
                return await Fulfilment.Book(billing, caller, name, await processor.Look(waiting.Reference, cancellation), cancellation);
            }
            return await Fulfilment.Book(billing, caller, name, [Failed(waiting.Reference, AutoRecharging.AuthenticationRequired, RetryAdvice.AfterCustomer)], cancellation);
        }
        PaymentFact? fact = outcome switch
        {
            PaymentOutcome.Succeeded done => new PaymentFact.Paid($"charge-{of.Id}", now, of.Id, done.Reference, of.TopUp.Price, Amount.Zero(of.TopUp.Price.Asset), null),
            PaymentOutcome.Pending pending => new PaymentFact.Pending($"charge-{of.Id}", now, of.Id, pending.Reference),
            PaymentOutcome.Declined declined => Failed(declined.Reference, declined.Code, declined.Retry),
            PaymentOutcome.Unsupported => Failed(null, "not_supported", RetryAdvice.Never),
            _ => null,
        };
        return fact is not null && await Fulfilment.Book(billing, caller, name, [fact], cancellation);
    }
}
