using System.Text.Json;
using McpBilling.Integration;
using McpBilling.Operations;
using McpBilling.Storage;

namespace McpBilling.Server.Hosting;

/// <summary>What the program is made of. Everything the commands and doors need from the rest is named here and nowhere else.</summary>
public sealed record Composition
{
    /// <summary>The table of contents. Made when it is first asked for, which not every command does.</summary>
    public IReadOnlyList<Operation> Operations { get => field ?? AllOperations.List; init; }

    /// <summary>Reads and writes the inputs and outputs of all operations.</summary>
    public JsonSerializerOptions Json { get => field ?? BillingJson.Conventions; init; }

    /// <summary>Opens the engine on a prepared data file. Closing it drains its writer.</summary>
    public required Func<Database, TimeProvider, ILoggerFactory, Engine> OpenEngine { get; init; }

    /// <summary>Makes the verifier of a prepared data file.</summary>
    public required Func<Database, IVerifier> OpenVerifier { get; init; }

    /// <summary>Tells the story in a terminal; gives the exit code.</summary>
    public required Func<TextWriter, CancellationToken, Task<int>> RunDemo { get; init; }

    /// <summary>What MCP offers beside the operations.</summary>
    internal Mcp.Conversation Conversation { get; init; } = Mcp.Conversation.Empty;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where recorded usage is exported to, as the environment says.</summary>
    internal Func<Func<string, string?>, TimeProvider, IReadOnlyList<Jobs.ExportPlan>> Exports { get; init; } = static (_, _) => [];
}

/// <summary>A running engine.</summary>
/// <param name="Lifetime">Its end: finishes what was taken on, then lets go of the file.</param>
public sealed record Engine(IBilling Billing, IHealth Health, IAsyncDisposable Lifetime) : IAsyncDisposable
{
    /// <summary>Where the doors note what leaves no row; null: nowhere.</summary>
    public ISignals? Signals { get; init; }

    /// <summary>Payments as they run; null where there are none.</summary>
    internal Payments.PaymentDesk? Payments { get; init; }

    /// <summary>Where periodic work runs, and is seen to run; null where there is none.</summary>
    internal Jobs.Rounds? Rounds { get; init; }

    /// <summary>Derives a secret for one purpose, the same in every process on this data; null where there is none to share.</summary>
    public Func<string, byte[]>? SharedSecret { get; init; }

    public ValueTask DisposeAsync() => Lifetime.DisposeAsync();
}
