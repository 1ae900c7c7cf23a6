using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using McpBilling.Server.Tests.Commands;

namespace McpBilling.Server.Tests.Examples;

/// <summary><c>examples/image-studio</c>, run as its README says, against the real program.</summary>
public sealed class ImageStudioTests : IAsyncLifetime
{
    private static readonly string Folder = Path.Combine(Needs.RepositoryFolder, "examples", "image-studio");

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mcp-billing-studio-");
    private readonly HttpClient http = new();
    private ProgramProcess billing = null!;
    private ProgramProcess studio = null!;

    private string Data => Path.Combine(folder.FullName, "billing.db");

    public async ValueTask InitializeAsync()
    {
        string node = Needs.Program("node");
        billing = await ProgramProcess.Serve(Data);
        var applied = await ProgramProcess.Run(Data, "apply", Path.Combine(Folder, "billing.json"));
        Assert.Equal((0, ""), (applied.ExitCode, applied.Error));
        var key = await ProgramProcess.Run(Data, "keys", "create", "--name", "image-studio");
        Key = key.Out.Trim();
        studio = await ProgramProcess.Start(node, ["server.js"], Folder, [("PORT", "0"), ("MCP_BILLING_URL", billing.Url), ("MCP_BILLING_KEY", Key)]);
    }

    private string Key { get; set; } = "";

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        if (studio is not null)
        {
            await studio.DisposeAsync();
        }
        if (billing is not null)
        {
            await billing.DisposeAsync();
        }
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Credits_of_the_sign_up_are_used_first_then_dollars_then_it_is_out_of_credit()
    {
        for (int i = 0; i < 100; i++)
        {
            Assert.Equal((HttpStatusCode.OK, "credits", "1"), await Draw("anna"));
        }
        Assert.Equal(HttpStatusCode.PaymentRequired, (await Post("anna", "a cat")).StatusCode);

        await Billing("grants", new { customer_id = "anna", asset = "usd", amount = "0.10", idempotency_key = "top-up-1" });
        Assert.Equal((HttpStatusCode.OK, "usd", "0.04"), await Draw("anna"));
        Assert.Equal((HttpStatusCode.OK, "usd", "0.04"), await Draw("anna"));

        var refused = await Post("anna", "a cat");
        Assert.Equal(HttpStatusCode.PaymentRequired, refused.StatusCode);
        var answer = await Json(refused);
        Assert.Equal("insufficient_balance", answer.GetProperty("reason").GetString());
        Assert.Equal(("usd", "0.02"), (answer.GetProperty("missing").GetProperty("asset").GetString(), answer.GetProperty("missing").GetProperty("amount").GetString()));
        Assert.Equal([("credits", "0", "0"), ("usd", "0.02", "0.02")], await Balances("anna"));
    }

