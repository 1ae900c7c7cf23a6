using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpBilling.Server.Mcp;

/// <summary>The prompts in <c>prompts/</c>, which travel inside the program, and what the conversation has besides.</summary>
internal sealed class Prompts(McpSurface surface)
{
    private readonly Lazy<IReadOnlyList<PromptFile>> files = new(() => [.. Embedded.Under("prompts/").Select(name => PromptFile.Parse(Embedded.Text(name)))]);

    public ValueTask<ListPromptsResult> List(RequestContext<ListPromptsRequestParams> request, CancellationToken cancellation) => ValueTask.FromResult(new ListPromptsResult
    {
        Prompts =
        [
            .. files.Value.Select(DefinitionOf),
            .. surface.Conversation.Prompts.Select(p => p.Definition),
        ],
        TimeToLive = BillingServer.ListsStayFor,
        CacheScope = CacheScope.Public,
    });

    /// <exception cref="McpProtocolException">There is no such prompt, or an argument is missing or unknown.</exception>
    public ValueTask<GetPromptResult> Get(RequestContext<GetPromptRequestParams> request, CancellationToken cancellation)
    {
        string name = request.Params?.Name ?? "";
        if (FindOther(name) is { } other)
        {
            return ValueTask.FromResult(other.Render(request, Checked(other.Definition, request.Params)));
        }
        var file = Find(name);
        var given = Checked(DefinitionOf(file), request.Params);
        return ValueTask.FromResult(new GetPromptResult
        {
            Description = file.Description,
            Messages = [new PromptMessage { Role = Role.User, Content = new TextContentBlock { Text = file.Render(given) } }],
        });
    }

    private static Dictionary<string, string> Checked(Prompt prompt, GetPromptRequestParams? asked)
    {
        IList<PromptArgument> known = prompt.Arguments ?? [];
        Dictionary<string, string> given = new(StringComparer.Ordinal);
        foreach (var (name, value) in asked?.Arguments ?? new Dictionary<string, JsonElement>())
        {
            if (known.All(a => a.Name != name))
            {
                throw new McpProtocolException($"{name} is not an argument of {prompt.Name}. It takes: {string.Join(", ", known.Select(a => a.Name))}.", McpErrorCode.InvalidParams);
            }
            given[name] = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        }
        if (known.FirstOrDefault(a => a.Required == true && given.GetValueOrDefault(a.Name, "").Length == 0) is { } missing)
        {
            throw new McpProtocolException($"{missing.Name} is missing: {missing.Description}", McpErrorCode.InvalidParams);
        }
        return given;
    }

    public ConversationPrompt? FindOther(string name) => surface.Conversation.Prompts.FirstOrDefault(p => p.Definition.Name == name);

    /// <exception cref="McpProtocolException">There is no such prompt.</exception>
    public PromptFile Find(string name) =>
        files.Value.FirstOrDefault(f => f.Name == name) ?? throw new McpProtocolException($"Unknown prompt: {(name.Length > 64 ? name[..64] + "…" : name)}", McpErrorCode.InvalidParams);

    private static Prompt DefinitionOf(PromptFile file) => new()
    {
        Name = file.Name,
        Title = file.Title,
        Description = file.Description,
        Arguments = [.. file.Arguments.Select(a => new PromptArgument { Name = a.Name, Description = a.Description, Required = a.Required })],
    };
}
