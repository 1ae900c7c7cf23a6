using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Payments;

/// <summary>Something that a customer left to pay with.</summary>
/// <param name="Processor">Who keeps it.</param>
/// <param name="IsCharged">It is the one that this processor charges when the customer is not there.</param>
public sealed record SavedCard(string Processor, SavedInstrument Instrument, bool IsCharged);

/// <summary>What a customer left at all processors.</summary>
/// <param name="IsWhole">False: a processor did not answer, and of its cards only what is known here is listed.</param>
public sealed record SavedCards(IReadOnlyList<SavedCard> All, bool IsWhole)
{
    /// <summary>The processors that keep cards and charge them without the customer, the workspace's default first.</summary>
    public static IReadOnlyList<IPaymentProcessor> Keepers(IBilling billing, Caller caller)
    {
        ArgumentNullException.ThrowIfNull(billing);
        var all = billing.Reads<IProcessors>();
        return [.. all.Names(caller).Select(name => all.Find(caller, name)).OfType<IPaymentProcessor>().Where(p => p.Capabilities is { SavedInstruments: true, OffSession: true })];
    }

    /// <summary>What a customer left, as the processors themselves say now.</summary>
    public static async Task<SavedCards> Of(IBilling billing, Caller caller, string customerId, CancellationToken cancellation)
    {
        var cards = new List<SavedCard>();
        bool isWhole = true;
        foreach (var processor in Keepers(billing, caller))
        {
            // Who is not known there has left nothing.
            if (await billing.Reads<IPaymentReads>().ProcessorAccount(caller, customerId, processor.Name, cancellation) is not { Reference.Length: > 0 } account)
            {
                continue;
            }
            try
            {
                cards.AddRange((await processor.Instruments(account.Reference, cancellation)).Select(i => new SavedCard(processor.Name, i, i.Id == account.Instrument?.Id)));
            }
            catch (ProcessorException)
            {
                isWhole = false;
                if (account.Instrument is { } known)
                {
                    cards.Add(new SavedCard(processor.Name, known, true));
                }
            }
        }
        return new SavedCards(cards, isWhole);
    }

    /// <summary>A page of the workspace's first keeper on which the customer leaves another card.</summary>
    /// <param name="once">Names this wish: told again, it is the same page.</param>
    /// <exception cref="BillingException"><c>payment_not_possible</c>: nobody here keeps cards. <c>processor_unavailable</c>.</exception>
    public static async Task<HostedPage> Add(IBilling billing, Caller caller, string customerId, string once, Uri back, CancellationToken cancellation)
    {
        if (Keepers(billing, caller) is not [var processor, ..])
        {
            throw new BillingException(ErrorCode.PaymentNotPossible, "No processor of this workspace keeps cards.");
        }
        try
        {
            var payer = await Checkout.Customer(billing, caller, processor, customerId, cancellation);
            return await processor.SaveInstrument(new PaymentKey($"save-{caller.WorkspaceKey}-{once}"), payer, back, cancellation);
        }
        catch (ProcessorException e)
        {
            throw Unavailable(processor, e);
        }
    }

    /// <summary>From now on this card is the one that is charged without the customer.</summary>
    /// <param name="card">One of <see cref="Of"/> the same customer.</param>
    public static async Task Choose(IBilling billing, Caller caller, string customerId, SavedCard card, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(billing);
        ArgumentNullException.ThrowIfNull(card);
        // Also where it is charged already: what is told late of a card that was left before is then known to be older.
        await billing.Commit(new NoteProcessorCommand(customerId, card.Processor) { Instrument = card.Instrument }, caller, cancellation);
    }

    /// <summary>Has the processor forget a card. Where it was the one that is charged, auto-recharges end with it.</summary>
    /// <param name="card">One of <see cref="Of"/> the same customer.</param>
    /// <exception cref="BillingException"><c>processor_unavailable</c>: it may be gone or not; the same again tells.</exception>
    public static async Task Remove(IBilling billing, Caller caller, string customerId, SavedCard card, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(billing);
        ArgumentNullException.ThrowIfNull(card);
        if (billing.Reads<IProcessors>().Find(caller, card.Processor) is not { } processor)
        {
            throw new BillingException(ErrorCode.PaymentNotPossible, $"This workspace has no processor {WalletSession.Shown(card.Processor)} any more.");
        }
        try
        {
            await processor.RemoveInstrument(new PaymentKey($"remove-{caller.WorkspaceKey}-{card.Instrument.Id}"), card.Instrument.Id, cancellation);
        }
        catch (ProcessorException e)
        {
            throw Unavailable(processor, e);
        }
        // Its webhook says the same; nobody waits for it.
        if (card.IsCharged)
        {
            await billing.Commit(new NoteProcessorCommand(customerId, card.Processor) { Gone = card.Instrument.Id }, caller, cancellation);
        }
    }

    private static BillingException Unavailable(IPaymentProcessor processor, ProcessorException e) => new(
        ErrorCode.ProcessorUnavailable, e.IsUnknown || e.CanRetry ? $"{processor.Name} did not answer." : $"{processor.Name} refused: {WalletSession.Shown(e.Message)}.");
}
