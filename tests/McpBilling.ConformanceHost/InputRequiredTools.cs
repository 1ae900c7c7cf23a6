using System.Text.Json;
using McpBilling.Server.Mcp;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace McpBilling.ConformanceHost;

/// <summary>The questions of the 2026-07-28 revision: asked by a result, answered by calling again; what must not be forged is signed as in the product.</summary>
internal static class InputRequiredTools
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromMinutes(10);

    public static IEnumerable<ConversationTool> All =>
    [
        Fixture.Tool("test_input_required_result_elicitation", "Asks for a name.", call =>
            NameIn(call, "user_name") is { } name ? Fixture.Text($"Hello, {name}!") : throw Ask(null, ("user_name", AskName))),
        Fixture.Tool("test_input_required_result_sampling", "Asks the client's model.", call =>
            Answer(call, "capital_question")?.Deserialize(InputResponse.CreateMessageResultJsonTypeInfo)?.Content.OfType<TextContentBlock>().FirstOrDefault() is { } said
                ? Fixture.Text(said.Text) : throw Ask(null, ("capital_question", AskModel("What is the capital of France?", 100)))),
        Fixture.Tool("test_input_required_result_list_roots", "Asks for the client's roots.", call =>
            Answer(call, "client_roots")?.Deserialize(InputResponse.ListRootsResultJsonTypeInfo) is { } listed
                ? Fixture.Text("Roots: " + string.Join(", ", listed.Roots.Select(r => r.Uri))) : throw Ask(null, ("client_roots", AskRoots))),
        Fixture.Tool("test_input_required_result_request_state", "Asks, with a state to bring back.", call =>
            State(call, "1") ? Fixture.Text("state-ok") : throw Ask(Issue(call, "1"), ("confirm", AskFor("Please confirm", "ok", new ElicitRequestParams.BooleanSchema())))),
        Fixture.Tool("test_input_required_result_multiple_inputs", "Asks three things at once.", call =>
            State(call, "1") && NameIn(call, "user_name") is { } name && Answer(call, "greeting") is not null && Answer(call, "client_roots") is not null
                ? Fixture.Text($"All three answers came, {name}.")
                : throw Ask(Issue(call, "1"), ("user_name", AskName), ("greeting", AskModel("Generate a greeting", 50)), ("client_roots", AskRoots))),
        Fixture.Tool("test_input_required_result_multi_round", "Asks twice.", TwoRounds),
        Fixture.Tool("test_input_required_result_tampered_state", "Asks, and takes back only the state it gave.", call =>
            call.Request.Params?.RequestState is null ? throw Ask(Issue(call, "1"), ("confirm", AskFor("Please confirm", "ok", new ElicitRequestParams.BooleanSchema())))
                : State(call, "1") ? Fixture.Text("state-ok") : throw new McpProtocolException("This state was not given here, or is too old.", McpErrorCode.InvalidParams)),
        Fixture.Tool("test_input_required_result_capabilities", "Asks only what the client said it can answer.", call =>
            Answer(call, "user_name") is null && Answer(call, "greeting") is null ? throw Ask(null, Possible(call)) : Fixture.Text("An answer came.")),
    ];

    private static InputRequest AskName => AskFor("What is your name?", "name", new ElicitRequestParams.StringSchema());

    private static InputRequest AskRoots => InputRequest.ForRootsList(new ListRootsRequestParams());

    /// <summary>For the prompt that asks too.</summary>
    public static InputRequest AskFor(string message, string field, ElicitRequestParams.PrimitiveSchemaDefinition schema) => InputRequest.ForElicitation(new ElicitRequestParams
    {
        Message = message,
        RequestedSchema = new() { Properties = new Dictionary<string, ElicitRequestParams.PrimitiveSchemaDefinition> { [field] = schema }, Required = [field] },
    });

    private static CallToolResult TwoRounds(ConversationCall call) =>
        State(call, "2") ? Fixture.Text("Both answers came.")
        : State(call, "1") ? throw Ask(Issue(call, "2"), ("step2", AskFor("Step 2: What is your favorite color?", "color", new ElicitRequestParams.StringSchema())))
        : throw Ask(Issue(call, "1"), ("step1", AskFor("Step 1: What is your name?", "name", new ElicitRequestParams.StringSchema())));

    private static InputRequest AskModel(string prompt, int tokens) => InputRequest.ForSampling(new CreateMessageRequestParams
    {
        Messages = [new SamplingMessage { Role = Role.User, Content = [new TextContentBlock { Text = prompt }] }],
        MaxTokens = tokens,
    });

    private static (string, InputRequest)[] Possible(ConversationCall call)
    {
        var can = call.Request.Server.ClientCapabilities;
        List<(string, InputRequest)> asked = [];
        if (can?.Elicitation is not null)
        {
            asked.Add(("user_name", AskName));
        }
        if (can?.Sampling is not null)
        {
            asked.Add(("greeting", AskModel("Generate a greeting", 50)));
        }
        return [.. asked];
    }

    private static InputRequiredException Ask(string? state, params (string Name, InputRequest Request)[] asked) => new(asked.ToDictionary(a => a.Name, a => a.Request), state);

    private static InputResponse? Answer(ConversationCall call, string name) => call.Request.Params?.InputResponses?.TryGetValue(name, out var answer) == true ? answer : null;

    /// <summary>The name that the user gave; null when there is no answer, or one that is none, so that it is asked again.</summary>
    private static string? NameIn(ConversationCall call, string key)
    {
        try
        {
            var given = Answer(call, key)?.Deserialize(InputResponse.ElicitResultJsonTypeInfo);
            return given?.Content?.TryGetValue("name", out var name) == true && name.ValueKind == JsonValueKind.String ? name.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Issue(ConversationCall call, string round) => call.State.Issue(Bound(call, round), AnswerWithin);

    private static bool State(ConversationCall call, string round) => call.State.Holds(call.Request.Params?.RequestState, Bound(call, round));

    private static string Bound(ConversationCall call, string round) => ConfirmationState.Bind($"{call.Request.Params?.Name}/{round}", call.Caller, call.Arguments);
}
