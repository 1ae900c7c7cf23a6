using System.Text.Json;
using McpBilling.Operations;
using McpBilling.Payments;

namespace McpBilling.Storage.Tests.Compliance;

/// <summary>No operation reads or writes another workspace's rows: with the same customer ids, and with every id of the other workspace tried here.</summary>
public abstract class WorkspaceTests(StoreUnderTest store) : ComplianceTests(store)
{
    // Every operation, with the other workspace's ids where it takes one. HOLD, GRANT, EVENT, PROOF, ENDPOINT, DELIVERY, TOPUP and CUSTOMER belong to the other.
    private static readonly Dictionary<string, (string Input, string Code)> Attempts = new()
    {
        ["get_catalog"] = ("{}", "ok"),
        ["apply_catalog"] = ("""{"document":{"assets":[{"id":"mine"}]}}""", "ok"),
        ["define_asset"] = ("""{"id":"mine"}""", "ok"),
        ["define_meter"] = ("""{"id":"m","event_type":"x","aggregation":"count"}""", "ok"),
        ["define_product"] = ("""{"id":"p"}""", "ok"),
        ["define_price"] = ("""{"product":"art","id":"art-usd","meter":"images","asset":"usd","model":"per_unit","unit_price":"9"}""", "invalid_catalog"),
        ["archive_catalog_item"] = ("""{"kind":"price","id":"art-usd"}""", "catalog_item_not_found"),
        ["save_customer"] = ("""{"id":"CUSTOMER","name":"mine","frozen":true}""", "ok"),
        ["list_customers"] = ("{}", "ok"),
        ["get_wallet"] = ("""{"customer_id":"CUSTOMER"}""", "customer_not_found"),
        ["grant_credit"] = ("""{"customer_id":"CUSTOMER","asset":"usd","amount":"1","idempotency_key":"fund"}""", "ok"),
        ["void_grant"] = ("""{"grant_id":"GRANT","idempotency_key":"k"}""", "grant_not_found"),
        ["adjust_balance"] = ("""{"customer_id":"CUSTOMER","asset":"usd","amount":"1","reason":"r","idempotency_key":"k"}""", "ok"),
        ["list_entries"] = ("""{"customer_id":"CUSTOMER"}""", "customer_not_found"),
        ["authorize_usage"] = ("""{"customer_id":"CUSTOMER","asset":"usd","amount":"1","idempotency_key":"h"}""", "ok"),
        ["capture_hold"] = ("""{"hold_id":"HOLD","amount":"1","idempotency_key":"k"}""", "hold_not_found"),
        ["void_hold"] = ("""{"hold_id":"HOLD","idempotency_key":"k"}""", "hold_not_found"),
        ["extend_hold"] = ("""{"hold_id":"HOLD","ttl_seconds":60,"idempotency_key":"k"}""", "hold_not_found"),
        ["get_hold"] = ("""{"hold_id":"HOLD"}""", "hold_not_found"),
        ["record_usage_event"] = ("""{"id":"EVENT","customer_id":"CUSTOMER","event_type":"tokens"}""", "ok"),
        ["record_usage"] = ("""{"events":[{"id":"EVENT","customer_id":"CUSTOMER","event_type":"tokens","hold_id":"HOLD"}]}""", "ok"),
        ["reverse_usage"] = ("""{"event_id":"EVENT","customer_id":"CUSTOMER","idempotency_key":"k"}""", "customer_not_found"),
        ["list_usage"] = ("""{"customer_id":"CUSTOMER"}""", "customer_not_found"),
        ["simulate_pricing"] = ("""{"usage":{"recorded":{"customer_id":"CUSTOMER"}}}""", "customer_not_found"),
        ["explain_charge"] = ("""{"hold_id":"HOLD"}""", "hold_not_found"),
        ["generate_integration"] = ("""{"language":"curl"}""", "invalid_request"),
        ["record_llm_cost"] = ("""{"id":"COST","customer_id":"CUSTOMER","provider":"openai","api":"openai.chat","model":"gpt-4o","usage":{"prompt_tokens":1,"completion_tokens":1},"requested_at":"2026-03-09T00:00:00Z"}""", "ok"),
        ["record_llm_costs"] = ("""{"costs":[{"id":"COST","customer_id":"CUSTOMER","provider":"openai","api":"openai.chat","model":"gpt-4o","usage":{"prompt_tokens":1,"completion_tokens":1},"requested_at":"2026-03-09T00:00:00Z"}]}""", "ok"),
        ["record_cost"] = ("""{"id":"COST","customer_id":"CUSTOMER","provider":"aws","category":"gpu","amount":{"currency":"usd","amount":"1"}}""", "ok"),
        ["list_costs"] = ("""{"customer_id":"CUSTOMER"}""", "customer_not_found"),
        ["get_margins"] = ("""{"customer_id":"CUSTOMER"}""", "customer_not_found"),
        ["get_margin_report"] = ("{}", "ok"),
        ["check_margins"] = ("""{"month":"2026-03"}""", "ok"),
        ["list_margin_alerts"] = ("{}", "ok"),
        ["list_model_prices"] = ("""{"provider":"openai","model":"gpt-4o"}""", "ok"),
        ["set_model_price"] = ("""{"provider":"openai","model":"gpt-4o","rates":{"input":"9"}}""", "ok"),
        ["import_price_book"] = ("""{"document":[],"format":"genai-prices","dry_run":false}""", "invalid_request"),
        ["reprice_costs"] = ("""{"dry_run":false,"all":true}""", "ok"),
        ["reconcile_costs"] = ("""{"documents":[{"name":"costs.csv","text":"start_time,amount_value,amount_currency\n1772496000,0,usd\n"}],"keep":true}""", "ok"),
        ["list_reconciliations"] = ("{}", "ok"),
        ["get_reconciliation"] = ("""{"reconciliation_id":"PROOF"}""", "not_found"),
        ["verify_integration"] = ("{}", "ok"),
        ["list_proofs"] = ("{}", "ok"),
        ["get_proof"] = ("""{"proof_id":"PROOF"}""", "proof_not_found"),
        ["create_webhook_endpoint"] = ("""{"url":"https://example.com/mine","idempotency_key":"hook"}""", "ok"),
        ["list_webhook_endpoints"] = ("{}", "ok"),
        ["update_webhook_endpoint"] = ("""{"endpoint_id":"ENDPOINT","url":"https://example.com/mine"}""", "webhook_endpoint_not_found"),
        ["delete_webhook_endpoint"] = ("""{"endpoint_id":"ENDPOINT"}""", "webhook_endpoint_not_found"),
        ["rotate_webhook_secret"] = ("""{"endpoint_id":"ENDPOINT","idempotency_key":"k"}""", "webhook_endpoint_not_found"),
        ["send_test_webhook"] = ("""{"endpoint_id":"ENDPOINT"}""", "webhook_endpoint_not_found"),
        ["list_webhook_deliveries"] = ("{}", "ok"),
        ["replay_webhook_delivery"] = ("""{"delivery_id":"DELIVERY"}""", "delivery_not_found"),
        ["create_top_up"] = ("""{"customer_id":"CUSTOMER","pack":"small","processor":"manual","idempotency_key":"order"}""", "pack_not_found"),
        ["get_top_up"] = ("""{"top_up_id":"TOPUP"}""", "top_up_not_found"),
        ["list_top_ups"] = ("{}", "ok"),
        ["cancel_top_up"] = ("""{"top_up_id":"TOPUP"}""", "top_up_not_found"),
        ["mark_top_up_paid"] = ("""{"top_up_id":"TOPUP","amount":"100","currency":"usd","payment":"p","idempotency_key":"k"}""", "top_up_not_found"),
        ["refund_payment"] = ("""{"top_up_id":"TOPUP","idempotency_key":"k"}""", "top_up_not_found"),
        ["list_refunds"] = ("""{"top_up_id":"TOPUP"}""", "top_up_not_found"),
        ["set_auto_recharge"] = ("""{"customer_id":"CUSTOMER","asset":"usd","enabled":false}""", "customer_not_found"),
        ["list_auto_recharges"] = ("""{"customer_id":"CUSTOMER"}""", "customer_not_found"),
        ["create_portal_session"] = ("""{"customer_id":"CUSTOMER"}""", "customer_not_found"),
        ["revoke_portal_sessions"] = ("""{"customer_id":"CUSTOMER"}""", "customer_not_found"),
        ["get_limits"] = ("""{"customer_id":"CUSTOMER"}""", "customer_not_found"),
        ["save_limits"] = ("""{"customer_id":"CUSTOMER","asset":"usd","spending_cap":"5"}""", "customer_not_found"),
        ["get_activity"] = ("""{"customer_id":"CUSTOMER"}""", "customer_not_found"),
        ["list_receipts"] = ("""{"customer_id":"CUSTOMER"}""", "customer_not_found"),
        ["get_receipt"] = ("""{"customer_id":"CUSTOMER","receipt_id":"GRANT"}""", "customer_not_found"),
        ["advance_test_clock"] = ("""{"now":"2027-01-01T00:00:00Z"}""", "ok"),
        ["get_test_clock"] = ("{}", "ok"),
        ["take_ledger_digest"] = ("{}", "ok"),
        ["get_ledger_digest"] = ("""{"day":"2026-03-09"}""", "ledger_digest_not_found"),
        ["list_ledger_digests"] = ("{}", "ok"),
    };

