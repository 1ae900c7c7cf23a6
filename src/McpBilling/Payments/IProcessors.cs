using McpBilling.Operations;

namespace McpBilling.Payments;

/// <summary>The processors that a workspace has.</summary>
public interface IProcessors
{
    /// <summary>The processor of that name; null: this workspace has none.</summary>
    IPaymentProcessor? Find(Caller caller, string name);

    /// <summary>The names, the default first; never empty, since <c>manual</c> needs nothing.</summary>
    IReadOnlyList<string> Names(Caller caller);

    /// <summary>Our page on which a customer arrives after paying, where the order is looked at once more; null: this program has no address.</summary>
    Uri? DonePage(Caller caller, string topUpId);
}

/// <summary>One kind of processor: makes the processor of a workspace.</summary>
public interface IProcessorSource
{
    /// <summary>As <see cref="IPaymentProcessor.Name"/>.</summary>
    string Name { get; }

    /// <summary>Null: this workspace has no such processor, for want of a key or because it is of the other mode.</summary>
    IPaymentProcessor? For(long workspaceKey, Mode mode);
}
