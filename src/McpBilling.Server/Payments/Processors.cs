using McpBilling.Operations;
using McpBilling.Payments;

namespace McpBilling.Server.Payments;

/// <summary>The processors of this program's workspaces. The first source that a workspace has is its default.</summary>
internal sealed class Processors(IReadOnlyList<IProcessorSource> sources, Func<Uri?> address) : IProcessors
{
    public IPaymentProcessor? Find(Caller caller, string name) => sources.FirstOrDefault(s => s.Name == name)?.For(caller.WorkspaceKey, caller.Mode);

    public IReadOnlyList<string> Names(Caller caller) => [.. sources.Where(s => s.For(caller.WorkspaceKey, caller.Mode) is not null).Select(s => s.Name)];

    public Uri? DonePage(Caller caller, string topUpId) => address() is { } here ? new Uri(here, $"{Payments.DonePage.Path}/{caller.WorkspaceKey}/{topUpId}") : null;
}

/// <summary>Makes the processor <c>manual</c>, which every workspace has.</summary>
internal sealed class ManualSource(Func<string, byte[]> secretFor) : IProcessorSource
{
    public string Name => ManualProcessor.ProcessorName;

    public IPaymentProcessor For(long workspaceKey, Mode mode) => new ManualProcessor(secretFor($"webhooks of manual {workspaceKey}"));
}
