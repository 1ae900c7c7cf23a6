using System.Text.Json;
using McpBilling.Server.Tests.Usage;

namespace McpBilling.Server.Tests.Integration;

/// <summary>What verify_integration says of costs: each test on a server of its own.</summary>
public sealed class CostVerificationTests
{
    private const string Usage = """{"prompt_tokens":10,"completion_tokens":5}""";

    [Fact]
    public async Task Nothing_is_judged_where_no_cost_came_and_it_says_how_to_send_them()
    {
        await using var server = await LiveServer.Start();
        await Charge(server, "call-1");
        var finding = await Finding(server);
        Assert.Equal("not_seen_yet", Text(finding, "status"));
        Assert.Contains("1 model calls were charged", Text(finding, "found"), StringComparison.Ordinal);
        Assert.Contains("/v1/costs/llm", Text(finding, "fix"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Costs_beside_the_charges_of_model_calls_pass()
    {
        await using var server = await LiveServer.Start();
        await Charge(server, "call-1");
        await Cost(server, "anna", "call-1");
        // One request of two events has one cost.
        await Charge(server, "call-2");
        await Charge(server, "call-2:2");
        await Cost(server, "anna", "call-2");
        var finding = await Finding(server);
        Assert.Equal("pass", Text(finding, "status"));
        Assert.Contains("3 of 3 charged model calls", Text(finding, "found"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cost_that_is_sent_with_the_usage_is_beside_it()
    {
        await using var server = await LiveServer.Start();
        await server.Client.Do("/v1/usage", $$"""
            {"id":"call-1","customer_id":"anna","event_type":"llm.completed","properties":{"model":"gpt-4o","input_tokens":10,"output_tokens":5},
             "cost":{"provider":"openai","api":"openai.chat","model":"gpt-4o","usage":{{Usage}},"requested_at":"2026-07-01T10:00:00Z"} }
            """);
        Assert.Contains("1 of 1 charged model calls", Text(await Finding(server), "found"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_without_cost_before_one_that_has_it_is_named()
    {
        await using var server = await LiveServer.Start();
        await Charge(server, "forgotten");
        await Charge(server, "told");
        await Cost(server, "anna", "told");
        // Its cost may still be on its way.
        await Charge(server, "newest");
        var finding = await Finding(server);
        Assert.Equal("fail", Text(finding, "status"));
        Assert.Equal(["forgotten"], finding.GetProperty("evidence").GetProperty("event_ids").EnumerateArray().Select(e => e.GetString()));
    }

    [Fact]
    public async Task A_cost_of_another_customer_is_not_the_calls()
    {
        await using var server = await LiveServer.Start();
        await Charge(server, "mine");
        await Charge(server, "told");
        await Cost(server, "anna", "told");
        await Cost(server, "ben", "mine");
        Assert.Equal("fail", Text(await Finding(server), "status"));
    }

    [Theory]
    [InlineData("unattributed", Usage, "name no customer", "customer.id")]
    [InlineData("anna", "{}", "say nothing of what was used", "include_usage")]
    public async Task Costs_that_no_margin_can_use_fail(string customer, string usage, string found, string fix)
    {
        await using var server = await LiveServer.Start();
        await Cost(server, customer, "call-1", usage);
        var finding = await Finding(server);
        Assert.Equal("fail", Text(finding, "status"));
        Assert.Contains(found, Text(finding, "found"), StringComparison.Ordinal);
        Assert.Contains(fix, Text(finding, "fix"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Costs_that_wait_for_a_price_are_told()
    {
        await using var server = await LiveServer.Start();
        await Cost(server, "anna", "call-1", model: "acme-1");
        var finding = await Finding(server);
        Assert.Equal("pass", Text(finding, "status"));
        Assert.Contains("1 wait for a price (acme-1)", Text(finding, "found"), StringComparison.Ordinal);
    }

    private static Task Charge(LiveServer server, string id) => server.Client.Do("/v1/usage", new
    {
        id, customer_id = "anna", event_type = "llm.completed", properties = new { model = "gpt-4o", input_tokens = 10, output_tokens = 5 },
    });

    private static Task Cost(LiveServer server, string customer, string operation, string usage = Usage, string model = "gpt-4o") => server.Client.Do("/v1/costs/llm", $$"""
        {"id":"cost-{{operation}}","customer_id":"{{customer}}","provider":"openai","api":"openai.chat","model":"{{model}}","usage":{{usage}},
         "requested_at":"2026-07-01T10:00:00Z","operation_id":"{{operation}}"}
        """);

    private static async Task<JsonElement> Finding(LiveServer server) =>
        (await server.Client.Do("/v1/integrations/verify", new { })).Json.GetProperty("findings").EnumerateArray().Single(f => Text(f, "check") == "costs_recorded");

    private static string? Text(JsonElement of, string name) => of.GetProperty(name).GetString();
}
