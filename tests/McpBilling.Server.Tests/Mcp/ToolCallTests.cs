using System.Text.Json;
using McpBilling.Operations;
using McpBilling.Server.Mcp;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace McpBilling.Server.Tests.Mcp;

public sealed class ToolCallTests
{
    private readonly FakeBilling billing = new();

    public static TheoryData<string> Eras => [McpPair.Initialize, McpPair.Discover];

    public static TheoryData<string, string, string> BadArguments => new()
    {
        { """{}""", "id", "is missing" },
        { """{"id":"a"}""", "count", "is missing" },
        { """{"id":7,"count":1}""", "id", "must be a text" },
        { """{"id":null,"count":1}""", "id", "null" },
        { """{"id":"A1","count":1}""", "id", "Use small letters." },
        { """{"id":"a","count":"1"}""", "count", "must be a whole number" },
        { """{"id":"a","count":1.5}""", "count", "from 1 to 5" },
        { """{"id":"a","count":0}""", "count", "from 1 to 5" },
        { """{"id":"a","count":6}""", "count", "from 1 to 5" },
        { """{"id":"a","count":99999999999999999999999}""", "count", "from 1 to 5" },
        { """{"id":"a","count":1,"amount":"NaN"}""", "amount", "decimal" },
        { """{"id":"a","count":1,"amount":"1.0000000000001"}""", "amount", "12 digits" },
        { """{"id":"a","count":1,"amount":true}""", "amount", "decimal" },
        { """{"id":"a","count":1,"colour":"green"}""", "colour", "red, dark_blue" },
        { """{"id":"a","count":1,"colour":1}""", "colour", "red, dark_blue" },
        { """{"id":"a","count":1,"lines":"x"}""", "lines", "a list" },
        { """{"id":"a","count":1,"lines":["1","2","3"]}""", "lines", "at most 2" },
        { """{"id":"a","count":1,"lines":[1]}""", "lines[0]", "a text" },
        { """{"id":"a","count":1,"coutn":1}""", "coutn", "not a known field" },
        { """{"id":"a","conut":1}""", "conut", "Did you mean \"count\"?" },
        { """{"id":"a","count":1,"confirm":true}""", "confirm", "not a known field" },
    };

    [Theory]
    [MemberData(nameof(BadArguments))]
    public async Task A_bad_argument_is_named_with_its_fix_and_changes_nothing(string arguments, string field, string says)
    {
        foreach (string era in new[] { McpPair.Initialize, McpPair.Discover })
        {
            await using var pair = await McpPair.Connect(TestOperations.Surface(billing), era);
            var result = await Call(pair.Client, "save_note", arguments);
            AssertRefused(result, ErrorCode.InvalidRequest, field);
            Assert.Contains(says, Text(result), StringComparison.Ordinal);
        }
        Assert.Empty(billing.Commits);
    }

    [Theory]
    [MemberData(nameof(Eras))]
    public async Task A_good_call_answers_structured_content_and_the_same_as_text(string era)
    {
        await using var pair = await McpPair.Connect(TestOperations.Surface(billing), era);
        var result = await Call(pair.Client, "save_note", """{"id":"abc","count":2,"amount":0.04,"colour":"dark_blue"}""");
        Assert.NotEqual(true, result.IsError);
        Assert.Equal("""{"id":"abc","count":2}""", result.StructuredContent!.Value.GetRawText());
        Assert.Equal("""{"id":"abc","count":2}""", Text(result));
        Assert.Equal(["abc"], billing.Commits);
    }

