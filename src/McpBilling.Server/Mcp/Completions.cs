using McpBilling.Operations;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpBilling.Server.Mcp;

/// <summary>Answers <c>completion/complete</c> for the arguments of prompts and resource templates.</summary>
internal sealed class Completions(McpSurface surface, Prompts prompts, ICompletions source)
{
    /// <summary>The protocol's bound on one answer.</summary>
    private const int MaxValues = 100;

    private const int MaxPrefix = 200;

    /// <summary>Kinds whose choices are known to the program. Those of generate_integration are held equal to its schema by a test.</summary>
    private static readonly Dictionary<string, IReadOnlyList<string>> Fixed = new(StringComparer.Ordinal)
    {
        ["languages"] = ["typescript", "python", "csharp", "go", "curl"],
        ["frameworks"] = ["none", "express", "nextjs", "fastapi", "flask", "aspnetcore", "nethttp"],
        ["styles"] = ["authorize_capture", "record_after", "streaming", "llm"],
    };

    /// <exception cref="McpProtocolException">There is no such prompt or template.</exception>
    public async ValueTask<CompleteResult> Complete(RequestContext<CompleteRequestParams> request, CancellationToken cancellation)
    {
        var asked = request.Params ?? throw new McpProtocolException("params are missing", McpErrorCode.InvalidParams);
        string kind = asked.Ref switch
        {
            PromptReference prompt when prompts.FindOther(prompt.Name) is { } other => other.Completes,
            PromptReference prompt => prompts.Find(prompt.Name).ArgumentNamed(asked.Argument.Name)?.Completes ?? "",
            ResourceTemplateReference resource when resource.Uri == Resources.WalletTemplate => asked.Argument.Name == "customer_id" ? "customer_ids" : "",
            ResourceTemplateReference resource when resource.Uri == Resources.DocsTemplate => asked.Argument.Name == "topic" ? "topics" : "",
            ResourceTemplateReference resource => throw new McpProtocolException($"Unknown resource template: {resource.Uri}", McpErrorCode.InvalidParams),
            _ => "",
        };
        string prefix = asked.Argument.Value is { Length: <= MaxPrefix } typed ? typed : "";
        var values = await Values(kind, request.CallerIn(surface), prefix, cancellation);
        return new CompleteResult
        {
            Completion = new Completion { Values = [.. values.Take(MaxValues)], Total = values.Count, HasMore = values.Count > MaxValues },
        };
    }

    private ValueTask<IReadOnlyList<string>> Values(string kind, Caller caller, string prefix, CancellationToken cancellation) => kind switch
    {
        "customer_ids" => source.CustomerIds(caller, prefix, cancellation),
        "product_ids" => source.ProductIds(caller, prefix, cancellation),
        "event_types" => source.EventTypes(caller, prefix, cancellation),
        "assets" => source.Assets(caller, prefix, cancellation),
        "models" => source.Models(caller, prefix, cancellation),
        "topics" => Of(DocTopic.All.Select(t => t.Name), prefix),
        _ => Of(Fixed.GetValueOrDefault(kind) ?? kind.Split('|', StringSplitOptions.RemoveEmptyEntries), prefix),
    };

    private static ValueTask<IReadOnlyList<string>> Of(IEnumerable<string> choices, string prefix) =>
        ValueTask.FromResult<IReadOnlyList<string>>([.. choices.Where(c => c.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))]);
}
