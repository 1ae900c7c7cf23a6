using McpBilling.Operations;
using ModelContextProtocol.Protocol;

namespace McpBilling.Server.Mcp.Keys;

/// <summary>A tool that writes a secret into an env file of the project, whose folder the client is asked for.</summary>
internal abstract class EnvFileTool<TInput, TOutput> : Operation<TInput, TOutput>, IAsksTheClient
    where TInput : class
    where TOutput : class
{
    public IReadOnlyDictionary<string, InputRequest> Questions(ClientCapabilities? client) => ClientRoots.Ask(client);

    public sealed override async ValueTask<TOutput> Run(TInput input, Caller caller, IBilling billing, CancellationToken cancellation) => await Write(input, null, caller, cancellation);

    public async ValueTask<object> Run(object input, IDictionary<string, InputResponse>? answers, Caller caller, CancellationToken cancellation) =>
        await Write((TInput)input, ClientRoots.Read(answers), caller, cancellation);

    /// <param name="roots">The client's; null when it has none to tell of.</param>
    protected abstract ValueTask<TOutput> Write(TInput input, IReadOnlyList<string>? roots, Caller caller, CancellationToken cancellation);
}
