using System.Globalization;

namespace McpBilling.Simulator;

/// <summary>
/// The core against the naive wallet. <c>MCP_BILLING_SEED</c> replays one seed, <c>MCP_BILLING_SIM_COMMANDS</c> scales the run (a million by default).
/// </summary>
public sealed class WalletSimulatorTests
{
    private const int Parts = 8;

    public static TheoryData<int> AllParts => [.. Enumerable.Range(1, Parts)];

    [Theory]
    [MemberData(nameof(AllParts))]
    public void A_million_commands_agree_with_the_naive_wallet(int part)
    {
        ulong first = ulong.Parse(Environment.GetEnvironmentVariable("MCP_BILLING_SEED") ?? "20261124", CultureInfo.InvariantCulture);
        int commands = int.Parse(Environment.GetEnvironmentVariable("MCP_BILLING_SIM_COMMANDS") ?? "1000000", CultureInfo.InvariantCulture);
        // A replay runs exactly the seed it was given; a fresh run gives each part its own.
        ulong seed = part == 1 ? first : first + (ulong)part - 1;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        WalletSimulation.Run(seed, (commands + Parts - 1) / Parts);
    }
}
