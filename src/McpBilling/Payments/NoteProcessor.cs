using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Payments;

/// <summary>That something was noted.</summary>
public sealed record NotedProcessor : CommandOutput;

/// <summary>Keeps what a processor answered: its id of the customer, the page of an order, an instrument that was left or is gone.</summary>
public sealed class NoteProcessorCommand : CustomerCommand<NotedProcessor>
{
    private readonly string _processor;

    public NoteProcessorCommand(string customerId, string processor) => (CustomerId, _processor, Creation) = (customerId, processor, CustomerCreation.Never);

    public string? Reference { get; init; }
    public (long TopUpKey, HostedPage Page)? Page { get; init; }
    public SavedInstrument? Instrument { get; init; }

    /// <summary>The processor's id of an instrument that is there no more.</summary>
    public string? Gone { get; init; }

    /// <summary>When the instrument was left or went, as the processor reports it; null: now.</summary>
    public Instant? At { get; init; }

    /// <summary>An order that was looked at.</summary>
    public long? Looked { get; init; }

    public override CommandKind Kind => CommandKind.NoteProcessor;

    public override NotedProcessor Decide(WalletSession session)
    {
        var payments = (PaymentSession)session;
        if (Reference is { } reference)
        {
            payments.ProcessorCustomer = (_processor, reference);
        }
        if (Instrument is not null || Gone is not null)
        {
            payments.Instrument = new InstrumentNote(_processor, Instrument, Gone, At);
        }
        if (Gone is not null)
        {
            // With nothing to charge a recharge could only fail: it ends now, and is told of now, not when the credit runs out.
            foreach (var settings in payments.AutoRecharges.Where(s => s.IsOn && s.Processor == _processor))
            {
                AutoRecharging.Keep(settings, AutoRechargeStep.Stopped(settings, AutoRechargeEnd.Instrument), payments);
            }
        }
        if (Page is { } opened && payments.Require(opened.TopUpKey) is { Page: null } topUp)
        {
            payments.Put(topUp with { Page = opened.Page });
        }
        if (Looked is { } key)
        {
            var looked = payments.Require(key);
            payments.Put(looked with { NextLook = LookTimes.Next(looked, session.Now) });
        }
        return new NotedProcessor();
    }
}