    public static TheoryData<string> Operations => [.. AllOperations.List.Select(o => o.Name)];

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task No_operation_reaches_another_workspace(string operation)
    {
        Assert.True(Attempts.TryGetValue(operation, out var attempt), $"{operation} has no attempt in this table yet");
        await Mine.Apply(Shop.Catalog.Insert(1, Packs));
        string topUp = (await Mine.Do("create_top_up", new { customer_id = "secret-customer", pack = "small", processor = "manual", idempotency_key = "order" })).GetProperty("id").GetString()!;
        await Desk.Do("save_limits", new { customer_id = "secret-customer", asset = "usd", spending_cap = "100" });
        string grant = (await Desk.Grant("secret-customer", "100", key: "fund")).GetProperty("grant").GetProperty("id").GetString()!;
        string hold = await Desk.Hold("secret-customer", "1", "h");
        await Desk.Record("secret-customer", "tokens", "secret-event", "2");
        await Desk.Do("record_cost", new { id = "secret-cost", customer_id = "secret-customer", provider = "secret", category = "secret", amount = new { currency = "usd", amount = "100" } });
        string proof = (await Desk.Do("verify_integration", new { })).GetProperty("proof_id").GetString()!;
        string endpoint = (await Desk.Do("create_webhook_endpoint", new { url = "https://example.com/art-usd", idempotency_key = "hook" })).GetProperty("endpoint").GetProperty("id").GetString()!;
        string delivery = (await Desk.Do("send_test_webhook", new { endpoint_id = endpoint })).GetProperty("delivery").GetProperty("id").GetString()!;
        await Desk.Do("take_ledger_digest", new { day = "2026-03-09" });
        string before = await Theirs();
        var stranger = new Desk(() => new Equipped(Store.Billing), Store.AnotherWorkspace());
        var input = JsonElement.Parse(attempt.Input.Replace("HOLD", hold, StringComparison.Ordinal).Replace("GRANT", grant, StringComparison.Ordinal)
            .Replace("PROOF", proof, StringComparison.Ordinal).Replace("TOPUP", topUp, StringComparison.Ordinal)
            .Replace("ENDPOINT", endpoint, StringComparison.Ordinal).Replace("DELIVERY", delivery, StringComparison.Ordinal).Replace("EVENT", "secret-event", StringComparison.Ordinal).Replace("COST", "secret-cost", StringComparison.Ordinal).Replace("CUSTOMER", "secret-customer", StringComparison.Ordinal));
        Assert.Equal(attempt.Code, await stranger.Code(operation, input));
        Assert.Equal(before, await Theirs());
        if (attempt.Code == "ok")
        {
            // Nothing of the other's shows, and nothing of it is taken for a replay.
            string answer = (await stranger.Do(operation, input)).ToString();
            Assert.DoesNotContain("art-usd", answer, StringComparison.Ordinal);
            Assert.DoesNotContain("\"100\"", answer, StringComparison.Ordinal);
        }
        // A customer of the same id, with rows of its own, is another.
        await stranger.Do("grant_credit", new { customer_id = "secret-customer", asset = "usd", amount = "7", idempotency_key = "own" });
        Assert.Contains(await stranger.Code(operation, input), new[] { attempt.Code, "ok", "event_not_found", "invalid_catalog", "idempotency_conflict", "receipt_not_found", "invalid_request" });
        Assert.Equal(before, await Theirs());
        Assert.Empty(await Store.Differences());
    }

