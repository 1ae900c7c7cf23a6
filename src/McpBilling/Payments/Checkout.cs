using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Payments;

/// <summary>Opens the page on which an order is paid. Every step can be repeated after a crash: keys follow from the stored order, and what was answered is kept.</summary>
public static class Checkout
{
    /// <summary>The processor that is named, or the workspace's first.</summary>
    /// <exception cref="BillingException"><c>invalid_request</c>, naming what there is.</exception>
    public static IPaymentProcessor Processor(IBilling billing, Caller caller, string? name, string field)
    {
        ArgumentNullException.ThrowIfNull(billing);
        var all = billing.Reads<IProcessors>();
        return all.Find(caller, name ?? all.Names(caller)[0])
            ?? throw new BillingException(ErrorCode.InvalidRequest, $"This workspace has no processor {WalletSession.Shown(name!)}; it has {string.Join(", ", all.Names(caller))}.", field);
    }

    /// <summary>The order with its page, asked for if there is none yet.</summary>
    /// <exception cref="BillingException"><c>processor_unavailable</c>: the order stands, and the same call goes on with it. <c>payment_not_possible</c>.</exception>
    public static async Task<TopUpView> Open(IBilling billing, Caller caller, IPaymentProcessor processor, string topUpId, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(billing);
        ArgumentNullException.ThrowIfNull(processor);
        var of = await Require(billing, caller, topUpId, cancellation);
        if (processor.Capabilities.HostedPage && of.TopUp is { Page: null, Status: TopUpStatus.Open })
        {
            try
            {
                var customer = await Customer(billing, caller, processor, of.CustomerId, cancellation);
                var page = await processor.CreateTopUp(new PaymentKey(topUpId), OrderOf(billing, caller, of, customer), cancellation);
                await billing.Commit(new NoteProcessorCommand(of.CustomerId, processor.Name) { Page = (of.TopUp.Key, page) }, caller, cancellation);
            }
            catch (ProcessorException e)
            {
                throw Explain(e, processor);
            }
            of = await Require(billing, caller, topUpId, cancellation);
        }
        return of.View;
    }

    /// <summary>What the processor knows the customer by, made when there is nothing yet.</summary>
    /// <exception cref="ProcessorException">It did not answer.</exception>
    public static async Task<PayingCustomer> Customer(IBilling billing, Caller caller, IPaymentProcessor processor, string customerId, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(billing);
        ArgumentNullException.ThrowIfNull(processor);
        var payer = await billing.Reads<IPaymentReads>().Payer(caller, customerId, processor.Name, cancellation);
        if (payer.ProcessorCustomer is not null)
        {
            return payer;
        }
        // Of one workspace and customer there is one: asked again after a crash, it is the same.
        if (await processor.EnsureCustomer(new PaymentKey($"customer-{caller.WorkspaceKey}-{customerId}"), payer, cancellation) is { } reference)
        {
            await billing.Commit(new NoteProcessorCommand(customerId, processor.Name) { Reference = reference }, caller, cancellation);
            return payer with { ProcessorCustomer = reference };
        }
        return payer;
    }

    /// <summary>An order as processors are told of it.</summary>
    public static PaymentOrder OrderOf(IBilling billing, Caller caller, OwnedTopUp of, PayingCustomer customer)
    {
        ArgumentNullException.ThrowIfNull(billing);
        ArgumentNullException.ThrowIfNull(of);
        return new(of.Id, customer, of.TopUp.Price, of.TopUp.Title, of.TopUp.Save, billing.Reads<IProcessors>().DonePage(caller, of.Id) ?? of.TopUp.Back);
    }

    /// <exception cref="BillingException"><c>top_up_not_found</c>.</exception>
    public static async ValueTask<OwnedTopUp> Require(IBilling billing, Caller caller, string id, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(billing);
        return await billing.Reads<IPaymentReads>().TopUp(caller, id, cancellation)
            ?? throw new BillingException(ErrorCode.TopUpNotFound, $"There is no top-up {WalletSession.Shown(id)}.", "top_up_id");
    }

    /// <summary>What went wrong at a processor, for whoever asked: no answer may have been a success, so the same request is to be sent again.</summary>
    internal static BillingException Explain(ProcessorException e, IPaymentProcessor processor) => e.IsUnknown || e.CanRetry
        ? new BillingException(ErrorCode.ProcessorUnavailable, $"{processor.Name} did not answer; the order stands.")
        : new BillingException(ErrorCode.PaymentNotPossible, $"{processor.Name} refused: {WalletSession.Shown(e.Message)}.");
}
