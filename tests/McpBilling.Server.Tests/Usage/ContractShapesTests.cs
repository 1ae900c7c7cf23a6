using System.Text;
using System.Text.Json;

namespace McpBilling.Server.Tests.Usage;

/// <summary>The fields and statuses that contract.md promises to outside programs. More fields may come; none of these may go.</summary>
public sealed class ContractShapesTests : IAsyncLifetime
{
    private LiveServer server = null!;
    private BillingClient client = null!;

    public async ValueTask InitializeAsync()
    {
        server = await LiveServer.Start();
        client = server.Client;
        await client.Apply(new
        {
            assets = new[] { new { id = "credits", name = "Image credits", scale = 6 } },
            meters = new[] { new { id = "images", event_type = "image.generated", aggregation = "sum", property = "count", filter = new { resolution = new[] { "1024", "2048" } } } },
            products = new[]
            {
                new
                {
                    id = "image-generation", name = "Image generation", pay_as_you_go = true, charge = "every_asset",
                    prices = new[] { new { id = "image-usd", meter = "images", asset = "usd", model = "graduated", period = "month",
                        tiers = new[] { new { up_to = (string?)"1000", unit_price = "0.04" }, new { up_to = (string?)null, unit_price = "0.03" } },
                        where = new { model = new[] { "flux" } }, free_units = "0", max_per_period = (string?)null, quantity_rounding = "none" } },
                },
            },
            signup = new { grants = new[] { new { asset = "credits", amount = "100", expires_after_days = 90 } } },
            customers = new { auto_create = true },
        });
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private static object Event(string id, string customer = "user_1") =>
        new { id, customer_id = customer, event_type = "image.generated", properties = new { count = 2, resolution = "1024", model = "flux" } };

    [Fact]
    public async Task The_catalog_tells_what_changed_and_comes_back_as_it_went_in()
    {
        var shown = await client.Get("/v1/catalog");
        Has(shown, 200, "version document");
        var again = await client.Post("/v1/catalog/apply", new { document = shown.Json.GetProperty("document") });
        Has(again, 200, "version changes warnings");
        Assert.Equal(shown.Json.GetProperty("version").GetInt64(), again.Json.GetProperty("version").GetInt64());
        Assert.All(again.Json.GetProperty("changes").EnumerateArray(), c => Assert.Equal("unchanged", c.GetProperty("action").GetString()));
        var less = await client.Post("/v1/catalog/apply", new { document = new { assets = new[] { new { id = "tokens" } } }, dry_run = true });
        Assert.All(less.Json.GetProperty("changes").EnumerateArray(), c => Assert.Contains(c.GetProperty("action").GetString(), (string[])["added", "archived", "changed", "unchanged"]));
        Assert.All(less.Json.GetProperty("changes").EnumerateArray(), c => Has(c, "kind id action"));
        Assert.Equal(shown.Json.GetProperty("version").GetInt64(), (await client.Get("/v1/catalog")).Json.GetProperty("version").GetInt64());
        Assert.Equal("version_conflict", (await client.Post("/v1/catalog/apply", new { document = new { }, expected_version = 99 })).Code);
    }

    [Fact]
    public async Task A_customer_is_made_once_and_signs_up_once()
    {
        Has(await client.Post("/v1/customers", new { id = "user_1", name = "Ann", email = "a@b.c", metadata = new { plan = "x" } }), 201, "id name email metadata");
        Has(await client.Post("/v1/customers", new { id = "user_1", name = "Anna" }), 200, "id name email metadata");
        var wallet = await client.Wallet("user_1");
        Has(wallet, 200, "customer_id frozen accounts");
        var account = wallet.Json.GetProperty("accounts").EnumerateArray().Single();
        Has(account, "asset balance held available debt overdraft_limit grants");
        Assert.Equal(100m, decimal.Parse(account.GetProperty("balance").GetString()!));
        Has(account.GetProperty("grants").EnumerateArray().Single(), "id remaining granted held source priority effective_at expires_at");
    }

    [Fact]
    public async Task A_grant_is_201_at_first_and_200_when_it_is_asked_again()
    {
        var body = new { customer_id = "user_1", asset = "usd", amount = "12.50", source = "paid", priority = 10, products = new[] { "image-generation" }, effective_at = (string?)null, expires_at = (string?)null, cost_basis = new { currency = "usd", amount = "10" }, idempotency_key = "k" };
        var first = await client.Post("/v1/grants", body);
        Has(first, 201, "grant account");
        Has(first.Json.GetProperty("account"), "asset balance held available debt");
        var second = await client.Post("/v1/grants", body);
        Assert.Equal((200, first.Json.GetProperty("grant").GetProperty("id").GetString()), (second.Status, second.Json.GetProperty("grant").GetProperty("id").GetString()));
        Assert.True(second.Json.GetProperty("replayed").GetBoolean());
        Has(await client.Post($"/v1/grants/{first.Json.GetProperty("grant").GetProperty("id").GetString()}/void", new { amount = (string?)null, idempotency_key = "v" }), 200, "grant account");
    }

    [Fact]
    public async Task The_header_may_stand_in_for_the_field()
    {
        byte[] body = """{"customer_id":"user_1","asset":"usd","amount":"1"}"""u8.ToArray();
        var first = await client.Send(HttpMethod.Post, "/v1/grants", body, r => r.Headers.Add("Idempotency-Key", "from-header"));
        var second = await client.Send(HttpMethod.Post, "/v1/grants", body, r => r.Headers.Add("Idempotency-Key", "from-header"));
        var field = await client.Post("/v1/grants", """{"customer_id":"user_1","asset":"usd","amount":1,"idempotency_key":"from-header"}""");
        Assert.Equal((201, 200, 200), (first.Status, second.Status, field.Status));
        Assert.Equal(first.Json.GetProperty("grant").GetProperty("id").GetString(), field.Json.GetProperty("grant").GetProperty("id").GetString());
    }

    [Fact]
    public async Task An_authorization_its_capture_extension_and_void()
    {
        await client.Do("/v1/grants", new { customer_id = "user_1", asset = "usd", amount = "5", idempotency_key = "g" });
        var byAmount = await client.Post("/v1/usage/authorize", new { customer_id = "user_1", asset = "usd", amount = "1", ttl_seconds = 600, idempotency_key = "a" });
        Has(byAmount, 200, "allowed hold_id expires_at amounts available replayed");
        Has(byAmount.Json.GetProperty("amounts")[0], "asset amount");
        Has(byAmount.Json.GetProperty("available")[0], "asset amount");
        string hold = byAmount.Json.GetProperty("hold_id").GetString()!;
        Has(await client.Post($"/v1/holds/{hold}/extend", new { ttl_seconds = 700, idempotency_key = "x" }), 200, "hold");
        Has(await client.Post($"/v1/holds/{hold}/capture", new { amount = "0.25", final = false, idempotency_key = "c" }), 200, "hold charges balances replayed");
        Has(await client.Post($"/v1/holds/{hold}/void", new { idempotency_key = "v" }), 200, "hold");
        var byEvent = await client.Post("/v1/usage/authorize", new { customer_id = "user_1", @event = new { event_type = "image.generated", quantity = "1", properties = new { count = 2, resolution = "1024", model = "flux" } }, idempotency_key = "b" });
        Assert.Equal(0.08m, decimal.Parse(byEvent.Json.GetProperty("amounts")[0].GetProperty("amount").GetString()!));
        var captured = await client.Post($"/v1/holds/{byEvent.Json.GetProperty("hold_id").GetString()}/capture", new { @event = new { id = "e", event_type = "image.generated", properties = new { count = 2, resolution = "1024", model = "flux" } }, idempotency_key = "d" });
        Has(captured, 200, "hold charges balances replayed");
        Has(captured.Json.GetProperty("charges")[0], "product price asset quantity amount");
        var denied = await client.Post("/v1/usage/authorize", new { customer_id = "user_1", asset = "usd", amount = "100", idempotency_key = "z" });
        Has(denied, 200, "allowed amounts available reason shortfall replayed");
        Assert.False(denied.Json.GetProperty("allowed").GetBoolean());
        Assert.False(denied.Json.TryGetProperty("hold_id", out _));
    }

    [Fact]
    public async Task Usage_is_charged_listed_reversed_and_explained()
    {
        var recorded = await client.Post("/v1/usage", Event("e1"));
        Has(recorded, 200, "event_id charges balances warnings replayed");
        Has(recorded.Json.GetProperty("charges")[0], "product price asset quantity amount");
        Has(recorded.Json.GetProperty("balances")[0], "asset balance held available debt");
        Assert.True((await client.Post("/v1/usage", Event("e1"))).Json.GetProperty("replayed").GetBoolean());
        Has(await client.Get("/v1/usage?customer_id=user_1&from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z"), 200, "events total");
        var reversed = await client.Post("/v1/usage/e1/reverse", new { customer_id = "user_1", quantity = "1", reason = "broken", idempotency_key = "r" });
        Assert.True(reversed.Status == 200, reversed.Text);
        var entries = await client.Get("/v1/customers/user_1/entries?limit=1&asset=usd");
        Has(entries, 200, "entries next_cursor total");
        Has(entries.Json.GetProperty("entries")[0], "id time asset kind amount balance_after cause");
        Has(entries.Json.GetProperty("entries")[0].GetProperty("cause"), "kind id");
        Assert.Equal(entries.Json.GetProperty("total").GetInt32(), (await client.Entries("user_1", "&asset=usd")).Count);
    }

    [Fact]
    public async Task A_batch_answers_each_event_at_its_place()
    {
        var reply = await client.Post("/v1/usage/batch", new
        {
            events = new[] { Event("b1"), Event("b2"), Event("b1"), new { id = "b3", customer_id = "user_1", event_type = "image.generated", properties = new { resolution = "1024" } }, Event("b4") },
        });
        var results = reply.Json.GetProperty("results").EnumerateArray().ToList();
        Assert.Equal(["recorded", "recorded", "replayed", "failed", "recorded"], results.Select(r => r.GetProperty("status").GetString()));
        Assert.Equal(["b1", "b2", "b1", "b3", "b4"], results.Select(r => r.GetProperty("event_id").GetString()));
        Has(results[0], "status event_id charges balances");
        Has(results[3].GetProperty("problem"), "code detail field hint retryable");
        Assert.Equal("invalid_event", results[3].GetProperty("problem").GetProperty("code").GetString());
    }

    [Fact]
    public async Task The_test_clock_starts_anywhere_and_then_goes_forward_only()
    {
        var real = await client.Get("/v1/test-clock");
        Assert.True(real.Json.GetProperty("real").GetBoolean());
        // Neither a catalog nor a customer without anything is a history that the past would contradict.
        await client.Apply(new { });
        await client.Do("/v1/customers", new { id = "early" });
        var past = await client.Clock("2024-01-01T00:00:00Z");
        Has(past, 200, "now real");
        Assert.Equal("clock_conflict", (await client.Post("/v1/test-clock", new { now = "2023-12-31T23:59:59Z" })).Code);
        Assert.True((await client.Post("/v1/test-clock", """{"now":null}""")).Json.GetProperty("real").GetBoolean());
    }

    /// <summary>What an outside program may reasonably send, and is understood.</summary>
    [Theory]
    [InlineData("numbers for texts", "/v1/grants", """{"customer_id":"t","asset":"usd","amount":12.5,"priority":1,"idempotency_key":"1"}""")]
    [InlineData("an exponent", "/v1/grants", """{"customer_id":"t","asset":"usd","amount":1e2,"idempotency_key":"2"}""")]
    [InlineData("texts for numbers", "/v1/grants", """{"customer_id":"t","asset":"usd","amount":"50","priority":"1","idempotency_key":"3"}""")]
    [InlineData("nulls for what is left out", "/v1/grants", """{"customer_id":"t","asset":"usd","amount":"50","source":null,"priority":null,"products":null,"effective_at":null,"expires_at":null,"cost_basis":null,"idempotency_key":"4"}""")]
    [InlineData("a time with an offset", "/v1/grants", """{"customer_id":"t","asset":"usd","amount":"50","expires_at":"2030-01-01T00:00:00.123456+02:00","idempotency_key":"5"}""")]
    [InlineData("a grant whose time is over", "/v1/grants", """{"customer_id":"t","asset":"usd","amount":"50","effective_at":"2001-01-01T00:00:00Z","expires_at":"2001-01-02T00:00:00Z","idempotency_key":"6"}""")]
    [InlineData("a grant that ended before now, without a beginning", "/v1/grants", """{"customer_id":"t","asset":"usd","amount":"50","expires_at":"2001-01-02T00:00:00Z","idempotency_key":"7"}""")]
    [InlineData("a hold's seconds as text", "/v1/usage/authorize", """{"customer_id":"t","asset":"usd","amount":"0","ttl_seconds":"900","idempotency_key":"8"}""")]
    [InlineData("nulls in an authorization", "/v1/usage/authorize", """{"customer_id":"t","asset":"usd","amount":"0","event":null,"ttl_seconds":null,"allow_partial":null,"min_amount":null,"idempotency_key":"9"}""")]
    [InlineData("usage of nothing", "/v1/usage", """{"id":"z1","customer_id":"t","event_type":"image.generated","quantity":0,"properties":{"count":0,"resolution":"1024","model":"flux"}}""")]
    [InlineData("nulls in usage", "/v1/usage", """{"id":"z2","customer_id":"t","event_type":"x","timestamp":null,"quantity":null,"properties":null,"subject":null,"feature":null,"hold_id":null,"on_insufficient":null}""")]
    [InlineData("nulls in a batch", "/v1/usage/batch", """{"events":[{"id":"z3","customer_id":"t","event_type":"x","on_insufficient":null,"subject":{"end_user":null}}]}""")]
    [InlineData("nulls in a catalog", "/v1/catalog/apply", """{"document":{"assets":[{"id":"a","name":null,"scale":"2"}],"meters":[{"id":"m","event_type":"e","aggregation":"count","property":null,"filter":null}],"products":[{"id":"p","name":null,"charge":null,"prices":[{"id":"x","meter":"m","asset":"a","model":"per_unit","unit_price":1,"period":null,"where":null,"free_units":null,"quantity_rounding":null,"max_per_period":null}]}],"signup":null},"dry_run":null,"expected_version":null}""")]
    public async Task What_is_meant_clearly_is_understood(string what, string path, string body)
    {
        var reply = await client.Post(path, body);
        Assert.True(reply.Status is 200 or 201, $"{what}: {reply.Text}");
    }

    [Fact]
    public async Task A_refusal_has_every_field_of_a_problem()
    {
        var reply = await client.Post("/v1/usage", new { id = "x", customer_id = "broke", event_type = "image.generated", properties = new { count = 2, resolution = "1024", model = "flux" }, on_insufficient = "reject" });
        Has(reply, 422, "type title status code detail hint retryable request_id");
        Assert.Equal(("insufficient_balance", "application/problem+json"), (reply.Code, reply.Headers["Content-Type"]));
        Assert.Equal(404, (await client.Get("/v1/customers/broke/wallet")).Status);
        var named = await client.Send(HttpMethod.Post, "/v1/usage", Encoding.UTF8.GetBytes("{}"), r => r.Headers.Add("X-Request-Id", "mine-1"));
        Assert.Equal(("mine-1", "mine-1"), (named.Json.GetProperty("request_id").GetString(), named.Headers["X-Request-Id"]));
    }

    private static void Has(Reply reply, int status, string fields)
    {
        Assert.True(reply.Status == status, reply.Text);
        Has(reply.Json, fields);
    }

    private static void Has(JsonElement json, string fields) => Assert.All(fields.Split(' '), name => Assert.True(json.TryGetProperty(name, out _), $"{name} is missing in {json}"));
}