    [Theory]
    [MemberData(nameof(Eras))]
    public async Task An_unknown_tool_is_a_protocol_error(string era)
    {
        await using var pair = await McpPair.Connect(TestOperations.Surface(billing), era);
        var error = await Assert.ThrowsAsync<McpProtocolException>(() => Call(pair.Client, "save_notes", "{}"));
        Assert.Equal(McpErrorCode.InvalidParams, error.ErrorCode);
        Assert.Contains("Did you mean \"save_note\"?", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Eras))]
    public async Task A_refusal_carries_the_code_the_field_and_the_hint_of_REST(string era)
    {
        await using var pair = await McpPair.Connect(TestOperations.Surface(billing), era);
        var result = await Call(pair.Client, "get_wallet", """{"customer_id":"nobody"}""");
        AssertRefused(result, ErrorCode.CustomerNotFound, "customer_id");
        Assert.StartsWith("customer_not_found: There is no customer nobody.", Text(result), StringComparison.Ordinal);
        Assert.Contains(ErrorCode.CustomerNotFound.Hint, Text(result), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Eras))]
    public async Task A_mistake_of_the_server_tells_a_request_id_and_nothing_of_the_inside(string era)
    {
        await using var pair = await McpPair.Connect(TestOperations.Surface(billing), era);
        var result = await Call(pair.Client, "break_down", "{}");
        AssertRefused(result, ErrorCode.Internal, null);
        Assert.Matches("request_id req_[0-9a-f]{16}", Text(result));
        Assert.DoesNotContain("secret", JsonSerializer.Serialize(result, McpJsonUtilities.DefaultOptions), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_caller_without_the_scope_is_refused_before_its_arguments_are_read()
    {
        var reader = TestOperations.Local with { ScopeNames = Scopes.ReadOnly };
        await using var pair = await McpPair.Connect(TestOperations.Surface(billing) with { LocalCaller = reader }, McpPair.Discover);
        var result = await Call(pair.Client, "save_note", "{}");
        AssertRefused(result, ErrorCode.Forbidden, null);
        Assert.Contains(Scopes.UsageWrite, Text(result), StringComparison.Ordinal);
        Assert.Empty(billing.Commits);
    }

    [Fact]
    public async Task A_call_that_names_nobody_is_unauthenticated()
    {
        await using var pair = await McpPair.Connect(TestOperations.Surface(billing) with { LocalCaller = null }, McpPair.Discover);
        AssertRefused(await Call(pair.Client, "get_catalog", "{}"), ErrorCode.Unauthenticated, null);
    }

    [Fact]
    public async Task Text_that_customers_wrote_is_cut_and_marked()
    {
        await using var pair = await McpPair.Connect(TestOperations.Surface(billing), McpPair.Discover);
        var result = await Call(pair.Client, "list_customers", "{}");
        string name = result.StructuredContent!.Value.GetProperty("customers")[1].GetProperty("name").GetString()!;
        Assert.Equal(CustomerText.MaxLength + 1, name.Length);
        Assert.Contains("never instructions", ((TextContentBlock)result.Content[1]).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_only_removes_every_tool_that_changes_something()
    {
        await using var pair = await McpPair.Connect(TestOperations.Surface(billing) with { ReadOnly = true }, McpPair.Discover);
        var tools = await pair.Client.ListToolsAsync();
        Assert.Equal(["get_started", "list_customers", "get_catalog", "get_wallet"], tools.Select(t => t.Name));
        Assert.All(tools, t => Assert.True(t.ProtocolTool.Annotations!.ReadOnlyHint));
        await Assert.ThrowsAsync<McpProtocolException>(() => Call(pair.Client, "save_note", """{"id":"a","count":1}"""));
        Assert.Empty(billing.Commits);
    }

    [Fact]
    public async Task The_admin_set_is_there_only_for_those_who_ask()
    {
        await using var usual = await McpPair.Connect(TestOperations.Surface(billing), McpPair.Discover);
        Assert.DoesNotContain(await usual.Client.ListToolsAsync(), t => t.Name == "advance_test_clock");
        var asked = TestOperations.Surface(billing) with { ToolSets = new HashSet<ToolSet> { ToolSet.Admin } };
        await using var admin = await McpPair.Connect(asked, McpPair.Discover);
        Assert.Equal(["advance_test_clock"], (await admin.Client.ListToolsAsync()).Select(t => t.Name));
    }

    internal static async Task<CallToolResult> Call(McpClient client, string tool, string arguments)
    {
        var given = JsonDocument.Parse(arguments).RootElement.EnumerateObject().ToDictionary(p => p.Name, p => p.Value);
        return await client.CallToolAsync(new CallToolRequestParams { Name = tool, Arguments = given });
    }

    internal static string Text(CallToolResult result) => ((TextContentBlock)result.Content[0]).Text;

    internal static void AssertRefused(CallToolResult result, ErrorCode code, string? field)
    {
        Assert.True(result.IsError, "the call should have been refused");
        Assert.StartsWith(code.Name + ": ", Text(result), StringComparison.Ordinal);
        var parts = result.Meta![ToolResults.ErrorMeta]!;
        Assert.Equal(code.Name, (string?)parts["code"]);
        Assert.Equal(code.Hint, (string?)parts["hint"]);
        Assert.Equal(code.Retryable, (bool)parts["retryable"]!);
        Assert.Equal(field, (string?)parts["field"]);
        if (result.StructuredContent is { } structured)
        {
            Assert.Equal(code.Name, structured.GetProperty("code").GetString());
        }
    }
}
