using McpBilling.Operations;

namespace McpBilling.Payments.Sandbox;

/// <summary>Reads the sandbox's documents.</summary>
public interface ISandboxReads
{
    /// <returns>Null: there is none of that id.</returns>
    ValueTask<string?> SandboxDocument(Caller caller, string id, CancellationToken cancellation);
}

/// <summary>The sandbox's memory in a workspace.</summary>
public sealed class SandboxStore(IBilling billing, Caller caller) : ISandboxStore
{
    public ValueTask<string?> Read(string id, CancellationToken cancellation) => billing.Reads<ISandboxReads>().SandboxDocument(caller, id, cancellation);

    public ValueTask<bool> Write(string id, string? before, string after, CancellationToken cancellation) =>
        billing.Commit(new SandboxWriteCommand(id, before, after), caller, cancellation);
}
