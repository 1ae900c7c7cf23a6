using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpBilling.Server.Mcp;

/// <summary>The prompts in <c>prompts/</c>, which travel inside the program.</summary>
internal sealed class Prompts
{
    private readonly Lazy<IReadOnlyList<PromptFile>> files = new(() => [.. Embedded.Under("prompts/").Select(name => PromptFile.Parse(Embedded.Text(name)))]);

    public ValueTask<ListPromptsResult> List(RequestContext<ListPromptsRequestParams> request, CancellationToken cancellation) => ValueTask.FromResult(new ListPromptsResult
    {
        Prompts =
        [
            .. files.Value.Select(f => new Prompt
            {
                Name = f.Name,
                Title = f.Title,
                Description = f.Description,
                Arguments = [.. f.Arguments.Select(a => new PromptArgument { Name = a.Name, Description = a.Description, Required = a.Required })],
            }),
        ],
        TimeToLive = BillingServer.ListsStayFor,
        CacheScope = CacheScope.Public,
    });

    /// <exception cref="McpProtocolException">There is no such prompt, or an argument is missing or unknown.</exception>
    public ValueTask<GetPromptResult> Get(RequestContext<GetPromptRequestParams> request, CancellationToken cancellation)
    {
        var file = Find(request.Params?.Name ?? "");
        Dictionary<string, string> given = new(StringComparer.Ordinal);
        foreach (var (name, value) in request.Params?.Arguments ?? new Dictionary<string, JsonElement>())
        {
            if (file.ArgumentNamed(name) is null)
            {
                throw new McpProtocolException($"{name} is not an argument of {file.Name}. It takes: {string.Join(", ", file.Arguments.Select(a => a.Name))}.", McpErrorCode.InvalidParams);
            }
            given[name] = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        }
        if (file.Arguments.FirstOrDefault(a => a.Required && given.GetValueOrDefault(a.Name, "").Length == 0) is { } missing)
        {
            throw new McpProtocolException($"{missing.Name} is missing: {missing.Description}", McpErrorCode.InvalidParams);
        }
        return ValueTask.FromResult(new GetPromptResult
        {
            Description = file.Description,
            Messages = [new PromptMessage { Role = Role.User, Content = new TextContentBlock { Text = file.Render(given) } }],
        });
    }

    /// <exception cref="McpProtocolException">There is no such prompt.</exception>
    public PromptFile Find(string name) =>
        files.Value.FirstOrDefault(f => f.Name == name) ?? throw new McpProtocolException($"Unknown prompt: {(name.Length > 64 ? name[..64] + "…" : name)}", McpErrorCode.InvalidParams);
}
