using System.Collections.Concurrent;
using System.Text.Json;
using McpBilling.Integration;
using McpBilling.Operations;

namespace McpBilling.Server.Hosting;

/// <summary>
/// What a door notes of the requests of one usage operation, for verify_integration. An ordinary answer costs a look at its type and at one header; nothing
/// here waits or fails a request. Requests without a good key are not noted: they belong to no workspace.
/// </summary>
internal sealed class AppWatch
{
    // Where an app runs is told once per key, environment and second: an app that was corrected is judged anew at once, and a busy one costs a row's update.
    private const int MaxTold = 10_000;

    private readonly Operation operation;
    private readonly ISignals signals;
    private readonly TimeProvider time;
    private readonly ConcurrentDictionary<(string? Key, long Workspace, string Environment), long> told = [];

    private AppWatch(Operation operation, ISignals signals, TimeProvider time) => (this.operation, this.signals, this.time) = (operation, signals, time);

    /// <summary>Null where there is nothing to watch or nobody to tell.</summary>
    public static AppWatch? Of(Operation operation, ISignals? signals, TimeProvider time) =>
        signals is not null && SignalReading.Watches(operation) ? new AppWatch(operation, signals, time) : null;

    public void Environment(string? header, Caller caller)
    {
        if (SignalReading.Environment(header) is not { } environment)
        {
            return;
        }
        long second = time.GetUtcNow().ToUnixTimeSeconds();
        var key = (caller.KeyId, caller.WorkspaceKey, environment);
        if (told.TryGetValue(key, out long last) && last == second)
        {
            return;
        }
        if (told.Count >= MaxTold)
        {
            told.Clear();
        }
        told[key] = second;
        signals.Note(SignalReading.EnvironmentSeen(environment, caller), caller);
    }

    public void Answered(object input, object output, Caller caller)
    {
        foreach (var signal in SignalReading.OfAnswer(operation, input, output, caller))
        {
            signals.Note(signal, caller);
        }
    }

    public void Refused(object input, BillingException refusal, Caller caller) => Note(SignalReading.OfRefusal(operation, input, refusal, caller), caller);

    /// <param name="sent">The body as it came.</param>
    public void Unread(ReadOnlyMemory<byte> sent, BillingException refusal, Caller caller) => Note(SignalReading.OfUnread(operation, sent, refusal, caller), caller);

    /// <param name="sent">The arguments as they came.</param>
    public void Unread(JsonElement sent, BillingException refusal, Caller caller) => Note(SignalReading.OfUnread(operation, sent, refusal, caller), caller);

    private void Note(AppSignal? signal, Caller caller)
    {
        if (signal is not null)
        {
            signals.Note(signal, caller);
        }
    }
}
