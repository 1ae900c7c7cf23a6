using System.Runtime.CompilerServices;
using McpBilling.Server.Commands;
using McpBilling.Server.Mcp;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace McpBilling.Server.Telemetry;

/// <summary>
/// Metrics and traces to a collector by OTLP, where the environment names one. Everything else (protocol, headers, interval, sampler, resource) is said by the variables of OpenTelemetry,
/// which its SDK reads itself. Where none is named nothing of OpenTelemetry is loaded.
/// </summary>
internal static class OtlpExport
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT", TracesEndpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", MetricsEndpoint = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";

    /// <summary>Whether a collector is named.</summary>
    public static bool IsAsked(Func<string, string?> environment) =>
        !string.Equals(environment("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase) && (Goes(environment, TracesEndpoint) || Goes(environment, MetricsEndpoint));

    /// <summary>Exports until it is disposed; null where no collector is named.</summary>
    /// <exception cref="CommandException">An endpoint is no address.</exception>
    public static IDisposable? Start(Func<string, string?> environment) => IsAsked(environment) ? Open(environment) : null;

    // A method of its own, so that the libraries are loaded only where it is called.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Running Open(Func<string, string?> environment)
    {
        foreach (string variable in (ReadOnlySpan<string>)[Endpoint, TracesEndpoint, MetricsEndpoint])
        {
            if (environment(variable) is { Length: > 0 } text && !(Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"))
            {
                // The value may hold a password.
                throw new CommandException($"{variable} is not an http address, such as http://127.0.0.1:4317.", ExitCodes.Usage);
            }
        }
        string service = environment("OTEL_SERVICE_NAME") is { Length: > 0 } named ? named : "mcp-billing";
        var resource = ResourceBuilder.CreateDefault().AddService(service, serviceVersion: BillingServer.Version, autoGenerateServiceInstanceId: true);
        var traces = Goes(environment, TracesEndpoint) ? Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(ServerMeter.Name).AddOtlpExporter().Build() : null;
        // The same meters as those that are scraped, and for the same reason no others.
        var metrics = Goes(environment, MetricsEndpoint) ? Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter([.. MetricBook.Meters]).AddOtlpExporter().Build() : null;
        RuntimeHelpers.RunClassConstructor(typeof(ServerMeter).TypeHandle);
        return new Running(traces, metrics);
    }

    private static bool Goes(Func<string, string?> environment, string own) => environment(own) is { Length: > 0 } || environment(Endpoint) is { Length: > 0 };

    private sealed class Running(TracerProvider? traces, MeterProvider? metrics) : IDisposable
    {
        // What is left is sent, for a second at most: a collector that is away must not hold up the end.
        public void Dispose()
        {
            traces?.ForceFlush(1_000);
            metrics?.ForceFlush(1_000);
            traces?.Dispose();
            metrics?.Dispose();
        }
    }
}
