using McpBilling.Operations;
using ModelContextProtocol.Protocol;

namespace McpBilling.Server.Mcp;

/// <summary>A tool that must know something from the client itself, such as its folders, before it can run. Asked together with the user's consent, in one go.</summary>
internal interface IAsksTheClient
{
    /// <summary>What to ask a client of these capabilities, each under a name; empty when the client cannot tell.</summary>
    IReadOnlyDictionary<string, InputRequest> Questions(ClientCapabilities? client);

    /// <param name="answers">By the names of the questions; null when none was asked.</param>
    ValueTask<object> Run(object input, IDictionary<string, InputResponse>? answers, Caller caller, CancellationToken cancellation);
}
