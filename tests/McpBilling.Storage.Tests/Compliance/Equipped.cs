using McpBilling.Operations;
using McpBilling.Payments;

namespace McpBilling.Storage.Tests.Compliance;

/// <summary>The store with what the program around it provides: bank transfers, and an address for browsers.</summary>
internal sealed class Equipped(IBilling store) : IBilling, IProcessors, IServerAddress
{
    private readonly ManualProcessor manual = new(new byte[32]);

    public string Url => "http://127.0.0.1:1";

    public ValueTask<TOutput> Commit<TOutput>(Command<TOutput> command, Caller caller, CancellationToken cancellation) => store.Commit(command, caller, cancellation);

    public TPort Reads<TPort>() where TPort : class => this as TPort ?? store.Reads<TPort>();

    public IPaymentProcessor? Find(Caller caller, string name) => name == manual.Name ? manual : null;

    public IReadOnlyList<string> Names(Caller caller) => [manual.Name];

    public Uri? DonePage(Caller caller, string topUpId) => null;
}
