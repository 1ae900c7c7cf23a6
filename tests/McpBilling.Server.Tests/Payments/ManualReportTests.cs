using System.Net;
using System.Text;
using McpBilling.Money;
using McpBilling.Payments;
using McpBilling.Server.Commands;
using McpBilling.Server.Hosting;
using McpBilling.Server.Tests.Usage;

namespace McpBilling.Server.Tests.Payments;

/// <summary>A builder's own processor says over HTTP that a payment happened, signed with what <c>webhook-secret</c> printed.</summary>
public sealed class ManualReportTests(LiveServer server) : IClassFixture<LiveServer>
{
    private const string Workspace = "/webhooks/manual/1";

    [Fact]
    public async Task A_signed_report_pays_the_order_once_however_often_it_comes()
    {
        string id = await Order("anna"), report = Paid(id, "rep-1", "wire-1", "10");
        byte[] secret = await Secret("test");
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(HttpStatusCode.NoContent, await Send(report, secret));
        }
        await Until(id, "paid");
        var order = (await server.Client.Get($"/v1/top-ups/{id}")).Json;
        Assert.Equal(("wire-1", "1.90"), (order.GetProperty("payment").GetString(), order.GetProperty("tax").GetProperty("amount").GetString()));
        // A second payment of the same order is for a person to give back, not for credit.
        Assert.Equal(HttpStatusCode.NoContent, await Send(Paid(id, "rep-2", "wire-2", "10"), secret));
        Assert.Equal("1000", await Balance("anna"));
        Assert.Empty((await server.Verify()).Differences);
    }

    [Fact]
    public async Task Other_money_than_the_order_asks_for_gives_no_credit()
    {
        string id = await Order("bert");
        byte[] secret = await Secret("test");
        Assert.Equal(HttpStatusCode.NoContent, await Send(Paid(id, "rep-3", "wire-3", "9.99"), secret));
        Assert.Equal(HttpStatusCode.NoContent, await Send(Paid(id, "rep-4", "wire-4", "10").Replace("\"usd\"", "\"jpy\"", StringComparison.Ordinal), secret));
        await Until(() => Task.FromResult(server.Strings("SELECT event_id FROM payment_fact WHERE outcome = 2 AND event_id IN ('rep-3', 'rep-4')").Count == 2));
        Assert.Equal("open", (await server.Client.Get($"/v1/top-ups/{id}")).Json.GetProperty("status").GetString());
        Assert.Equal(HttpStatusCode.NoContent, await Send(Paid(id, "rep-5", "wire-5", "10"), secret));
        await Until(id, "paid");
    }

    [Theory]
    [InlineData("unsigned")]
    [InlineData("another secret")]
    [InlineData("the live workspace's secret")]
    [InlineData("another body than was signed")]
    [InlineData("signed six minutes ago")]
    [InlineData("signed for six minutes from now")]
    [InlineData("no report")]
    [InlineData("a card's number in it")]
    public async Task What_is_not_a_fresh_report_of_the_builder_is_refused_and_changes_nothing(string what)
    {
        string id = await Order("carl"), report = Paid(id, "rep-6", "wire-6", "10");
        byte[] secret = what switch { "another secret" => new byte[32], "the live workspace's secret" => await Secret("live"), _ => await Secret("test") };
        string sent = what switch
        {
            "no report" => "[]",
            "a card's number in it" => report.Replace("}", ",\"instrument\":{\"id\":\"i\",\"label\":\"4242 4242 4242 4242\"}}", StringComparison.Ordinal),
            _ => report,
        };
        await Until(() => Task.FromResult(server.Strings("SELECT CAST(seq AS TEXT) FROM webhook_inbox WHERE done = 0").Count == 0));
        string before = server.Fingerprint();
        var at = TimeSpan.FromMinutes(what switch { "signed six minutes ago" => -6, "signed for six minutes from now" => 6, _ => 0 });
        Assert.Equal(HttpStatusCode.BadRequest, await Send(sent, what == "unsigned" ? null : secret, at, what.StartsWith("another body", StringComparison.Ordinal) ? sent + " " : null));
        Assert.Equal(before, server.Fingerprint());
    }

    [Fact]
    public async Task The_secret_goes_to_standard_output_and_its_address_beside_it()
    {
        var (output, error) = await Print("test");
        Assert.Matches("^whsec_[A-Za-z0-9+/]{43}=\n$", output);
        Assert.Contains(Workspace, error, StringComparison.Ordinal);
        Assert.DoesNotContain(output.Trim(), error, StringComparison.Ordinal);
        Assert.Equal(output, (await Print("test")).Output);
        Assert.NotEqual(output, (await Print("live")).Output);
        Assert.False(server.Stores(output.Trim()[6..]));
    }

    private async Task<string> Order(string customer)
    {
        await server.Client.Apply(new
        {
            assets = new[] { new { id = "credits" } },
            top_ups = new { packs = new[] { new { id = "starter", price = "10", currency = "usd", credit = new { asset = "credits", amount = "1000" } } } },
        });
        return (await server.Client.Do("/v1/top-ups", new { customer_id = customer, pack = "starter", processor = "manual", idempotency_key = "order" })).Json.GetProperty("id").GetString()!;
    }

    private static string Paid(string id, string report, string payment, string amount) =>
        $$"""{"id":"{{report}}","type":"paid","at":"{{TimeProvider.System.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss'Z'}}","top_up_id":"{{id}}","payment":"{{payment}}","amount":"{{amount}}","tax":"1.90","currency":"usd"}""";

    private async Task<byte[]> Secret(string mode) => Convert.FromBase64String((await Print(mode)).Output.Trim()["whsec_".Length..]);

    private async Task<(string Output, string Error)> Print(string mode)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal(0, await CommandLine.Run(["webhook-secret", "--mode", mode, "--data", server.File.Path], Parts.OfProgram(), new Terminal(output, error, _ => null), inputIsPiped: false));
        return (output.ToString(), error.ToString());
    }

    private async Task<HttpStatusCode> Send(string report, byte[]? secret, TimeSpan off = default, string? signedBody = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Url, Workspace)) { Content = new StringContent(report, Encoding.UTF8, "application/json") };
        var at = Instant.From(TimeProvider.System.GetUtcNow() + off);
        foreach (var (name, value) in secret is null ? new Dictionary<string, string>() : WebhookSignature.Sign(secret, "msg-1", at, Encoding.UTF8.GetBytes(signedBody ?? report)))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
        using var response = await server.Http.SendAsync(request);
        return response.StatusCode;
    }

    private async Task<string> Balance(string customer) =>
        (await server.Client.Get($"/v1/customers/{customer}/wallet")).Json.GetProperty("accounts").EnumerateArray().Single(a => a.GetProperty("asset").GetString() == "credits").GetProperty("balance").GetString()!;

    private Task Until(string id, string status) => Until(async () => (await server.Client.Get($"/v1/top-ups/{id}")).Json.GetProperty("status").GetString() == status);

    private static async Task Until(Func<Task<bool>> holds)
    {
        for (int i = 0; i < 600; i++)
        {
            if (await holds())
            {
                return;
            }
            await Task.Delay(50);
        }
        Assert.Fail("not within 30 seconds");
    }
}
