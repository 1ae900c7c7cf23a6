using System.Collections.Concurrent;

namespace McpBilling.Storage.Reading;

/// <summary>
/// Threads for reads of a database that is far away. A read waits for the network at each question, and holds its thread meanwhile: on the thread pool's, a few reads keep all requests
/// waiting, and the writer's own answers, which come by way of the pool. Their number is also that of the connections that reads take.
/// </summary>
internal sealed class ReadThreads : IDisposable
{
    /// <summary>A server's usual 100 connections are enough for several replicas; reads beyond wait for their turn.</summary>
    public const int Count = 16;

    /// <summary>Under which they are seen in a list of threads.</summary>
    public const string Name = "billing reads";

    private readonly BlockingCollection<Action> _waiting = [];
    private readonly Lazy<bool> _started;

    public ReadThreads() => _started = new(Start);

    /// <summary>Carries out a read there. What it throws before it has answered is the answer's.</summary>
    /// <param name="read">Is given where to leave its answer: whoever awaits it goes on elsewhere, while the read ends what it began.</param>
    public Task<T> Run<T>(Action<Action<T>> read)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = _started.Value;
        void CarryOut()
        {
            try
            {
                read(result => answer.TrySetResult(result));
            }
            catch (Exception e)
            {
                answer.TrySetException(e);
            }
        }
        try
        {
            _waiting.Add(CarryOut);
        }
        catch (InvalidOperationException)
        {
            // Closed meanwhile: whoever still asks is told by the database.
            CarryOut();
        }
        return answer.Task;
    }

    public void Dispose() => _waiting.CompleteAdding();

    private bool Start()
    {
        for (int i = 0; i < Count; i++)
        {
            new Thread(Serve) { IsBackground = true, Name = Name }.Start();
        }
        return true;
    }

    private void Serve()
    {
        foreach (var read in _waiting.GetConsumingEnumerable())
        {
            read();
        }
    }
}
