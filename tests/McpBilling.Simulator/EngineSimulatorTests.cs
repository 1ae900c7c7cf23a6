using System.Globalization;
using McpBilling.Storage;
using McpBilling.Storage.Postgres;

namespace McpBilling.Simulator;

/// <summary>
/// The whole engine, on each database, against the naive customers. <c>MCP_BILLING_SEED</c> replays one seed (part 1), <c>MCP_BILLING_SIM_COMMANDS</c> scales the run.
/// </summary>
public sealed class EngineSimulatorTests
{
    private const int Parts = 4;
    private const int UsualCommands = 100_000;

    // What is held against each other is what was answered, not how soon: on a disk that stands still for seconds one engine would turn a command away because the
    // other's commit takes so long.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static TheoryData<int> AllParts => [.. Enumerable.Range(1, Parts)];

    [Theory]
    [MemberData(nameof(AllParts))]
    public Task A_hundred_thousand_commands_agree_with_the_naive_customers(int part) =>
        Run(part, UsualCommands, folder => DataFile.Locate(Path.Combine(folder, "billing.db"), _ => null).WithPatience(Patience));

    [Theory]
    [MemberData(nameof(AllParts))]
    public Task So_they_do_on_PostgreSQL(int part) => Run(part, UsualCommands / 5, _ => PostgresDatabase.At(PostgresServer.Running.NewDatabase()));

    private static async Task Run(int part, int usual, Func<string, Database> open)
    {
        ulong first = ulong.Parse(Environment.GetEnvironmentVariable("MCP_BILLING_SEED") ?? "20261124", CultureInfo.InvariantCulture);
        // A million commands of bare wallets are a hundred thousand of the engine: one variable scales both.
        int commands = Environment.GetEnvironmentVariable("MCP_BILLING_SIM_COMMANDS") is { } given ? int.Parse(given, CultureInfo.InvariantCulture) / 10 : usual;
        ulong seed = first + (ulong)part - 1;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        await EngineSimulation.Run(seed, (commands + Parts - 1) / Parts, open);
    }
}
