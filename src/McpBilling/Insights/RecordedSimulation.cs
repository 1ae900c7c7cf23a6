using McpBilling.Catalog;
using McpBilling.Operations;

namespace McpBilling.Insights;

/// <summary>Replays recorded customers over the machine's cores, each on one thread.</summary>
internal static class RecordedSimulation
{
    // Threads of their own rather than the pool's, which answers requests meanwhile.
    private const TaskCreationOptions OwnThread = TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach;

    /// <param name="present">The catalog to compare with: for the equality with what was charged, the recorded one.</param>
    /// <param name="progress">Told after every hundredth of the facts.</param>
    /// <exception cref="OperationCanceledException">Stopped; nothing is left of it.</exception>
    public static async Task<SimulationPart> Run(
        IRecordedUsage recorded, CatalogSnapshot present, DraftCatalog? draft, bool keepsSignup, IReadOnlyList<AssumedCost> costs,
        IProgress<OperationProgress>? progress, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var gate = new Lock();
        int next = 0;
        var told = new ToldProgress(progress, recorded.Facts);

        Range? Next()
        {
            lock (gate)
            {
                if (next >= recorded.Customers)
                {
                    return null;
                }
                var portion = recorded.Portion(next);
                next = portion.End.Value;
                return portion;
            }
        }

        SimulationPart Work()
        {
            var part = new SimulationPart(draft is not null);
            using var reader = recorded.OpenReader();
            while (Next() is { } customers)
            {
                foreach (var history in reader.Read(customers))
                {
                    stop.Token.ThrowIfCancellationRequested();
                    var replay = new RecordedReplay(history, recorded, present, draft, keepsSignup, () => new Tally(recorded.Period.From, costs));
                    var (now, then) = replay.Run(stop.Token);
                    part.Add(history.Customer.Id, 1, now, then);
                    told.Add(history.Facts.Count);
                }
            }
            return part;
        }

        int workers = Math.Clamp(recorded.Customers, 1, Environment.ProcessorCount);
        var running = Enumerable.Range(0, workers).Select(_ => Task.Factory.StartNew(
            () =>
            {
                try
                {
                    return Work();
                }
                catch
                {
                    stop.Cancel();
                    throw;
                }
            },
            CancellationToken.None, OwnThread, TaskScheduler.Default)).ToArray();
        try
        {
            await Task.WhenAll(running);
        }
        catch (Exception)
        {
            cancellation.ThrowIfCancellationRequested();
            // The others stopped because of the one that failed: that one is to be told.
            var failure = running.Select(t => t.Exception?.InnerException).FirstOrDefault(e => e is not null and not OperationCanceledException);
            if (failure is not null)
            {
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
            }
            throw;
        }
        // Stopped during the last pieces: nobody waits for the answer.
        cancellation.ThrowIfCancellationRequested();
        var whole = new SimulationPart(draft is not null);
        foreach (var part in running)
        {
            whole.Add(part.Result);
        }
        return whole;
    }

    private sealed class ToldProgress(IProgress<OperationProgress>? progress, long total)
    {
        private readonly Lock gate = new();
        private long done, toldOf;

        public void Add(long facts)
        {
            lock (gate)
            {
                done += facts;
                if (progress is not null && done - toldOf >= Math.Max(1, total / 100))
                {
                    toldOf = done;
                    progress.Report(new OperationProgress(done, total, "replaying recorded usage"));
                }
            }
        }
    }
}
