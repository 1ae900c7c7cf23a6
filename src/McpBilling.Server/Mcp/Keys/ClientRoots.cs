using ModelContextProtocol.Protocol;

namespace McpBilling.Server.Mcp.Keys;

/// <summary>
/// The folders that a client works in. The revision of 2026-07-28 deprecates roots, and no successor tells a server where the project lies; coding tools
/// still declare them. Where a client does not, the folder of the process stands in.
/// </summary>
internal static class ClientRoots
{
    private const string Question = "roots";

#pragma warning disable MCP9005 // Deprecated, as said above; everything that touches it is in this file.
    public static IReadOnlyDictionary<string, InputRequest> Ask(ClientCapabilities? client)
    {
        var questions = new Dictionary<string, InputRequest>();
        if (client?.Roots is not null)
        {
            questions[Question] = InputRequest.ForRootsList(new ListRootsRequestParams());
        }
        return questions;
    }

    /// <summary>The roots' URIs; null when the client was not asked.</summary>
    public static IReadOnlyList<string>? Read(IDictionary<string, InputResponse>? answers) =>
        answers?.TryGetValue(Question, out var answer) == true && answer is not null
            ? [.. (answer.Deserialize(InputResponse.ListRootsResultJsonTypeInfo)?.Roots ?? []).Select(r => r.Uri)]
            : null;
#pragma warning restore MCP9005
}
