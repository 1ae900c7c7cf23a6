using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Payments;
using McpBilling.Server.Hosting;
using McpBilling.Server.Payments;
using McpBilling.Server.Tests.Portal;
using McpBilling.Server.Tests.Usage;
using McpBilling.Server.Tests.Webhooks;
using McpBilling.Server.Webhooks;
using McpBilling.Storage;
using McpBilling.Stripe;
using Microsoft.Extensions.Logging;

namespace McpBilling.Server.Tests.Secrets;

/// <summary>
/// A running server through which all money flows went once, with card numbers, keys and secrets planted where people and programs put them: typed, sent, signed
/// with, sent to the wrong place. What came back, what was logged at the most talkative level and what is stored is kept for looking.
/// </summary>
public sealed class PlantedShop : IAsyncLifetime
{
    internal const string StripeKey = "sk_test_51PlantedKeyOfStripe0123456789", StripeSecret = "whsec_PlantedSecretOfStripe0123456789abcdef";

    /// <summary>Is stored and told, as it should be: that it is found proves the search.</summary>
    internal static readonly Plant Known = new("a name", "Zacharias Quandt");

    /// <summary>In metadata, which is the app's own.</summary>
    internal static readonly Plant OfTheApp = Plant.Card("metadata", "6011111111111117");

    private static readonly Plant Paid = Plant.Card("card that pays", "4242424242424242"), Declined = Plant.Card("card that is declined", "4000000000000002"),
        Confirmed = Plant.Card("card that asks", "4000002500003155"), Kept = Plant.Card("card that is kept", "4000002760003184"), Reported = Plant.Card("card in a report", "5555 5555 5555 4444"),
        InReason = Plant.Card("card in a reason", "3782-822463-10005"), Astray = Plant.Card("card in a wrong field", "4012888888881881"), InPortal = Plant.Card("card in the portal", "5105105105105100");

    private readonly ConcurrentQueue<string> lines = [];
    private readonly ILoggerFactory loggers = StandardErrorLogs.Create(LogLevel.Trace);
    private readonly List<Plant> plants = [Paid, Declined, Confirmed, Kept, Reported, InReason, Astray, InPortal, new("Stripe's key", StripeKey), new("Stripe's webhook secret", StripeSecret)];
    private HttpClient http = null!;
    private WebhookReceiver receiver = null!;
    private WebhookDispatcher dispatcher = null!;
    private IAsyncDisposable delivering = null!;
    private BillingClient client = null!;

    public LiveServer Server { get; private set; } = null!;

    internal IReadOnlyList<Plant> Plants => plants;

    /// <summary>Answers, pages, and messages as their receivers got them; all but where something is shown once.</summary>
    internal ConcurrentQueue<(string Where, string Text)> Heard { get; } = [];

    internal IReadOnlyCollection<string> Lines => lines;

    /// <summary>What was shown once, where it is meant to be.</summary>
    internal List<(string Where, string Text)> ShownOnce { get; } = [];

