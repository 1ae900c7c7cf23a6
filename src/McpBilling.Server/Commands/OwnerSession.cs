using System.Text.Json;
using System.Text.Json.Nodes;
using McpBilling.Operations;
using McpBilling.Server.Hosting;
using McpBilling.Storage;

namespace McpBilling.Server.Commands;

/// <summary>Operations on a data file, by whoever may read it: what a command does that is a call of the API.</summary>
internal sealed class OwnerSession : IAsyncDisposable
{
    private readonly Composition parts;
    private readonly ILoggerFactory logs = StandardErrorLogs.Create(LogLevel.Warning);
    private readonly ApiKeys keys;
    private readonly Engine engine;

    private OwnerSession(Composition parts, Database file, Mode mode)
    {
        this.parts = parts;
        keys = new ApiKeys(file, parts.Time);
        // Before the engine is there: what is refused here must not leave a writer running that nobody ends.
        Caller = keys.OwnerCaller(mode);
        engine = parts.OpenEngine(file, parts.Time, logs);
    }

    public Caller Caller { get; }

    /// <summary>On a data file that is there already.</summary>
    /// <param name="data">The option <c>--data</c>.</param>
    public static OwnerSession OnExisting(Composition parts, string? data, Mode mode, Terminal terminal)
    {
        var file = Database.Locate(data, terminal.Environment);
        Migrator.RequireExisting(file, parts.Time);
        return new OwnerSession(parts, file, mode);
    }

    /// <summary>On a data file that is made when it is not there.</summary>
    /// <param name="data">The option <c>--data</c>.</param>
    public static OwnerSession OnAny(Composition parts, string? data, Mode mode, Terminal terminal) => new(parts, parts.Prepare(data, terminal), mode);

    /// <summary>Runs an operation by its name, from and to JSON.</summary>
    /// <exception cref="CommandException">This program does not have it.</exception>
    /// <exception cref="BillingException">It was refused.</exception>
    public async Task<JsonElement> Run(string operationName, JsonObject input, CancellationToken cancellation)
    {
        var operation = parts.Operations.FirstOrDefault(o => o.Name == operationName) ?? throw new CommandException($"This program was built without {operationName}.");
        object typed = input.Deserialize(parts.Json.GetTypeInfo(operation.InputType))!;
        object output = await operation.Run(typed, Caller, engine.Billing, cancellation);
        return JsonSerializer.SerializeToElement(output, parts.Json.GetTypeInfo(operation.OutputType));
    }

    public async ValueTask DisposeAsync()
    {
        await engine.DisposeAsync();
        keys.Dispose();
        logs.Dispose();
    }
}
