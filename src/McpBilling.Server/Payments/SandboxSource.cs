using System.Collections.Frozen;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Payments;
using McpBilling.Payments.Sandbox;

namespace McpBilling.Server.Payments;

/// <summary>Makes the sandbox of a test workspace. Live ones have none: there, no credit comes from money that is not there.</summary>
internal sealed class SandboxSource(IBilling billing, Func<string, byte[]> secretFor, TimeProvider time, SandboxCourier courier, Func<Uri?> address) : IProcessorSource
{
    // Where no door is open yet: the address at which one would be.
    private static readonly Uri Nowhere = new("http://127.0.0.1:7171");

    public string Name => SandboxProcessor.ProcessorName;

    public IPaymentProcessor? For(long workspaceKey, Mode mode) => mode == Mode.Test ? Of(workspaceKey) : null;

    public SandboxProcessor Of(long workspaceKey)
    {
        var caller = new Caller(workspaceKey, Mode.Test, FrozenSet<string>.Empty);
        return new SandboxProcessor(
            new SandboxStore(billing, caller), secretFor($"webhooks of sandbox {workspaceKey}"), id => new Uri(address() ?? Nowhere, $"{SandboxPage.Path}/{workspaceKey}/{id}"),
            () => Instant.From(time.GetUtcNow()), webhook => courier.Take(workspaceKey, webhook));
    }
}
