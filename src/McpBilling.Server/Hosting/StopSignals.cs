using System.Runtime.InteropServices;

namespace McpBilling.Server.Hosting;

/// <summary>Turns the first SIGTERM, SIGINT or SIGQUIT into a token, so that work is drained. A second one ends the process as usual.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly PosixSignalRegistration[] registrations;

    public StopSignals() => registrations = [.. new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT }.Select(s => PosixSignalRegistration.Create(s, Handle))];

    public CancellationToken Token => stop.Token;

    /// <summary>Completes with the first signal.</summary>
    public Task Requested => Task.Delay(Timeout.InfiniteTimeSpan, stop.Token).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

    public void Dispose()
    {
        Array.ForEach(registrations, r => r.Dispose());
        stop.Dispose();
    }

    private void Handle(PosixSignalContext signal)
    {
        if (!stop.IsCancellationRequested)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }
}
