using McpBilling.Operations;

namespace McpBilling.Server.Hosting;

/// <summary>The engine as a door offers it: operations that answer links learn from it under which address browsers reach this program.</summary>
/// <param name="url">Asked when a link is made: which port was taken shows only after the door has opened.</param>
internal sealed class AddressedBilling(IBilling inner, Func<string?> url) : IBilling, IServerAddress
{
    public string? Url => url()?.TrimEnd('/');

    public ValueTask<TOutput> Commit<TOutput>(Command<TOutput> command, Caller caller, CancellationToken cancellation) => inner.Commit(command, caller, cancellation);

    public TPort Reads<TPort>() where TPort : class => this as TPort ?? inner.Reads<TPort>();
}
