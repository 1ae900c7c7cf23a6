namespace McpBilling.Operations;

/// <summary>What an operation may ask of the program around the core: a place to commit commands, and ports to read from.</summary>
public interface IBilling
{
    /// <summary>Hands a command to the single writer; completes when its effects are durable.</summary>
    /// <exception cref="BillingException">The command was refused, or the store cannot take it now. Nothing changed.</exception>
    ValueTask<TOutput> Commit<TOutput>(Command<TOutput> command, Caller caller, CancellationToken cancellation);

    /// <summary>A read-only port, such as the wallets or the entries. Reads see the last commit and never wait for the writer.</summary>
    TPort Reads<TPort>() where TPort : class;
}

/// <summary>A unit of work for the writer. What kinds there are is said where they are decided (Customers, Catalog).</summary>
public abstract class Command
{
    /// <summary>One of many that were sent together, whose sender waits for the last: those that were sent alone may be carried out before it.</summary>
    public bool IsOneOfMany { get; init; }
}

/// <summary>A command with the type of its answer.</summary>
public abstract class Command<TOutput> : Command
{
}
