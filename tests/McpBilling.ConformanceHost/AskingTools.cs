using System.ComponentModel;
using System.Text.Json;
using McpBilling.Server.Mcp;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace McpBilling.ConformanceHost;

/// <summary>Tools that ask the client for something. As in the product, they raise the question once, and it reaches clients of both protocol eras.</summary>
internal static class AskingTools
{
    private const string Question = "question";

    public static IEnumerable<ConversationTool> All =>
    [
        Fixture.Tool<PromptInput>("test_sampling", "Has the client's model complete a prompt.", Sample),
        Fixture.Tool<MessageInput>("test_elicitation", "Asks the user for a name and an address.", (call, _) => ValueTask.FromResult(Elicit(call, Text(call, "message"), NameAndEmail, ["username", "email"]))),
        Fixture.Tool("test_elicitation_sep1034_defaults", "Asks with defaults of every primitive type.", call => Elicit(call, "Are these right?", Defaults)),
        Fixture.Tool("test_elicitation_sep1330_enums", "Asks with choices of every kind.", call => Elicit(call, "Which?", Choices)),
        Fixture.Tool("test_missing_capability", "Needs a client that can sample.", RequireSampling),
    ];

    private static Dictionary<string, ElicitRequestParams.PrimitiveSchemaDefinition> NameAndEmail => new()
    {
        ["username"] = new ElicitRequestParams.StringSchema { Description = "User's response" },
        ["email"] = new ElicitRequestParams.StringSchema { Description = "User's email address" },
    };

    private static Dictionary<string, ElicitRequestParams.PrimitiveSchemaDefinition> Defaults => new()
    {
        ["name"] = new ElicitRequestParams.StringSchema { Description = "Name", Default = "John Doe" },
        ["age"] = new ElicitRequestParams.NumberSchema { Type = "integer", Description = "Age", Default = 30 },
        ["score"] = new ElicitRequestParams.NumberSchema { Description = "Score", Default = 95.5 },
        ["status"] = new ElicitRequestParams.UntitledSingleSelectEnumSchema { Description = "Status", Enum = ["active", "inactive", "pending"], Default = "active" },
        ["verified"] = new ElicitRequestParams.BooleanSchema { Description = "Verified", Default = true },
    };

    private static Dictionary<string, ElicitRequestParams.PrimitiveSchemaDefinition> Choices => new()
    {
        ["untitledSingle"] = new ElicitRequestParams.UntitledSingleSelectEnumSchema { Enum = ["option1", "option2", "option3"] },
        ["titledSingle"] = new ElicitRequestParams.TitledSingleSelectEnumSchema { OneOf = [Option("value1", "First Option"), Option("value2", "Second Option"), Option("value3", "Third Option")] },
        ["legacyEnum"] = new ElicitRequestParams.LegacyTitledEnumSchema { Enum = ["opt1", "opt2", "opt3"], EnumNames = ["Option One", "Option Two", "Option Three"] },
        ["untitledMulti"] = new ElicitRequestParams.UntitledMultiSelectEnumSchema { Items = new() { Enum = ["option1", "option2", "option3"] } },
        ["titledMulti"] = new ElicitRequestParams.TitledMultiSelectEnumSchema { Items = new() { AnyOf = [Option("value1", "First Choice"), Option("value2", "Second Choice"), Option("value3", "Third Choice")] } },
    };

    private static ElicitRequestParams.EnumSchemaOption Option(string value, string title) => new() { Const = value, Title = title };

    private static ValueTask<CallToolResult> Sample(ConversationCall call, CancellationToken cancellation)
    {
        if (Answer(call) is not { } answer)
        {
            if (call.Request.Server.ClientCapabilities?.Sampling is null)
            {
                return ValueTask.FromResult(Refused("The client has no sampling."));
            }
            throw Ask(InputRequest.ForSampling(new CreateMessageRequestParams
            {
                Messages = [new SamplingMessage { Role = Role.User, Content = [new TextContentBlock { Text = Text(call, "prompt") }] }],
                MaxTokens = 100,
            }));
        }
        string said = answer.Deserialize(InputResponse.CreateMessageResultJsonTypeInfo)?.Content.OfType<TextContentBlock>().FirstOrDefault()?.Text ?? "";
        return ValueTask.FromResult(Fixture.Text("LLM response: " + said));
    }

    private static CallToolResult Elicit(ConversationCall call, string message, Dictionary<string, ElicitRequestParams.PrimitiveSchemaDefinition> fields, List<string>? required = null)
    {
        if (Answer(call) is not { } answer)
        {
            if (call.Request.Server.ClientCapabilities?.Elicitation is null)
            {
                return Refused("The client has no elicitation.");
            }
            throw Ask(InputRequest.ForElicitation(new ElicitRequestParams { Message = message, RequestedSchema = new() { Properties = fields, Required = required } }));
        }
        var given = answer.Deserialize(InputResponse.ElicitResultJsonTypeInfo);
        return Fixture.Text($"Elicitation completed: action={given?.Action}, content={JsonSerializer.Serialize(given?.Content)}");
    }

    private static CallToolResult RequireSampling(ConversationCall call) => call.Request.Server.ClientCapabilities?.Sampling is null
        ? throw new MissingRequiredClientCapabilityException(new ClientCapabilities { Sampling = new() }, "This needs a client that can sample.")
        : Fixture.Text("The client can sample.");

    private static InputResponse? Answer(ConversationCall call) => call.Request.Params?.InputResponses?.TryGetValue(Question, out var answer) == true ? answer : null;

    private static InputRequiredException Ask(InputRequest request) => new(new Dictionary<string, InputRequest> { [Question] = request });

    private static CallToolResult Refused(string why) => new() { IsError = true, Content = [new TextContentBlock { Text = why }] };

    private static string Text(ConversationCall call, string name) => call.Arguments.GetProperty(name).GetString()!;

    private sealed record PromptInput([property: Description("For the client's model.")] string Prompt);

    private sealed record MessageInput([property: Description("For the user.")] string Message);
}