    public async ValueTask InitializeAsync()
    {
        loggers.AddProvider(new LogEar(lines));
        var keys = new StripeKeys(StripeKey, [StripeSecret]);
        var stripe = new StripeProcessor(keys, TimeProvider.System, new StripeConnection { Handler = new RefusingStripe(), Pauses = [] });
        Server = new LiveServer { Loggers = loggers, Program = Parts.OfProgram() with { OpenEngine = (file, time, logs) => Engines.Open(file, time, logs, [new After(stripe)]) } };
        await Server.InitializeAsync();
        http = new HttpClient(new Overhearing(Heard));
        client = new BillingClient(http, Server.Url, Server.Key);
        receiver = await WebhookReceiver.Start();
        dispatcher = new WebhookDispatcher(Server.Engine.Billing, Server.File, new WebhookSender(true, TimeProvider.System), TimeProvider.System, loggers.CreateLogger("McpBilling.Webhooks"));
        delivering = Server.Engine.Rounds!.Start(dispatcher.Round);
        plants.AddRange([new("the key", Server.Key), new("a key that was revoked", Server.RevokedKey()), new("a live key", Server.NewKey(Mode.Live))]);
        using (var connection = Server.File.OpenReader())
        {
            var secrets = DatabaseSecrets.Read(connection);
            plants.Add(new("the secret of manual", "whsec_" + Convert.ToBase64String(secrets.For(ManualSource.Purpose(1)))));
            plants.Add(new("the secret of the sandbox", "whsec_" + Convert.ToBase64String(secrets.For("webhooks of sandbox 1"))));
        }
        await client.Apply(new
        {
            assets = new[] { new { id = "credits" } },
            meters = new[] { new { id = "calls", event_type = "call", aggregation = "count" } },
            products = new[] { new { id = "calls", name = "Calls", prices = new[] { new { id = "calls", meter = "calls", asset = "credits", model = "per_unit", unit_price = "1" } } } },
            top_ups = new
            {
                packs = new[] { new { id = "starter", price = "10", currency = "usd", credit = new { asset = "credits", amount = "1000" } } },
                free_amounts = new[] { new { currency = "usd", min = "5", max = "500", asset = "usd", rate = "1" } },
            },
        });
        await client.Do("/v1/customers", new { id = "anna", name = Known.Value, email = "anna@example.com" });
        await client.Do("/v1/customers", new { id = "ben", metadata = new { note = OfTheApp.Value } });
        await Endpoints();
        await Payments();
        await BackAgain();
        await AutoRecharge();
        await Manual();
        await OfStripe();
        await Astrays();
        await Portal();
        // What was refused at the doors of usage is noted a little later.
        await Until(() => Task.FromResult(Server.Strings("SELECT operation FROM integration_signal GROUP BY operation HAVING operation = 'authorize_usage' AND SUM(count) >= 4").Count == 1));
        await Until(async () => (await client.Get("/v1/webhook-deliveries?limit=200")).Json.GetProperty("deliveries").EnumerateArray().All(d => d.GetProperty("status").GetString() == "delivered"));
        foreach (var message in receiver.Received)
        {
            Heard.Enqueue(("a webhook", $"{string.Join('\n', message.Headers)}\n{message.Body}"));
        }
        loggers.CreateLogger("McpBilling.Test").LogTrace("{Name} is in the log", Known.Value);
    }

    public async ValueTask DisposeAsync()
    {
        await delivering.DisposeAsync();
        await dispatcher.DisposeAsync();
        await receiver.DisposeAsync();
        http.Dispose();
        await Server.DisposeAsync();
        loggers.Dispose();
    }

    private async Task Endpoints()
    {
        var made = await Server.Client.Do("/v1/webhook-endpoints", new { url = receiver.Url + "/hooks", idempotency_key = "endpoint" });
        string id = made.Json.GetProperty("endpoint").GetProperty("id").GetString()!;
        Shown("create endpoint", "a signing secret", made.Json.GetProperty("secret").GetString()!, made.Text);
        await client.Do($"/v1/webhook-endpoints/{id}/test", new { });
        var rotated = await Server.Client.Do($"/v1/webhook-endpoints/{id}/rotate", new { idempotency_key = "rotate" });
        Shown("rotate", "the next signing secret", rotated.Json.GetProperty("secret").GetString()!, rotated.Text);
        await client.Do($"/v1/webhook-endpoints/{id}/test", new { });
        await client.Get("/v1/webhook-endpoints");
    }

    private async Task Payments()
    {
        await Buy("anna", "pays", "Success", Paid, save: true);
        var (id, page) = await Order("ben", "again");
        await Pay(page, "Decline", Declined);
        await Pay(page, "Authentication", Confirmed);
        await Act(page, ("act", "confirm"), ("number", Confirmed.Value));
        await Until(id, "paid");
    }

