using McpBilling.Storage.Writing;

namespace McpBilling.Storage.Tests.Writing;

/// <summary>Holds the writer before its commit, so that what is asked meanwhile becomes one batch.</summary>
internal sealed class WriterGate : IDisposable
{
    private readonly ManualResetEventSlim open = new();
    private readonly SemaphoreSlim reached = new(0);

    public WriterGate() => Faults = new WriterFaults
    {
        BeforeCommit = () =>
        {
            BatchesSinceClosed++;
            reached.Release();
            open.Wait();
        },
        AfterCommit = () => AfterCommit?.Invoke(),
    };

    public WriterFaults Faults { get; }

    public Action? AfterCommit { get; set; }

    public int BatchesSinceClosed { get; private set; }

    /// <summary>A batch waits at the gate.</summary>
    public Task Reached() => reached.WaitAsync(TestContext.Current.CancellationToken);

    public void Open() => open.Set();

    public void Close()
    {
        open.Reset();
        while (reached.Wait(0))
        {
        }
        BatchesSinceClosed = 0;
    }

    public void Dispose()
    {
        open.Set();
        open.Dispose();
        reached.Dispose();
    }
}
