namespace McpBilling.Operations;

/// <summary>A group of tools that a host can switch on (<c>--toolsets setup,usage</c>).</summary>
public enum ToolSet
{
    Setup,
    Catalog,
    Wallets,
    Usage,
    Costs,
    Payments,
    Admin,
}

/// <summary>
/// One row of the table of contents: what a use case is called and how it may be reached. The MCP tool, the REST route and the OpenAPI entry are
/// projected from it, so they cannot drift apart.
/// </summary>
public abstract class Operation
{
    /// <summary>Verb first, snake_case: the MCP tool's name and the OpenAPI operationId.</summary>
    public required string Name { get; init; }

    /// <summary>For people, in a list of tools.</summary>
    public required string Title { get; init; }

    /// <summary>When to use it and what to call next; under 2 KB.</summary>
    public required string Description { get; init; }

    public required ToolSet ToolSet { get; init; }

    /// <summary>The scope a key needs.</summary>
    public required string Scope { get; init; }

    /// <summary><c>POST /v1/holds/{hold_id}/capture</c>; a name in braces is filled into the input field of that name. Null: no REST route.</summary>
    public string? Route { get; init; }

    /// <summary>False for operations that have no MCP tool.</summary>
    public bool HasTool { get; init; } = true;

    /// <summary>Changes nothing.</summary>
    public bool Reads { get; init; }

    /// <summary>Takes something away (credit, an item) rather than adding.</summary>
    public bool Destroys { get; init; }

    /// <summary>The same call twice changes no more than once.</summary>
    public bool Idempotent { get; init; } = true;

    /// <summary>The HTTP status of a first creation is 201.</summary>
    public bool Creates { get; init; }

    /// <summary>May keep a processor busy for seconds: a key runs few of them at once, further ones are refused with <c>rate_limited</c>.</summary>
    public bool TakesLong { get; init; }

    /// <summary>Takes up to a thousand in one request of what another operation takes one of: over REST it gives way to that.</summary>
    public bool TakesMany { get; init; }

    public abstract Type InputType { get; }
    public abstract Type OutputType { get; }

    /// <summary>Runs the operation with an input of <see cref="InputType"/>.</summary>
    public abstract ValueTask<object> Run(object input, Caller caller, IBilling billing, CancellationToken cancellation);

    /// <summary>The same, telling how far it has come; most operations are too short to tell anything.</summary>
    public virtual ValueTask<object> Run(object input, Caller caller, IBilling billing, IProgress<OperationProgress>? progress, CancellationToken cancellation) =>
        Run(input, caller, billing, cancellation);
}

/// <summary>An operation with its input and output.</summary>
public abstract class Operation<TInput, TOutput> : Operation
    where TInput : class
    where TOutput : class
{
    public override Type InputType => typeof(TInput);
    public override Type OutputType => typeof(TOutput);

    public abstract ValueTask<TOutput> Run(TInput input, Caller caller, IBilling billing, CancellationToken cancellation);

    /// <summary>The same, telling how far it has come: what long operations override, and to which they send the other.</summary>
    public virtual ValueTask<TOutput> Run(TInput input, Caller caller, IBilling billing, IProgress<OperationProgress>? progress, CancellationToken cancellation) =>
        Run(input, caller, billing, cancellation);

    public sealed override async ValueTask<object> Run(object input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        await Run((TInput)input, caller, billing, cancellation);

    public sealed override async ValueTask<object> Run(
        object input, Caller caller, IBilling billing, IProgress<OperationProgress>? progress, CancellationToken cancellation) =>
        await Run((TInput)input, caller, billing, progress, cancellation);
}
