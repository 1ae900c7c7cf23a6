using System.Text;
using McpBilling.Operations;
using McpBilling.Server.Tests.Usage;

namespace McpBilling.Server.Tests.Hostile;

/// <summary>Every operation with the wrong key: none reads or writes what the key is not for.</summary>
public sealed class IsolationTests(HostileShop shop) : IClassFixture<HostileShop>
{
    /// <summary>
    /// A good request of each operation. <c>{mine …}</c> is filled with names of the workspace that is asked about; the last column is what a key of the
    /// other workspace is answered: 404 for what it cannot know, 2xx where it acts on its own workspace, 403 where a live one must not.
    /// </summary>
    internal static readonly (string Operation, string Request, string? Body, int OtherWorkspace)[] Requests =
    [
        ("get_catalog", "GET /v1/catalog", null, 200),
        ("apply_catalog", "POST /v1/catalog/apply", """{"document":{catalog}}""", 200),
        ("define_asset", "POST /v1/catalog/assets", """{"id":"points"}""", 200),
        ("define_meter", "POST /v1/catalog/meters", """{"id":"calls","event_type":"call","aggregation":"count"}""", 200),
        ("define_product", "POST /v1/catalog/products", """{"id":"calling"}""", 200),
        ("define_price", "POST /v1/catalog/prices", """{"product":"pictures","id":"picture","meter":"images","asset":"usd","model":"per_unit","unit_price":"1"}""", 200),
        ("archive_catalog_item", "POST /v1/catalog/archive", """{"kind":"price","id":"film"}""", 200),
        ("save_customer", "POST /v1/customers", """{"id":"alice","name":"Mallory"}""", 200),
        ("list_customers", "GET /v1/customers", null, 200),
        ("get_wallet", "GET /v1/customers/{mine only}/wallet", null, 404),
        ("list_entries", "GET /v1/customers/{mine only}/entries", null, 404),
        ("list_usage", "GET /v1/usage?customer_id={mine only}", null, 404),
        ("simulate_pricing", "POST /v1/simulations", """{"usage":{"recorded":{}}}""", 200),
        ("grant_credit", "POST /v1/grants", """{"customer_id":"alice","asset":"usd","amount":"1","idempotency_key":"isolation"}""", 201),
        ("void_grant", "POST /v1/grants/{mine bob's grant}/void", """{"amount":"0.01","idempotency_key":"isolation"}""", 404),
        ("adjust_balance", "POST /v1/adjustments", """{"customer_id":"alice","asset":"usd","amount":"1","reason":"r","idempotency_key":"isolation"}""", 200),
        ("authorize_usage", "POST /v1/usage/authorize", """{"customer_id":"alice","asset":"usd","amount":"0.01","idempotency_key":"isolation"}""", 200),
        ("get_hold", "GET /v1/holds/{mine alice's hold}", null, 404),
        ("extend_hold", "POST /v1/holds/{mine alice's hold}/extend", """{"ttl_seconds":900,"idempotency_key":"isolation"}""", 404),
        ("capture_hold", "POST /v1/holds/{mine alice's hold}/capture", """{"amount":"0.01","final":false,"idempotency_key":"isolation"}""", 404),
        ("void_hold", "POST /v1/holds/{mine alice's hold}/void", """{"idempotency_key":"isolation"}""", 404),
        ("record_usage_event", "POST /v1/usage", """{"id":"isolation","customer_id":"alice","event_type":"image.generated"}""", 200),
        ("record_usage", "POST /v1/usage/batch", """{"events":[{"id":"isolation2","customer_id":"alice","event_type":"image.generated"}]}""", 200),
        ("reverse_usage", "POST /v1/usage/{mine event}/reverse", """{"customer_id":"alice","idempotency_key":"isolation"}""", 404),
        ("explain_charge", "GET /v1/explanations?hold_id={mine alice's hold}", null, 404),
        ("generate_integration", "POST /v1/integrations", """{"language":"curl"}""", 200),
        ("verify_integration", "POST /v1/integrations/verify", "{}", 200),
        ("list_proofs", "GET /v1/proofs", null, 200),
        ("get_proof", "GET /v1/proofs/{mine proof}", null, 404),
        ("get_test_clock", "GET /v1/test-clock", null, 200),
        ("reconcile_costs", "POST /v1/costs/reconcile", """{"documents":[{"name":"costs.csv","text":"start_time,amount_value,amount_currency\n1772496000,0,usd\n"}]}""", 200),
        ("list_reconciliations", "GET /v1/costs/reconciliations", null, 200),
        ("get_reconciliation", "GET /v1/costs/reconciliations/{mine reconciliation}", null, 404),
        ("record_llm_cost", "POST /v1/costs/llm", """{"id":"isolation","customer_id":"alice","provider":"openai","api":"openai.chat","model":"gpt-4o","usage":{"prompt_tokens":1,"completion_tokens":1},"requested_at":"2026-11-01T00:00:00Z"}""", 200),
        ("record_llm_costs", "POST /v1/costs/llm/batch", """{"costs":[{"id":"isolation2","customer_id":"alice","provider":"openai","api":"openai.chat","model":"gpt-4o","usage":{"prompt_tokens":1,"completion_tokens":1},"requested_at":"2026-11-01T00:00:00Z"}]}""", 200),
        ("record_cost", "POST /v1/costs", """{"id":"isolation3","customer_id":"alice","provider":"aws","category":"gpu","amount":{"currency":"usd","amount":"1"}}""", 200),
        ("list_costs", "GET /v1/costs", null, 200),
        ("reprice_costs", "POST /v1/costs/reprice", "{}", 200),
        ("list_model_prices", "GET /v1/model-prices?provider=openai&model=gpt-4o", null, 200),
        ("set_model_price", "POST /v1/model-prices", """{"provider":"openai","model":"gpt-4o","rates":{"input":"9"}}""", 200),
        ("import_price_book", "POST /v1/price-book/import", """{"document":{"gpt-4o":{"litellm_provider":"openai","mode":"chat","input_cost_per_token":0.0000025,"output_cost_per_token":0.00001}},"format":"litellm"}""", 200),
        ("get_margins", "GET /v1/margins", null, 200),
        ("get_margin_report", "GET /v1/margins/report", null, 200),
        ("check_margins", "POST /v1/margins/checks", "{}", 200),
        ("list_margin_alerts", "GET /v1/margins/alerts", null, 200),
        ("create_top_up", "POST /v1/top-ups", """{"customer_id":"alice","pack":"small","processor":"manual","idempotency_key":"isolation"}""", 201),
        ("get_top_up", "GET /v1/top-ups/{mine top-up}", null, 404),
        ("list_top_ups", "GET /v1/top-ups", null, 200),
        ("cancel_top_up", "POST /v1/top-ups/{mine top-up}/cancel", "{}", 404),
        ("mark_top_up_paid", "POST /v1/top-ups/{mine top-up}/paid", """{"amount":"10","currency":"usd","payment":"isolation","idempotency_key":"isolation"}""", 404),
        ("refund_payment", "POST /v1/refunds", """{"top_up_id":"{mine paid top-up}","idempotency_key":"isolation"}""", 404),
        ("list_refunds", "GET /v1/refunds?top_up_id={mine top-up}", null, 404),
        ("create_webhook_endpoint", "POST /v1/webhook-endpoints", """{"url":"https://example.com/isolation","idempotency_key":"isolation"}""", 201),
        ("list_webhook_endpoints", "GET /v1/webhook-endpoints", null, 200),
        ("update_webhook_endpoint", "POST /v1/webhook-endpoints/{mine endpoint}", """{"description":"isolation"}""", 404),
        ("rotate_webhook_secret", "POST /v1/webhook-endpoints/{mine endpoint}/rotate", """{"idempotency_key":"isolation"}""", 404),
        ("send_test_webhook", "POST /v1/webhook-endpoints/{mine endpoint}/test", "{}", 404),
        ("list_webhook_deliveries", "GET /v1/webhook-deliveries", null, 200),
        ("replay_webhook_delivery", "POST /v1/webhook-deliveries/{mine delivery}/replay", "{}", 404),
        ("delete_webhook_endpoint", "DELETE /v1/webhook-endpoints/{mine endpoint}", null, 404),
        ("create_portal_session", "POST /v1/portal-sessions", """{"customer_id":"alice"}""", 201),
        ("revoke_portal_sessions", "POST /v1/portal-sessions/revoke", """{"customer_id":"alice"}""", 200),
        ("get_limits", "GET /v1/customers/{mine only}/limits", null, 404),
        ("save_limits", "POST /v1/customers/{mine only}/limits", """{"asset":"usd","spending_cap":"5"}""", 404),
        ("get_activity", "GET /v1/customers/{mine only}/activity", null, 404),
        ("list_receipts", "GET /v1/customers/{mine only}/receipts", null, 404),
        ("get_receipt", "GET /v1/customers/bob/receipts/{mine bob's grant}", null, 404),
        ("set_auto_recharge", "POST /v1/auto-recharge", """{"customer_id":"{mine only}","asset":"usd","enabled":false}""", 404),
        ("list_auto_recharges", "GET /v1/auto-recharge?customer_id={mine only}", null, 404),
        ("take_ledger_digest", "POST /v1/ledger-digests", "{}", 200),
        ("list_ledger_digests", "GET /v1/ledger-digests", null, 200),
        ("get_ledger_digest", "GET /v1/ledger-digests/{mine digest day}", null, 404),
        ("advance_test_clock", "POST /v1/test-clock", """{"now":null}""", 403),
    ];

