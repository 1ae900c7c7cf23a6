using System.Text.Json;
using McpBilling.Operations;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpBilling.Server.Mcp;

/// <summary>
/// What a conversation offers beside the operations. It goes the same way as they do: keys and scopes, checked arguments, refusals, session mode, gates.
/// </summary>
internal sealed record Conversation
{
    public static readonly Conversation Empty = new();

    public IReadOnlyList<ConversationTool> Tools { get; init; } = [];

    public IReadOnlyList<ConversationResource> Resources { get; init; } = [];

    public IReadOnlyList<ConversationPrompt> Prompts { get; init; } = [];

    /// <summary>Capabilities and handlers that the product itself has none of (logging, subscriptions).</summary>
    public Action<McpServerOptions> Configure { get; init; } = static _ => { };
}

/// <summary>A tool whose answer is no operation's output: it shows media, asks, reports on its way.</summary>
/// <param name="Definition">As it is listed.</param>
/// <param name="Scope">What a key needs for it.</param>
/// <param name="Input">What its arguments are checked against; null when its definition says it all.</param>
internal sealed record ConversationTool(Tool Definition, string Scope, InputSchema? Input, Func<ConversationCall, CancellationToken, ValueTask<CallToolResult>> Run);

/// <summary>A call that passed every check.</summary>
/// <param name="State">Signs what travels with a question and comes back with its answer.</param>
internal sealed record ConversationCall(RequestContext<CallToolRequestParams> Request, Caller Caller, JsonElement Arguments, ConfirmationState State);

/// <summary>A resource at one address, or a template of many.</summary>
/// <param name="Template">For a template, in place of <paramref name="Definition"/>.</param>
/// <param name="Read">The content at an address; null when it is none of this resource's.</param>
internal sealed record ConversationResource(Resource? Definition, ResourceTemplate? Template, Func<string, ResourceContents?> Read);

/// <summary>A prompt that is more than text.</summary>
/// <param name="Render">Gets the arguments, of which none that is required is missing and none is unknown.</param>
internal sealed record ConversationPrompt(Prompt Definition, Func<RequestContext<GetPromptRequestParams>, IReadOnlyDictionary<string, string>, GetPromptResult> Render)
{
    /// <summary>Choices for every argument, separated by <c>|</c>; empty for none.</summary>
    public string Completes { get; init; } = "";
}