    [Fact]
    public async Task A_page_says_what_is_missing()
    {
        await Freeze("carl");
        using var request = Request("carl", "a cat", null);
        request.Headers.Add("Accept", "text/html");
        var refused = await http.SendAsync(request);
        Assert.Equal((HttpStatusCode.PaymentRequired, "text/html"), (refused.StatusCode, refused.Content.Headers.ContentType!.MediaType));
        Assert.Contains("Out of credit", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_double_click_is_charged_once()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Post("dora", "a dog", "click-1")));
        var pictures = await Task.WhenAll(answers.Select(Json));
        Assert.All(answers, a => Assert.Equal(HttpStatusCode.OK, a.StatusCode));
        Assert.Single(pictures.Select(p => p.GetProperty("image").GetString()).Distinct());
        Assert.Equal(7, pictures.Count(p => p.GetProperty("replayed").GetBoolean()));
        Assert.Equal([("credits", "99", "99")], await Balances("dora"));
    }

    [Fact]
    public async Task An_old_request_id_buys_no_other_picture()
    {
        Assert.Equal(HttpStatusCode.OK, (await Post("emil", "a dog", "click-1")).StatusCode);
        var second = await Post("emil", "a cat", "click-1");
        Assert.Equal(HttpStatusCode.Conflict, second.StatusCode);
        Assert.False((await Json(second)).TryGetProperty("image", out _));
        Assert.Equal([("credits", "99", "99")], await Balances("emil"));
    }

    [Fact]
    public async Task Work_that_fails_costs_nothing_and_holds_nothing()
    {
        Assert.Equal(HttpStatusCode.BadGateway, (await Post("fred", "please fail")).StatusCode);
        Assert.Equal([("credits", "100", "100")], await Balances("fred"));
    }

    [Fact]
    public async Task Events_carry_the_end_user_and_the_session()
    {
        using var request = Request("acme", "a cat", "r-1");
        request.Headers.Add("X-End-User", "gina");
        request.Headers.Add("X-Session", "s-1");
        Assert.Equal(HttpStatusCode.OK, (await http.SendAsync(request)).StatusCode);
        using var asked = new HttpRequestMessage(HttpMethod.Get, $"{billing.Url}/v1/usage?customer_id=acme");
        asked.Headers.Authorization = new("Bearer", Key);
        var subject = (await Json(await http.SendAsync(asked))).GetProperty("events")[0].GetProperty("subject");
        Assert.Equal(("gina", "s-1"), (subject.GetProperty("end_user").GetString(), subject.GetProperty("session").GetString()));
    }

    [Fact]
    public async Task Without_billing_nothing_is_drawn()
    {
        await billing.DisposeAsync();
        var answer = await Post("hans", "a cat");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        var body = await Json(answer);
        Assert.False(body.TryGetProperty("image", out _));
        Assert.DoesNotContain(Key, body.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Input_that_is_no_request_for_a_picture_is_refused_before_billing_is_asked()
    {
        foreach (string body in new[] { "", "null", "[1", "{}", "{\"prompt\":7}", "{\"prompt\":\" \"}" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, studio.Url + "/images") { Content = new StringContent(body) };
            request.Headers.Add("X-Customer", "ida");
            Assert.Equal(HttpStatusCode.BadRequest, (await http.SendAsync(request)).StatusCode);
        }
        Assert.Empty(await Balances("ida"));
    }

    private async Task<(HttpStatusCode Status, string Asset, string Amount)> Draw(string customer)
    {
        var answer = await Post(customer, "a cat");
        var charged = Assert.Single((await Json(answer)).GetProperty("charged").EnumerateArray());
        return (answer.StatusCode, charged.GetProperty("asset").GetString()!, charged.GetProperty("amount").GetString()!);
    }

    private async Task<HttpResponseMessage> Post(string customer, string prompt, string? requestId = null)
    {
        using var request = Request(customer, prompt, requestId);
        return await http.SendAsync(request);
    }

    private HttpRequestMessage Request(string customer, string prompt, string? requestId)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, studio.Url + "/images") { Content = JsonContent.Create(new { prompt }) };
        request.Headers.Add("X-Customer", customer);
        if (requestId is not null)
        {
            request.Headers.Add("X-Request-Id", requestId);
        }
        return request;
    }

    private async Task<(string Asset, string Balance, string Available)[]> Balances(string customer)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, studio.Url + "/balance");
        request.Headers.Add("X-Customer", customer);
        var answer = await Json(await http.SendAsync(request));
        return [.. answer.GetProperty("balances").EnumerateArray().Select(b => (b.GetProperty("asset").GetString()!, b.GetProperty("balance").GetString()!, b.GetProperty("available").GetString()!))];
    }

    private Task Freeze(string customer) => Billing("customers", new { id = customer, frozen = true });

    private async Task Billing(string path, object body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{billing.Url}/v1/{path}") { Content = JsonContent.Create(body) };
        request.Headers.Authorization = new("Bearer", Key);
        var answer = await http.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static async Task<JsonElement> Json(HttpResponseMessage answer) => JsonElement.Parse(await answer.Content.ReadAsStringAsync());
}