    [Fact]
    public async Task The_same_ids_in_two_workspaces_are_two_lives()
    {
        var live = new Desk(() => Store.Billing, Store.Caller(Mode.Live));
        foreach (var (desk, amount) in new[] { (Desk, "5"), (live, "7") })
        {
            await desk.Apply(Shop.Catalog);
            await desk.Grant("c", amount, key: "same");
            await desk.Record("c", "tokens", "same", "1");
            await desk.Hold("c", "1", "same");
        }
        Store.Reopen();
        Assert.Equal(("4", "6"), (await Desk.Figure("c", "balance"), await live.Figure("c", "balance")));
        await Desk.Clock("2026-03-20T00:00:00Z");
        Assert.Equal(("0", "1"), (await Desk.Figure("c", "held"), await live.Figure("c", "held")));
        await MustVerify();
    }

    private async Task<string> Theirs() => await Desk.Everything("secret-customer") + await Desk.Do("get_catalog", new { }) + await Desk.Do("list_customers", new { }) + await Desk.Do("list_proofs", new { }) + await Desk.Do("list_costs", new { }) + await Desk.Do("list_model_prices", new { provider = "openai", model = "gpt-4o" }) + await Desk.Do("list_margin_alerts", new { })
        + await Desk.Do("list_top_ups", new { }) + await Desk.Do("get_limits", new { customer_id = "secret-customer" }) + await Desk.Do("list_auto_recharges", new { customer_id = "secret-customer" })
        + await Desk.Do("list_webhook_endpoints", new { }) + await Desk.Do("list_webhook_deliveries", new { });

    private const string Packs = """ "top_ups":{"packs":[{"id":"small","price":"100","currency":"usd","credit":{"asset":"usd","amount":"100"}}]}, """;

    private Desk Mine => new(() => new Equipped(Store.Billing), Desk.Caller);
}
