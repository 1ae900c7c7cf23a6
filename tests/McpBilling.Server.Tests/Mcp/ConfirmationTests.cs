using System.Text.Json;
using McpBilling.Operations;
using McpBilling.Server.Mcp;
using Microsoft.Extensions.Time.Testing;
using ModelContextProtocol.Protocol;

namespace McpBilling.Server.Tests.Mcp;

public sealed class ConfirmationTests
{
    private readonly FakeBilling billing = new();
    private readonly List<ElicitRequestParams> asked = [];

    public static TheoryData<string> Eras => [McpPair.Initialize, McpPair.Discover];

    [Theory]
    [MemberData(nameof(Eras))]
    public async Task The_user_is_asked_and_agreeing_goes_ahead(string era)
    {
        var result = await Adjust(era, """{"amount":"-5"}""", Answer("accept"));
        Assert.NotEqual(true, result.IsError);
        Assert.Equal(["-5"], billing.Commits);
        Assert.Contains("-5", Assert.Single(asked).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Eras))]
    public async Task Declining_cancelling_and_unticking_change_nothing(string era)
    {
        var answers = new[] { Answer("decline"), Answer("cancel"), _ => new ElicitResult { Action = "accept", Content = Ticked("false") } };
        foreach (var answer in answers)
        {
            var result = await Adjust(era, """{"amount":"-5"}""", answer);
            ToolCallTests.AssertRefused(result, Confirmations.Declined, null);
        }
        Assert.Empty(billing.Commits);
    }

    [Theory]
    [MemberData(nameof(Eras))]
    public async Task A_model_cannot_agree_for_a_user_who_can_be_asked(string era)
    {
        var result = await Adjust(era, """{"amount":"-5","confirm":true}""", Answer("decline"));
        Assert.True(result.IsError);
        Assert.Empty(billing.Commits);
    }

    [Theory]
    [MemberData(nameof(Eras))]
    public async Task Without_elicitation_confirm_is_required_and_enough(string era)
    {
        ToolCallTests.AssertRefused(await Adjust(era, """{"amount":"-5"}""", null), ErrorCode.ConfirmationRequired, "confirm");
        ToolCallTests.AssertRefused(await Adjust(era, """{"amount":"-5","confirm":false}""", null), ErrorCode.ConfirmationRequired, "confirm");
        ToolCallTests.AssertRefused(await Adjust(era, """{"amount":"-5","confirm":"yes"}""", null), ErrorCode.InvalidRequest, "confirm");
        Assert.Empty(billing.Commits);
        Assert.NotEqual(true, (await Adjust(era, """{"amount":"-5","confirm":true}""", null)).IsError);
        Assert.Equal(["-5"], billing.Commits);
    }

    [Theory]
    [InlineData("\"5\"")]
    [InlineData("0.5")]
    public async Task Adding_needs_no_question(string amount)
    {
        Assert.NotEqual(true, (await Adjust(McpPair.Discover, $$"""{"amount":{{amount}}}""", Answer("decline"))).IsError);
        Assert.Empty(asked);
        Assert.Single(billing.Commits);
    }

    [Fact]
    public async Task A_bad_argument_is_refused_before_anybody_is_asked()
    {
        ToolCallTests.AssertRefused(await Adjust(McpPair.Discover, """{"amount":"a lot"}""", Answer("accept")), ErrorCode.InvalidRequest, "amount");
        Assert.Empty(asked);
    }

    [Fact]
    public void State_holds_for_one_tool_one_key_and_the_same_arguments_until_it_ends()
    {
        var clock = new FakeTimeProvider();
        var state = new ConfirmationState(new(new byte[32]), clock);
        var caller = TestOperations.Local with { KeyId = "key_1" };
        string bound = Bind("adjust_balance", caller, """{"amount":"-5","asset":"usd"}""");
        string issued = state.Issue(bound, TimeSpan.FromMinutes(10));

        Assert.True(state.Holds(issued, bound));
        Assert.True(state.Holds(issued, Bind("adjust_balance", caller, """{"asset":"usd","amount":"-5"}""")));
        Assert.False(state.Holds(issued, Bind("archive_catalog_item", caller, """{"amount":"-5","asset":"usd"}""")));
        Assert.False(state.Holds(issued, Bind("adjust_balance", caller, """{"amount":"-50","asset":"usd"}""")));
        Assert.False(state.Holds(issued, Bind("adjust_balance", caller with { KeyId = "key_2" }, """{"amount":"-5","asset":"usd"}""")));
        Assert.False(state.Holds(issued, Bind("adjust_balance", caller with { WorkspaceKey = 2 }, """{"amount":"-5","asset":"usd"}""")));
        Assert.False(new ConfirmationState(new("another key"u8.ToArray()), clock).Holds(issued, bound));
        Assert.False(state.Holds("9" + issued, bound));
        Assert.False(state.Holds(null, bound));
        Assert.False(state.Holds("", bound));
        clock.Advance(TimeSpan.FromMinutes(11));
        Assert.False(state.Holds(issued, bound));
    }

    [Fact]
    public async Task An_answer_without_our_state_is_asked_again()
    {
        await using var pair = await McpPair.Connect(TestOperations.Surface(billing), McpPair.Discover, Remember(Answer("decline")));
        var forged = new CallToolRequestParams
        {
            Name = "adjust_balance",
            Arguments = new Dictionary<string, JsonElement> { ["amount"] = JsonDocument.Parse("\"-5\"").RootElement },
            RequestState = "9999999999.x.y",
            InputResponses = new Dictionary<string, InputResponse> { ["confirm"] = InputResponse.FromElicitResult(new ElicitResult { Action = "accept" }) },
        };
        var result = await pair.Client.CallToolAsync(forged);
        ToolCallTests.AssertRefused(result, Confirmations.Declined, null);
        Assert.Single(asked);
        Assert.Empty(billing.Commits);
    }

    private static string Bind(string tool, Caller caller, string arguments) => ConfirmationState.Bind(tool, caller, JsonDocument.Parse(arguments).RootElement);

    private static Func<ElicitRequestParams, ElicitResult> Answer(string action) => _ => new ElicitResult { Action = action, Content = action == "accept" ? Ticked("true") : null };

    private static Dictionary<string, JsonElement> Ticked(string value) => new() { ["confirm"] = JsonDocument.Parse(value).RootElement };

    private Func<ElicitRequestParams, ElicitResult> Remember(Func<ElicitRequestParams, ElicitResult> answer) => question =>
    {
        asked.Add(question);
        return answer(question);
    };

    private async Task<CallToolResult> Adjust(string era, string arguments, Func<ElicitRequestParams, ElicitResult>? answer)
    {
        await using var pair = await McpPair.Connect(TestOperations.Surface(billing), era, answer is null ? null : Remember(answer));
        return await ToolCallTests.Call(pair.Client, "adjust_balance", arguments);
    }
}
