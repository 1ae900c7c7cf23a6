using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Payments;
using McpBilling.Payments.Sandbox;
using McpBilling.Tests.Payments;

namespace McpBilling.Storage.Tests.Payments;

/// <summary>
/// The world outside of the ledger, which survives the program's crashes: the sandbox with its payments, and its webhooks in the post. The line to it may break
/// before a call arrives or after it was carried out: then nobody knows.
/// </summary>
internal sealed class Outside : IProcessors
{
    private static readonly byte[] Secret = "a secret of the sandbox, 32 byte"u8.ToArray();

    public Outside(Func<Instant> now)
    {
        Sandbox = new SandboxProcessor(new SandboxMemory(), Secret, id => new Uri("http://127.0.0.1/sandbox/" + id), now, Post.Add);
        Line = new BrokenLine(Sandbox);
    }

    public SandboxProcessor Sandbox { get; }

    public BrokenLine Line { get; }

    /// <summary>Webhooks that were sent and not delivered yet.</summary>
    public List<ReceivedWebhook> Post { get; } = [];

    public IPaymentProcessor? Find(Caller caller, string name) => name == Sandbox.Name ? Line : null;

    public IReadOnlyList<string> Names(Caller caller) => [Sandbox.Name];

    public Uri? DonePage(Caller caller, string topUpId) => null;
}

/// <summary>A processor whose calls get lost on the way there or back, when told to.</summary>
internal sealed class BrokenLine(IPaymentProcessor processor) : IPaymentProcessor
{
    /// <summary>What happens to the next call.</summary>
    public Func<Break> Next { get; set; } = () => Break.None;

    public enum Break
    {
        None,
        Before,
        After,
    }

    public string Name => processor.Name;

    public ProcessorCapabilities Capabilities => processor.Capabilities;

    public ValueTask<string?> EnsureCustomer(PaymentKey key, PayingCustomer customer, CancellationToken cancellation) => Over(() => processor.EnsureCustomer(key, customer, cancellation));

    public ValueTask<HostedPage> CreateTopUp(PaymentKey key, PaymentOrder order, CancellationToken cancellation) => Over(() => processor.CreateTopUp(key, order, cancellation));

    public ValueTask<bool> CloseTopUp(PaymentKey key, string reference, CancellationToken cancellation) => Over(() => processor.CloseTopUp(key, reference, cancellation));

    public ValueTask<HostedPage> SaveInstrument(PaymentKey key, PayingCustomer customer, Uri back, CancellationToken cancellation) => Over(() => processor.SaveInstrument(key, customer, back, cancellation));

    public ValueTask<IReadOnlyList<SavedInstrument>> Instruments(string processorCustomer, CancellationToken cancellation) => Over(() => processor.Instruments(processorCustomer, cancellation));

    public ValueTask RemoveInstrument(PaymentKey key, string instrument, CancellationToken cancellation) => processor.RemoveInstrument(key, instrument, cancellation);

    public ValueTask<PaymentOutcome> Charge(PaymentKey key, PaymentOrder order, string instrument, CancellationToken cancellation) => Over(() => processor.Charge(key, order, instrument, cancellation));

    public ValueTask<PaymentOutcome> Refund(PaymentKey key, string payment, Amount amount, CancellationToken cancellation) => Over(() => processor.Refund(key, payment, amount, cancellation));

    public ValueTask<IReadOnlyList<PaymentFact>> Look(string reference, CancellationToken cancellation) => Over(() => processor.Look(reference, cancellation));

    public IReadOnlyList<PaymentFact> Read(ReceivedWebhook webhook) => processor.Read(webhook);

    private async ValueTask<T> Over<T>(Func<ValueTask<T>> call)
    {
        var broken = Next();
        if (broken == Break.Before)
        {
            throw new ProcessorException("the line broke", isUnknown: true, canRetry: true);
        }
        var answer = await call();
        return broken == Break.After ? throw new ProcessorException("the line broke", isUnknown: true, canRetry: true) : answer;
    }
}

/// <summary>The engine of a program that dies before or after one of its commits.</summary>
internal sealed class MortalBilling(Func<IBilling> engine) : IBilling
{
    /// <summary>Commits until it dies; null: it lives.</summary>
    public int? Left { get; set; }

    public sealed class Died : Exception;

    public async ValueTask<TOutput> Commit<TOutput>(Command<TOutput> command, Caller caller, CancellationToken cancellation)
    {
        if (Left is { } before && before <= 0)
        {
            throw new Died();
        }
        Left--;
        var output = await engine().Commit(command, caller, cancellation);
        if (Left is { } after && after <= 0)
        {
            throw new Died();
        }
        Left--;
        return output;
    }

    public TPort Reads<TPort>() where TPort : class => Left is <= 0 ? throw new Died() : engine().Reads<TPort>();
}
