using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using McpBilling.Operations;
using McpBilling.Server.Mcp;
using ModelContextProtocol.Protocol;

namespace McpBilling.ConformanceHost;

/// <summary>What the conformance suites call by name: their tools, resources and prompts, as their scenarios describe them.</summary>
internal static class Fixture
{
    private static readonly JsonSerializerOptions Json = BillingJsonOptions.Create(new DefaultJsonTypeInfoResolver());

    public static Conversation Conversation => new()
    {
        Tools = [.. ContentTools.All, .. RunningTools.All, .. AskingTools.All, .. InputRequiredTools.All],
        Resources = FixtureResources.All,
        Prompts = FixturePrompts.All,
        Configure = Capabilities.Add,
    };

    public static ConversationTool Tool(string name, string description, Func<ConversationCall, CallToolResult> run) =>
        Tool<NoArguments>(name, description, (call, _) => ValueTask.FromResult(run(call)));

    public static ConversationTool Tool<TInput>(string name, string description, Func<ConversationCall, CancellationToken, ValueTask<CallToolResult>> run)
    {
        var input = JsonSchemas.ForInput(Json.GetTypeInfo(typeof(TInput)));
        return new(Define(name, description, JsonElement.Parse(input.Published.ToJsonString())), Scopes.CatalogRead, input, run);
    }

    public static Tool Define(string name, string description, JsonElement schema) => new()
    {
        Name = name,
        Title = name.Replace('_', ' '),
        Description = description,
        InputSchema = schema,
        Annotations = new() { ReadOnlyHint = true, DestructiveHint = false, IdempotentHint = true, OpenWorldHint = false },
    };

    public static CallToolResult Text(string text) => new() { Content = [new TextContentBlock { Text = text }] };

    private sealed record NoArguments;
}
