using McpBilling.Operations;

namespace McpBilling.Storage.Writing;

/// <summary>A command on its way to the writer, and whoever waits for its answer.</summary>
internal abstract class PendingCommand(Caller caller)
{
    private object? _output;
    private Exception? _failure;

    public Caller Caller { get; } = caller;

    /// <summary>Sent together with others (<see cref="Command.IsOneOfMany"/>).</summary>
    public bool IsOneOfMany { get; init; }

    /// <summary>Decides the command in a batch; the answer waits for the commit.</summary>
    public void Run(Batch batch)
    {
        _failure = null;
        _output = Decide(batch);
    }

    public void Refuse(Exception failure) => _failure = failure;

    /// <summary>Tells whoever waits. Only after the commit, or after it is certain that nothing was written.</summary>
    public void Answer()
    {
        if (_failure is { } failure)
        {
            Fail(failure);
        }
        else
        {
            Succeed(_output!);
        }
    }

    protected abstract object Decide(Batch batch);
    protected abstract void Succeed(object output);
    protected abstract void Fail(Exception failure);
}

/// <summary>A pending command with its type of answer.</summary>
internal sealed class PendingCommand<TOutput>(Caller caller, Func<Batch, object> decide) : PendingCommand(caller)
{
    // Continuations run on the thread pool: the writer never does a caller's work.
    private readonly TaskCompletionSource<TOutput> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<TOutput> Task => _answer.Task;

    protected override object Decide(Batch batch) => decide(batch);

    protected override void Succeed(object output) => _answer.SetResult((TOutput)output);

    protected override void Fail(Exception failure) => _answer.SetException(failure);
}
