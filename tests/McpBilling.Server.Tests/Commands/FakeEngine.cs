using McpBilling.Operations;

namespace McpBilling.Server.Tests.Commands;

/// <summary>Stands where the engine stands, for tests of what is around it.</summary>
internal sealed class FakeEngine : IBilling, IHealth, IVerifier, IAsyncDisposable
{
    public bool Ready { get; set; } = true;
    public string? Reason { get; set; }
    public bool IsClosed { get; private set; }
    public IReadOnlyList<string> Differences { get; set; } = [];

    public ValueTask<TOutput> Commit<TOutput>(Command<TOutput> command, Caller caller, CancellationToken cancellation) => throw new NotSupportedException();

    public TPort Reads<TPort>()
        where TPort : class => throw new NotSupportedException();

    public Task<Verification> Verify(CancellationToken cancellation) => Task.FromResult(new Verification(["3 accounts, 12 entries"], Differences));

    public Task<Verification> Verify(ExportedDigests exported, CancellationToken cancellation) => Verify(cancellation);

    public ValueTask DisposeAsync()
    {
        IsClosed = true;
        return ValueTask.CompletedTask;
    }
}
