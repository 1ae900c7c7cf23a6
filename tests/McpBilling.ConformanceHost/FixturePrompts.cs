using McpBilling.Server.Mcp;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpBilling.ConformanceHost;

/// <summary>Prompts with and without arguments, with a resource, with a picture, and one that asks first.</summary>
internal static class FixturePrompts
{
    private const string Context = "user_context";

    public static IReadOnlyList<ConversationPrompt> All =>
    [
        new(Define("test_simple_prompt"), (_, _) => Of(Text("This is a simple prompt for testing."))),
        new(Define("test_prompt_with_arguments", "arg1", "arg2"), (_, given) => Of(Text($"Prompt with arguments: arg1='{given["arg1"]}', arg2='{given["arg2"]}'"))) { Completes = "paris|park|party" },
        new(Define("test_prompt_with_embedded_resource", "resourceUri"), (_, given) => Of(
            new EmbeddedResourceBlock { Resource = new TextResourceContents { Uri = given["resourceUri"], MimeType = "text/plain", Text = "Embedded resource content for testing." } },
            Text("Please process the embedded resource above."))),
        new(Define("test_prompt_with_image"), (_, _) => Of(ImageContentBlock.FromBytes(Media.Png, "image/png"), Text("Please analyze the image above."))),
        new(Define("test_input_required_result_prompt"), AskFirst),
    ];

    private static GetPromptResult AskFirst(RequestContext<GetPromptRequestParams> request, IReadOnlyDictionary<string, string> given)
    {
        if (request.Params?.InputResponses?.TryGetValue(Context, out var answer) != true || answer is null)
        {
            var ask = InputRequiredTools.AskFor("What context should the prompt use?", "context", new ElicitRequestParams.StringSchema());
            throw new InputRequiredException(new Dictionary<string, InputRequest> { [Context] = ask });
        }
        var content = answer.Deserialize(InputResponse.ElicitResultJsonTypeInfo)?.Content;
        return Of(Text("Use this context: " + (content?.TryGetValue("context", out var said) == true ? said.ToString() : "none")));
    }

    private static Prompt Define(string name, params string[] arguments) => new()
    {
        Name = name,
        Title = name.Replace('_', ' '),
        Description = "For the conformance suites.",
        Arguments = [.. arguments.Select(a => new PromptArgument { Name = a, Description = "A text.", Required = true })],
    };

    private static TextContentBlock Text(string text) => new() { Text = text };

    private static GetPromptResult Of(params ContentBlock[] content) => new() { Messages = [.. content.Select(c => new PromptMessage { Role = Role.User, Content = c })] };
}
