using McpBilling.Operations;

namespace McpBilling.Server.Mcp;

/// <summary>What a client may suggest while somebody types an argument of a prompt or a resource. Only what the caller may read.</summary>
public interface ICompletions
{
    /// <summary>Ids of customers that begin with <paramref name="prefix"/>, at most a hundred.</summary>
    ValueTask<IReadOnlyList<string>> CustomerIds(Caller caller, string prefix, CancellationToken cancellation);

    /// <summary>Ids of the catalog's products.</summary>
    ValueTask<IReadOnlyList<string>> ProductIds(Caller caller, string prefix, CancellationToken cancellation);

    /// <summary>Event types that some meter measures.</summary>
    ValueTask<IReadOnlyList<string>> EventTypes(Caller caller, string prefix, CancellationToken cancellation);

    /// <summary>Assets that the catalog declares or charges in.</summary>
    ValueTask<IReadOnlyList<string>> Assets(Caller caller, string prefix, CancellationToken cancellation);

    /// <summary>Language and image models that some price is for (<c>where: {"model": […]}</c>).</summary>
    ValueTask<IReadOnlyList<string>> Models(Caller caller, string prefix, CancellationToken cancellation);
}