    private async Task BackAgain()
    {
        string id = await Buy("ben", "back", "Success", Paid, save: false);
        var refused = await client.Post("/v1/refunds", new { top_up_id = id, amount = "4", reason = $"to his card {InReason.Value}", idempotency_key = "r" });
        Assert.Equal(("invalid_request", "reason"), (refused.Code, refused.Field));
        await client.Do("/v1/refunds", new { top_up_id = id, amount = "4", reason = "to his card ending in 0005", idempotency_key = "r" });
        Assert.Equal("reason", (await client.Post("/v1/adjustments", new { customer_id = "ben", asset = "credits", amount = "-1", reason = InReason.Value, idempotency_key = "a" })).Field);
        var page = new Uri((await client.Get($"/v1/top-ups/{id}")).Json.TryGetProperty("url", out var url) ? url.GetString()! : pages[id].ToString());
        foreach (string act in (string[])["dispute", "withdraw", "reinstate", "close"])
        {
            await Act(page, ("act", act), ("number", Paid.Value));
        }
        await client.Get("/v1/refunds?customer_id=ben");
        await client.Get("/v1/top-ups?customer_id=ben");
    }

    private async Task AutoRecharge()
    {
        await Buy("carl", "first", "Success", Kept, save: true);
        await client.Do("/v1/auto-recharge", new { customer_id = "carl", asset = "credits", threshold = "999", pack = "starter", processor = "sandbox", monthly_cap = "50", consent = new { text_version = "2026-11" } });
        for (int i = 0; i < 3; i++)
        {
            await client.Do("/v1/usage", new { id = $"u{i}", customer_id = "carl", event_type = "call" });
        }
        await Until(async () => (await client.Get("/v1/top-ups?customer_id=carl")).Json.GetProperty("top_ups").EnumerateArray()
            .Any(t => t.GetProperty("origin").GetString() == "auto_recharge" && t.GetProperty("status").GetString() == "paid"));
        await client.Get("/v1/auto-recharge?customer_id=carl");
    }

    // The builder's own processor, which may well know the card.
    private async Task Manual()
    {
        var order = (await client.Do("/v1/top-ups", new { customer_id = "dora", pack = "starter", processor = "manual", idempotency_key = "wire" })).Json;
        string id = order.GetProperty("id").GetString()!;
        string Report(string more) => $$"""{"id":"rep-{{more.Length}}","type":"paid","at":"{{TimeProvider.System.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss'Z'}}","top_up_id":"{{id}}","payment":"wire-7","amount":"10","currency":"usd"{{more}}}""";
        Assert.Equal(400, await Send(Report($$""","card_number":"{{Reported.Value}}" """)));
        Assert.Equal(400, await Send(Report($$""","instrument":{"id":"i1","label":"Mastercard {{Reported.Value}}"}""")));
        Assert.Equal(400, await Send(Report($$""","code":"{{Reported.Value}}" """)));
        Assert.Equal(400, await Send(Report($$""","reason":"card {{Reported.Value}} of {{Server.Key}}" """), signed: false));
        Assert.Equal(204, await Send(Report($$""","instrument":{"id":"i1","label":"Mastercard ending in 4444"}""")));
        await Until(id, "paid");
        Assert.Equal("invalid_request", (await client.Post($"/v1/top-ups/{id}/paid", new { amount = Astray.Value, currency = "usd", payment = "p", card = Astray.Value, idempotency_key = "p" })).Code);
    }

