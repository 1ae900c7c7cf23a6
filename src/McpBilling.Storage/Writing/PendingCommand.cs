using McpBilling.Operations;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Storage.Writing;

/// <summary>A command on its way to the writer, and whoever waits for its answer.</summary>
internal abstract class PendingCommand(Caller caller)
{
    private object? _output;
    private Exception? _failure;

    public Caller Caller { get; } = caller;

    /// <summary>What it is counted as: the type of the command, or of whoever sends work that is no command.</summary>
    public Type Kind { get; init; } = typeof(PendingCommand);

    /// <summary>The command, where it is on one customer.</summary>
    public ICustomerCommand? OnCustomer { get; init; }

    /// <summary>When it was handed to the writer, as the clock's ticks; 0 where nobody asks.</summary>
    public long QueuedAt { get; set; }

    /// <summary>What was decided; null when it was refused.</summary>
    public object? Output => _failure is null ? _output : null;

    /// <summary>How it ended, in a word: one of few.</summary>
    public string Outcome => _failure switch
    {
        BillingException refusal => refusal.Code.Name,
        not null => ErrorCode.Internal.Name,
        _ => _output switch
        {
            CommandOutput { Replayed: true } => "replayed",
            AuthorizeUsageOutput { Allowed: false } => "denied",
            _ => "done",
        },
    };

    /// <summary>Sent together with others (<see cref="Command.IsOneOfMany"/>).</summary>
    public bool IsOneOfMany { get; init; }

    /// <summary>Work of the program's own that nobody waits for: it goes along with others' commands, a little in each transaction.</summary>
    public bool GoesAlong { get; init; }

    /// <summary>Decides the command in a batch; the answer waits for the commit.</summary>
    public void Run(Batch batch)
    {
        _failure = null;
        // Of others' work it is not known here what it changes of that which writers keep.
        batch.IsTold &= OnCustomer is not null || GoesAlong;
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