    private static readonly Dictionary<string, Operation> Operations = AllOperations.List.ToDictionary(o => o.Name);

    public static TheoryData<string> Names => [.. Requests.Select(r => r.Operation)];

    [Fact]
    public void Every_operation_with_an_address_is_in_the_table() =>
        Assert.Equal(AllOperations.List.Where(o => o.Route is not null).Select(o => o.Name).Order(), Requests.Select(r => r.Operation).Order());

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Without_a_key_nobody_is_answered(string operation)
    {
        foreach (string? key in (string?[])[null, shop.Names["expired key"], shop.Names["revoked key"]])
        {
            string before = shop.Server.Fingerprint();
            var reply = await Ask(operation, key, "");
            Assert.True(reply.Status == 401 && reply.Code is "unauthenticated" or "key_expired", reply.Text);
            Assert.Equal(before, shop.Server.Fingerprint());
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_key_without_the_scope_is_refused_and_told_which(string operation)
    {
        string before = shop.Server.Fingerprint();
        var reply = await Ask(operation, shop.KeyWithout(Operations[operation].Scope), "");
        Assert.True(reply.Status == 403 && reply.Code == "forbidden", reply.Text);
        Assert.Contains(Operations[operation].Scope, reply.Text, StringComparison.Ordinal);
        Assert.Equal(before, shop.Server.Fingerprint());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_read_only_key_reads_and_nothing_else(string operation)
    {
        string before = shop.Server.Fingerprint();
        var reply = await Ask(operation, shop.Names["read-only key"], "");
        Assert.True(reply.Status == (Scopes.ReadOnly.Contains(Operations[operation].Scope) ? 200 : 403), reply.Text);
        Assert.Equal(before, shop.Server.Fingerprint());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_live_key_neither_sees_nor_touches_the_test_workspace(string operation)
    {
        string before = shop.Server.Fingerprint(Mode.Test);
        var reply = await Ask(operation, shop.Names["live key"], "");
        if (reply.Code == "preview_required")
        {
            // Live prices change only as they were shown: the dry run answers the token for exactly this change.
            var shown = (await Ask(operation, shop.Names["live key"], "", "\"dry_run\":true,")).Json;
            string version = operation == "apply_catalog" ? $"\"expected_version\":{shown.GetProperty("version")}," : "";
            reply = await Ask(operation, shop.Names["live key"], "", $"{version}\"preview_token\":\"{shown.GetProperty("preview_token").GetString()}\",");
        }
        int expected = Requests.Single(r => r.Operation == operation).OtherWorkspace;
        Assert.True(reply.Status == expected, reply.Text);
        Assert.True(reply.Status == 404 || !reply.Text.Contains("only-test", StringComparison.Ordinal), reply.Text);
        Assert.Equal(before, shop.Server.Fingerprint(Mode.Test));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_test_key_neither_sees_nor_touches_the_live_workspace(string operation)
    {
        string before = shop.Server.Fingerprint(Mode.Live);
        var reply = await Ask(operation, shop.Server.Key, "live ");
        int expected = Requests.Single(r => r.Operation == operation).OtherWorkspace;
        // A test workspace has a clock of its own; a live one has not.
        Assert.True(reply.Status == (expected == 403 ? 200 : expected), reply.Text);
        Assert.True(reply.Status == 404 || !reply.Text.Contains("only-live", StringComparison.Ordinal), reply.Text);
        Assert.Equal(before, shop.Server.Fingerprint(Mode.Live));
    }

    private Task<Reply> Ask(string operation, string? key, string whose, string more = "") => Ask(shop, operation, key, whose, more);

    /// <param name="whose">Whose names are asked about: "" for the test workspace's, "live " for the live one's.</param>
    /// <param name="more">Fields before those of the table's body.</param>
    /// <param name="change">What else is done to the request before it goes.</param>
    internal static Task<Reply> Ask(HostileShop shop, string operation, string? key, string whose, string more = "", Action<HttpRequestMessage>? change = null)
    {
        var (_, request, body, _) = Requests.Single(r => r.Operation == operation);
        int space = request.IndexOf(' ', StringComparison.Ordinal);
        string Mine(string text) => shop.Fill(text
            .Replace("{mine only}", whose.Length > 0 ? "only-live" : "only-test", StringComparison.Ordinal)
            .Replace("{mine event}", whose.Length > 0 ? "live-event" : "test-event", StringComparison.Ordinal)
            .Replace("{mine ", "{" + whose, StringComparison.Ordinal));
        return shop.Server.With(key).Send(new HttpMethod(request[..space]), Mine(request[(space + 1)..]), body is null ? null : Encoding.UTF8.GetBytes(Mine(body.Insert(1, more))), change);
    }
}