    private async Task<int> Send(string report, bool signed = true)
    {
        byte[] body = Encoding.UTF8.GetBytes(report);
        using var connection = Server.File.OpenReader();
        byte[] secret = signed ? DatabaseSecrets.Read(connection).For(ManualSource.Purpose(1)) : Encoding.UTF8.GetBytes(Server.Key);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Server.Url, "/webhooks/manual/1")) { Content = new ByteArrayContent(body) };
        foreach (var (name, value) in WebhookSignature.Sign(secret, "m", Instant.From(TimeProvider.System.GetUtcNow()), body))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Server.Key);
        using var response = await http.SendAsync(request);
        return (int)response.StatusCode;
    }

    // A Stripe that repeats the key it was sent, and webhooks that nobody signed.
    private async Task OfStripe()
    {
        var refused = await client.Post("/v1/top-ups", new { customer_id = "erik", pack = "starter", processor = "stripe", idempotency_key = "stripe" });
        Assert.Contains(refused.Code, (string[])["processor_unavailable", "payment_not_possible"]);
        using var forged = new HttpRequestMessage(HttpMethod.Post, new Uri(Server.Url, "/webhooks/stripe/1")) { Content = new StringContent($"{{\"id\":\"evt_1\",\"number\":\"{Astray.Value}\"}}") };
        forged.Headers.TryAddWithoutValidation("Stripe-Signature", $"t=1,v1={StripeSecret}");
        using var response = await http.SendAsync(forged);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    // Where people and models put them by mistake.
    private async Task Astrays()
    {
        foreach (string wrong in (string[])[Server.Key, Astray.Value, "4012 8888 8888 1881", StripeKey])
        {
            foreach (object body in (object[])[
                new { customer_id = wrong, pack = wrong, idempotency_key = "astray" },
                new { customer_id = "anna", amount = wrong, currency = wrong, idempotency_key = "astray" },
                new { customer_id = "anna", pack = "starter", card_number = wrong, idempotency_key = "astray" },
                new { customer_id = "anna", pack = new { number = wrong }, idempotency_key = "astray" }])
            {
                Assert.InRange((await client.Post("/v1/top-ups", body)).Status, 400, 499);
            }
            Assert.InRange((await client.Post("/v1/refunds", new { top_up_id = wrong, idempotency_key = "astray" })).Status, 400, 499);
            Assert.InRange((await client.Post("/v1/portal-sessions", new { customer_id = wrong })).Status, 400, 499);
            Assert.InRange((await client.Post("/v1/usage/authorize", new { customer_id = "anna", asset = wrong, amount = wrong, idempotency_key = "astray" })).Status, 400, 499);
            Assert.InRange((await client.Post("/v1/usage/authorize", new { customer_id = wrong, asset = "credits", amount = "1", idempotency_key = wrong, ttl_seconds = "none" })).Status, 400, 499);
            await client.Get($"/v1/customers/{Uri.EscapeDataString(wrong)}/wallet");
            await client.Get($"/v1/customers?access_token={Uri.EscapeDataString(wrong)}");
            await client.Get($"/nowhere/{Uri.EscapeDataString(wrong)}");
            await new BillingClient(http, Server.Url, "mb_test_" + wrong).Get("/v1/customers");
            await Tool("get_wallet", JsonSerializer.Serialize(new { customer_id = wrong }));
            await Tool("get_wallet", JsonSerializer.Serialize(new { customer_id = "anna", number = wrong }));
            await Tool("grant_credit", JsonSerializer.Serialize(new { customer_id = "anna", asset = "credits", amount = wrong, idempotency_key = "astray" }));
            await Tool("record_usage", JsonSerializer.Serialize(new { events = new[] { new { id = "x", customer_id = "anna", event_type = wrong, quantity = wrong } } }));
        }
        await Tool("get_wallet", """{"customer_id":"anna"}""");
        await Tool("list_entries", """{"customer_id":"ben"}""");
    }

    private async Task Tool(string tool, string arguments)
    {
        string call = $$$$$"""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"{{{{{tool}}}}}","arguments":{{{{{arguments}}}}},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"x","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}}}""";
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Server.Url, "/mcp")) { Content = new StringContent(call, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Server.Key);
        foreach (var (name, value) in ((string, string)[])[("Accept", "application/json, text/event-stream"), ("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", "tools/call"), ("Mcp-Name", tool)])
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
        using var response = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private async Task Portal()
    {
        string link = (await Server.Client.Do("/v1/portal-sessions", new { customer_id = "anna" })).Json.GetProperty("url").GetString()!;
        Shown("portal session", "a portal link", link[(link.LastIndexOf('.') + 1)..], link);
        using var anna = new Browser(Server.Url);
        // Looking ahead leaves the link valid: more than any other it must not be in a log.
        Assert.Equal(503, (await anna.Get(link, ("Purpose", "prefetch"))).Status);
        Assert.Equal(401, (await anna.Get("/portal?token=" + link[(link.LastIndexOf('/') + 1)..])).Status);
        var entered = await anna.Get(link);
        string cookie = entered.Header("Set-Cookie").Split('=', 2)[1].Split(';')[0];
        Shown("cookie", "a portal cookie", cookie[(cookie.LastIndexOf('.') + 1)..], entered.Header("Set-Cookie"));
        string token = "";
        foreach (string address in (string[])["", "/credit", "/limits", "/usage", "/history", "/receipts", "/nothing"])
        {
            var page = await anna.Get("/portal" + address);
            Heard.Enqueue((address, page.Text));
            token = page.Token.Length > 0 ? page.Token : token;
        }
        string receipt = (await client.Get("/v1/customers/anna/receipts")).Json.GetProperty("receipts")[0].GetProperty("id").GetString()!;
        Heard.Enqueue(("receipt", (await anna.Get($"/portal/receipts/{receipt}")).Text));
        var typed = await anna.Post("/portal/credit", new() { ["_token"] = token, ["order"] = new string('a', 32), ["free"] = "0", ["amount"] = InPortal.Value });
        Assert.Equal(422, typed.Status);
        Heard.Enqueue(("typed as an amount", typed.Text));
        var limit = await anna.Post("/portal/limits", new() { ["_token"] = token, ["asset"] = "credits", ["cap"] = "5105 1051 0510 5100", ["low"] = "5105-1051-0510-5100", ["period"] = "day" });
        Assert.Equal(422, limit.Status);
        Heard.Enqueue(("typed as a limit", limit.Text));
    }

    private readonly Dictionary<string, Uri> pages = [];

    private async Task<(string Id, Uri Page)> Order(string customer, string key, bool save = false)
    {
        var order = (await client.Do("/v1/top-ups", new { customer_id = customer, pack = "starter", processor = "sandbox", save_instrument = save, idempotency_key = key })).Json;
        var made = (order.GetProperty("id").GetString()!, new Uri(order.GetProperty("url").GetString()!));
        return (made.Item1, pages[made.Item1] = made.Item2);
    }

    private async Task<string> Buy(string customer, string key, string card, Plant number, bool save)
    {
        var (id, page) = await Order(customer, key, save);
        await Pay(page, card, number);
        await Until(id, "paid");
        await http.GetStringAsync(new Uri(Server.Url, $"/payments/done/1/{id}"));
        return id;
    }

    // As a form that somebody saved from a real processor's page would send it.
    private async Task Pay(Uri page, string card, Plant number)
    {
        await http.GetStringAsync(page);
        await Act(page, ("act", "pay"), ("card", card), ("number", number.Value), ("card_number", number.Spellings[^1]), ("cvc", "123"));
        await http.GetStringAsync(page);
    }

    private async Task Act(Uri page, params (string Name, string Value)[] fields)
    {
        using var response = await http.PostAsync(page, new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value))));
        Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
    }

    private void Shown(string where, string name, string secret, string answer)
    {
        plants.Add(new Plant(name, secret));
        ShownOnce.Add((where, answer));
        Assert.Contains(secret, answer, StringComparison.Ordinal);
    }

    private Task Until(string id, string status) => Until(async () => (await client.Get($"/v1/top-ups/{id}")).Json.GetProperty("status").GetString() == status);

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

    // Beside the sandbox, for the test workspace.
    private sealed class After(IPaymentProcessor stripe) : IProcessorSource
    {
        public string Name => stripe.Name;

        public IPaymentProcessor? For(long workspaceKey, Mode mode) => mode == Mode.Test ? stripe : null;
    }

    private sealed class RefusingStripe : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.Unauthorized)
        {
            Content = new StringContent($$$"""{"error":{"type":"invalid_request_error","message":"Invalid API Key provided: {{{request.Headers.Authorization?.Parameter}}}"}}""", Encoding.UTF8, "application/json"),
            RequestMessage = request,
        });
    }
}
