using McpBilling.Operations;
using McpBilling.Payments;

namespace McpBilling.Server.Hosting;

/// <summary>The processor <c>stripe</c>, of the workspaces whose mode has keys. Workspaces of one mode share an account, and so its processor.</summary>
internal sealed class StripeSource : IProcessorSource
{
    private readonly IPaymentProcessor? _test;
    private readonly IPaymentProcessor? _live;

    /// <exception cref="Commands.CommandException">What is set is no key of Stripe: said at the start, not with the first payment.</exception>
    public StripeSource(Func<string, string?> environment, TimeProvider time) =>
        (_test, _live) = (StripeParts.Processor(environment, Mode.Test, time), StripeParts.Processor(environment, Mode.Live, time));

    public string Name => Stripe.StripeProcessor.ProcessorName;

    public IPaymentProcessor? For(long workspaceKey, Mode mode) => mode == Mode.Live ? _live : _test;
}
