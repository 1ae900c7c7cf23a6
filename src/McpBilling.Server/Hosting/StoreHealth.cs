using McpBilling.Operations;

namespace McpBilling.Server.Hosting;

/// <summary>The store as it answers now: tried by a read and by a write of no meaning, unless a transaction has just told. What does not answer in time counts as not working.</summary>
/// <param name="read">Reads something.</param>
/// <param name="write">Writes something, and completes when the disk has it.</param>
/// <param name="lastWrite">When a transaction last ended, as the clock's ticks, and why the store did not take it.</param>
/// <param name="warm">The writer's first turn: before it ends nothing can be written.</param>
/// <param name="data">Tells which data it is (<see cref="IHealth.Data"/>).</param>
internal sealed class StoreHealth(Func<Task> read, Func<Task> write, Func<(long At, BillingException? Trouble)> lastWrite, Task warm, Func<string>? data, TimeProvider time) : IHealth
{
    /// <summary>How long an answer waits for what is being tried.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    /// <summary>What takes longer does not work.</summary>
    public static readonly TimeSpan TooLong = TimeSpan.FromSeconds(2);

    // A write costs the disk something: rarely while all is well, often enough to see the end of trouble.
    private static readonly TimeSpan WhileWell = TimeSpan.FromSeconds(5), InTrouble = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly Trial reading = new(), writing = new();

    public string? Data => data?.Invoke();

    /// <summary>As it was when last looked at, with what transactions have told since.</summary>
    public Readiness Last
    {
        get
        {
            lock (gate)
            {
                return Judge();
            }
        }
    }

    public async ValueTask<Readiness> Look()
    {
        Task trying;
        lock (gate)
        {
            Begin(reading, read, reading.Failure is null ? WhileWell : InTrouble);
            var (at, trouble) = lastWrite();
            bool isTold = at != 0 && time.GetElapsedTime(at) < (trouble is null ? WhileWell : InTrouble);
            if (warm.IsCompleted && !isTold)
            {
                Begin(writing, write, InTrouble);
            }
            trying = Task.WhenAll(reading.Running, writing.Running);
        }
        // How they end is looked at below.
        await Task.WhenAny(trying, Task.Delay(Patience, time));
        return Last;
    }

    private Readiness Judge()
    {
        var (at, trouble) = lastWrite();
        // What a transaction has told since the last trial is newer.
        bool isOlder = writing.Running.IsCompleted && at > writing.BeganAt;
        string? cannotRead = Problem(reading, "The data cannot be read");
        string? cannotWrite = !warm.IsCompleted ? "The keys of earlier requests are being read." : trouble?.Detail ?? (isOlder ? null : Problem(writing, "The data cannot be written to"));
        var code = trouble?.Code ?? (isOlder ? null : writing.Failure as BillingException)?.Code;
        return new Readiness(cannotRead is null, cannotRead is null && cannotWrite is null, cannotRead ?? cannotWrite) { Code = cannotRead is null && code is { Status: 503 } ? code : ErrorCode.TryAgain };
    }

    private string? Problem(Trial trial, string what)
    {
        if (!trial.Running.IsCompleted)
        {
            var since = time.GetElapsedTime(trial.BeganAt);
            return since >= TooLong ? $"{what}: no answer for {(int)since.TotalSeconds} seconds." : null;
        }
        return trial.Failure is not { } failure ? null : failure is BillingException refusal ? refusal.Detail : what + ".";
    }

    private void Begin(Trial trial, Func<Task> attempt, TimeSpan pause)
    {
        if (trial.Running.IsCompleted && (trial.BeganAt == 0 || time.GetElapsedTime(trial.BeganAt) >= pause))
        {
            trial.BeganAt = time.GetTimestamp();
            trial.Running = Try(trial, attempt);
        }
    }

    private static async Task Try(Trial trial, Func<Task> attempt)
    {
        try
        {
            await attempt();
            trial.Failure = null;
        }
        catch (Exception e)
        {
            trial.Failure = e;
        }
    }

    private sealed class Trial
    {
        public Task Running { get; set; } = Task.CompletedTask;

        public long BeganAt { get; set; }

        public volatile Exception? Failure;
    }
}
