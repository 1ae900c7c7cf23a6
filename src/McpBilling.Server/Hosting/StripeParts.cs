using System.Runtime.CompilerServices;
using McpBilling.Operations;
using McpBilling.Payments;
using McpBilling.Payments.Exporting;
using McpBilling.Server.Commands;
using McpBilling.Server.Jobs;
using McpBilling.Stripe;

namespace McpBilling.Server.Hosting;

/// <summary>What of the program goes to Stripe: what the environment has keys for. Where it has none, nothing of Stripe's library is loaded.</summary>
internal static class StripeParts
{
    private const string RoutesName = "STRIPE_EXPORT_METERS";

    private static readonly string[] KeyNames = ["STRIPE_SECRET_KEY", "STRIPE_TEST_SECRET_KEY", "STRIPE_LIVE_SECRET_KEY"];

    /// <summary>Who takes payments of a mode.</summary>
    /// <returns>Null: there are no keys for it.</returns>
    /// <exception cref="CommandException">What is set is no key of Stripe.</exception>
    public static IPaymentProcessor? Processor(Func<string, string?> environment, Mode mode, TimeProvider time) =>
        HasKeys(environment) ? Checked(() => OfStripe(environment, mode, time)) : null;

    /// <summary>As what engines are given; empty where there are no keys.</summary>
    /// <exception cref="CommandException">What is set is no key of Stripe.</exception>
    public static IReadOnlyList<IProcessorSource> Sources(Func<string, string?> environment, TimeProvider time) => HasKeys(environment) ? [new StripeSource(environment, time)] : [];

    /// <summary>Where recorded usage is exported to.</summary>
    /// <exception cref="CommandException">The routes cannot be read, or there are no keys.</exception>
    public static IReadOnlyList<ExportPlan> Exports(Func<string, string?> environment, TimeProvider time)
    {
        if (environment(RoutesName) is not { } text || string.IsNullOrWhiteSpace(text))
        {
            return [];
        }
        var (routes, wrong) = ExportRoute.Parse(text);
        if (wrong is not null)
        {
            throw new CommandException($"{RoutesName}: {wrong}", ExitCodes.Usage);
        }
        return HasKeys(environment) ? Checked(() => ToStripe(environment, routes, time)) : throw new CommandException($"{RoutesName} is set, but no STRIPE_SECRET_KEY.", ExitCodes.Usage);
    }

    private static bool HasKeys(Func<string, string?> environment) => KeyNames.Any(name => !string.IsNullOrWhiteSpace(environment(name)));

    // Methods of their own, so that the library is loaded only where it is used.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static StripeProcessor? OfStripe(Func<string, string?> environment, Mode mode, TimeProvider time) => StripeProcessor.FromEnvironment(environment, mode, time);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static IReadOnlyList<ExportPlan> ToStripe(Func<string, string?> environment, IReadOnlyList<ExportRoute> routes, TimeProvider time) =>
    [
        .. from mode in new[] { Mode.Test, Mode.Live }
           let keys = StripeKeys.Read(environment, mode)
           where keys is not null
           select new ExportPlan(new StripeUsageExport(keys, time), routes, mode),
    ];

    private static T Checked<T>(Func<T> make)
    {
        try
        {
            return make();
        }
        catch (ArgumentException e)
        {
            // It never shows a key.
            throw new CommandException(e.Message, ExitCodes.Usage);
        }
    }
}
