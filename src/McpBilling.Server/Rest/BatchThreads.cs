using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace McpBilling.Server.Rest;

/// <summary>
/// Threads for requests that carry many: reading a batch of a hundred takes milliseconds in one piece, and whoever asks before each model call should not wait for
/// a processor meanwhile. Where the system lets a thread be nicer than others (Linux, Windows), these are, so that they give way at once.
/// </summary>
internal sealed partial class BatchThreads : TaskScheduler
{
    /// <summary>Under which they are seen in a list of threads.</summary>
    public const string Name = "billing batches";

    /// <summary>
    /// By so much more than the program's others: a quarter of a processor beside one of them. Not more: a thread that gets none at all may hold what others wait for
    /// (with 10, the slowest authorizations took twice as long where both processors were taken).
    /// </summary>
    public const int Niceness = 5;

    private static readonly Lazy<BatchThreads> One = new(() => new BatchThreads());

    private readonly BlockingCollection<Task> waiting = [];

    private BatchThreads()
    {
        for (int i = 0; i < Environment.ProcessorCount; i++)
        {
            new Thread(Serve) { IsBackground = true, Name = Name, Priority = ThreadPriority.BelowNormal }.Start();
        }
    }

    public override int MaximumConcurrencyLevel => Environment.ProcessorCount;

    /// <summary>Carries out a request there, with all that it waits for in between.</summary>
    public static Task Run(Func<Task> request) => Task.Factory.StartNew(request, CancellationToken.None, TaskCreationOptions.DenyChildAttach, One.Value).Unwrap();

    /// <summary>A handler that is carried out there.</summary>
    public static RequestDelegate Behind(RequestDelegate handle) => context => Run(() => handle(context));

    protected override void QueueTask(Task task) => waiting.Add(task);

    // Whoever may run it here is one of these.
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => !taskWasPreviouslyQueued && Current == this && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => waiting;

    private void Serve()
    {
        // .NET knows no priorities on Linux. Where this is refused, the threads are as all others.
        if (OperatingSystem.IsLinux())
        {
            _ = BeNicer(by: Niceness);
        }
        foreach (var task in waiting.GetConsumingEnumerable())
        {
            TryExecuteTask(task);
        }
    }

    /// <summary>nice(2), which on Linux is about the calling thread.</summary>
    [LibraryImport("libc", EntryPoint = "nice")]
    private static partial int BeNicer(int by);
}
