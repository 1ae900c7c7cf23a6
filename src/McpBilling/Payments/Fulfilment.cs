using System.Text.Unicode;
using McpBilling.Operations;

namespace McpBilling.Payments;

/// <summary>
/// Brings what processors report to the orders it is about. Webhooks, the success page and the job that looks for what never came all end here, and so does
/// each of them again after a crash: nothing is booked twice, since each report is taken for what it says.
/// </summary>
public static class Fulfilment
{
    /// <summary>A webhook as it came: checked, stored, and only then acted on.</summary>
    /// <returns>Its key, for <see cref="Book(IBilling, Caller, StoredWebhook, CancellationToken)"/>; null: it says nothing that matters here.</returns>
    /// <exception cref="WebhookRefusedException">It is not authentic.</exception>
    public static async Task<StoredWebhook?> Receive(IBilling billing, Caller caller, IPaymentProcessor processor, ReceivedWebhook webhook, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(billing);
        ArgumentNullException.ThrowIfNull(processor);
        // It is kept as text, byte for byte.
        if (!Utf8.IsValid(webhook.Body.Span))
        {
            throw new WebhookRefusedException("its body is no UTF-8 text");
        }
        if (processor.Read(webhook).Count == 0)
        {
            return null;
        }
        long key = await billing.Commit(new StoreWebhookCommand(processor.Name, webhook), caller, cancellation);
        return new StoredWebhook(key, processor.Name, webhook, 0);
    }

    /// <summary>Books what a stored webhook says. What is about an order that is not known yet waits and is tried again.</summary>
    /// <returns>Whether all of it is booked.</returns>
    public static async Task<bool> Book(IBilling billing, Caller caller, StoredWebhook stored, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(billing);
        ArgumentNullException.ThrowIfNull(stored);
        bool all = false;
        string? note = "no such processor";
        if (billing.Reads<IProcessors>().Find(caller, stored.Processor) is { } processor)
        {
            try
            {
                // It was authentic when it came, and that is the time against which its signature's age is held.
                all = await Book(billing, caller, processor.Name, processor.Read(stored.Webhook), cancellation);
                note = all ? null : "about an order that is not known yet";
            }
            catch (WebhookRefusedException e)
            {
                note = e.Message;
            }
        }
        await billing.Commit(new CloseWebhookCommand(stored.Key, all, note), caller, cancellation);
        return all;
    }

    /// <summary>Books reports, each by itself.</summary>
    /// <returns>False: some are about an order that is not known yet.</returns>
    public static async Task<bool> Book(IBilling billing, Caller caller, string processor, IEnumerable<PaymentFact> facts, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(billing);
        ArgumentNullException.ThrowIfNull(facts);
        bool all = true;
        foreach (var fact in facts)
        {
            all &= await Book(billing, caller, processor, fact, cancellation);
        }
        return all;
    }

    /// <summary>Asks the processor what has become of an order, and books it: the success page, and orders whose webhook never came.</summary>
    /// <exception cref="ProcessorException">It did not answer.</exception>
    public static async Task Look(IBilling billing, Caller caller, OwnedTopUp of, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(billing);
        ArgumentNullException.ThrowIfNull(of);
        if (billing.Reads<IProcessors>().Find(caller, of.TopUp.Processor) is { } processor && (of.TopUp.Payment ?? of.TopUp.Page?.Reference ?? of.TopUp.Attempt?.Payment) is { } reference)
        {
            await Book(billing, caller, processor.Name, await processor.Look(reference, cancellation), cancellation);
        }
    }

    /// <summary>
    /// What should not wait for a webhook any longer: webhooks that could not be booked, orders to look at, refunds whose answer never came. Each by itself, so
    /// that one that fails does not hold back the others.
    /// </summary>
    /// <param name="all">Also orders that are still left to their webhooks.</param>
    /// <param name="failed">Is told what failed; the next turn tries again.</param>
    /// <returns>How many were looked at.</returns>
    public static async Task<int> Reconcile(IBilling billing, Caller caller, bool all, int limit, Action<Exception> failed, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(billing);
        ArgumentNullException.ThrowIfNull(failed);
        int count = 0;
        async Task Try(Func<Task> act)
        {
            count++;
            try
            {
                await act();
            }
            catch (Exception e) when (e is ProcessorException or BillingException)
            {
                failed(e);
            }
        }
        foreach (var of in await billing.Reads<IPaymentReads>().ToLookAt(caller, all, limit, cancellation))
        {
            foreach (var refund in of.TopUp.Refunds.Where(r => r is { IsOurs: true, Status: RefundStatus.Pending, Reference: null }))
            {
                await Try(() => Refunding.Ask(billing, caller, of, refund.Key, cancellation));
            }
            await Try(() => Look(billing, caller, of, cancellation));
            await Try(async () => await billing.Commit(new NoteProcessorCommand(of.CustomerId, of.TopUp.Processor) { Looked = of.TopUp.Key }, caller, cancellation));
        }
        foreach (var stored in await billing.Reads<IPaymentReads>().WaitingWebhooks(caller, limit, cancellation))
        {
            await Try(() => Book(billing, caller, stored, cancellation));
        }
        return count;
    }

    private static async Task<bool> Book(IBilling billing, Caller caller, string processor, PaymentFact fact, CancellationToken cancellation)
    {
        var reads = billing.Reads<IPaymentReads>();
        switch (fact)
        {
            case PaymentFact.InstrumentSaved saved:
                await billing.Commit(
                    new NoteProcessorCommand(saved.CustomerId, processor) { Reference = saved.ProcessorCustomer, Instrument = saved.Instrument, At = saved.At }, caller, cancellation);
                return true;
            case PaymentFact.InstrumentRemoved removed:
                if (await reads.CustomerOf(caller, processor, removed.ProcessorCustomer, cancellation) is { } customer
                    && await reads.ProcessorAccount(caller, customer, processor, cancellation) is { Instrument: { } kept } && kept.Id == removed.Instrument)
                {
                    await billing.Commit(new NoteProcessorCommand(customer, processor) { Gone = removed.Instrument, At = removed.At }, caller, cancellation);
                }
                return true;
        }
        var of = fact.TopUpId is { } id ? await reads.TopUp(caller, id, cancellation)
            : fact.Payment is { } payment ? await reads.TopUpOfPayment(caller, processor, payment, cancellation)
            : null;
        // Told of another processor's order it proves nothing: whoever can sign for one cannot pay for the other.
        if (of is null || of.TopUp.Processor != processor)
        {
            return false;
        }
        await billing.Commit(new BookPaymentCommand(of, fact), caller, cancellation);
        return true;
    }
}
