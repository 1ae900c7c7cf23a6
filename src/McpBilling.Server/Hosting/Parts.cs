using McpBilling.Server.Demo;
using McpBilling.Storage.Verifying;

namespace McpBilling.Server.Hosting;

/// <summary>The composition root: which parts this program is made of.</summary>
internal static class Parts
{
    public static Composition OfProgram() => new()
    {
        OpenEngine = static (file, time, logs) => Engines.Open(file, time, logs, StripeParts.Sources(Environment.GetEnvironmentVariable, time)),
        OpenVerifier = file => new Verifier(file),
        Exports = StripeParts.Exports,
        RunDemo = static (terminal, cancellation) => DemoStory.Tell(OfProgram(), terminal, cancellation),
    };
}
