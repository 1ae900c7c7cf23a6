using McpBilling.Operations;
using McpBilling.Server.Tests.OAuth;

namespace McpBilling.Server.Tests.Hosting;

/// <summary>Two servers without sessions on the same data, and a client whose next request goes to the other one.</summary>
public sealed class ScaleOutTests : IAsyncLifetime
{
    private const string Take = """{"customer_id":"anna","asset":"usd","amount":"-4","reason":"test","idempotency_key":"a"}""";
    private const string CanAsk = """{"elicitation":{"form":{}}}""";

    private readonly HostedServer server = new();
    private Uri one = null!;
    private Uri two = null!;
    private string key = "";

    public async ValueTask InitializeAsync()
    {
        one = await server.Open(o => o with { Stateless = true });
        two = await server.Open(o => o with { Stateless = true });
        key = server.Keys.Create("app", Mode.Test, Scopes.All, null).Key;
        await server.Call(one, "save_customer", """{"id":"anna"}""", key);
        await server.Call(two, "grant_credit", """{"customer_id":"anna","asset":"usd","amount":"10","idempotency_key":"g"}""", key);
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task A_question_of_one_server_is_answered_at_the_other()
    {
        string state = await Ask();
        var answered = await server.Call(two, "adjust_balance", Take, key, CanAsk, Answer("accept", state));
        Assert.False(answered.Result.TryGetProperty("isError", out var failed) && failed.GetBoolean(), answered.Text);
        Assert.Equal("6.00", await Available());
    }

    [Fact]
    public async Task A_state_that_no_server_gave_is_asked_about_again()
    {
        string state = await Ask();
        var answered = await server.Call(two, "adjust_balance", Take, key, CanAsk, Answer("accept", state + "x"));
        Assert.Equal("input_required", answered.Result.GetProperty("resultType").GetString());
        Assert.Equal("10.00", await Available());
    }

    private async Task<string> Ask()
    {
        var asked = await server.Call(one, "adjust_balance", Take, key, CanAsk);
        Assert.Equal("input_required", asked.Result.GetProperty("resultType").GetString());
        return asked.Result.GetProperty("requestState").GetString()!;
    }

    private async Task<string> Available() =>
        (await server.Call(one, "get_wallet", """{"customer_id":"anna"}""", key)).Result.GetProperty("structuredContent").GetProperty("accounts")[0].GetProperty("available").GetString()!;

    private static string Answer(string action, string state) => $$$$""","inputResponses":{"confirm":{"action":"{{{{action}}}}","content":{"confirm":true}}},"requestState":"{{{{state}}}}" """;
}
