namespace McpBilling.Storage.Tests.Compliance;

/// <summary>What is refused leaves no row, and the reason given is the first in wallets.md's order of precedence.</summary>
public abstract class RefusalTests(StoreUnderTest store) : ComplianceTests(store)
{
    public static TheoryData<string, string, string> Refusals => new()
    {
        // operation, input, code
        { "grant_credit", """{"customer_id":"new","asset":"nope","amount":"1","idempotency_key":"k"}""", "asset_not_found" },
        { "grant_credit", """{"customer_id":"c","asset":"usd","amount":"-1","idempotency_key":"k"}""", "amount_invalid" },
        { "grant_credit", """{"customer_id":"c","asset":"usd","amount":"0.0000000001","idempotency_key":"k"}""", "amount_invalid" },
        { "grant_credit", """{"customer_id":"c","asset":"usd","amount":"9000000000000","idempotency_key":"k"}""", "amount_invalid" },
        { "grant_credit", """{"customer_id":"c","asset":"usd","amount":"1","products":["nope"],"idempotency_key":"k"}""", "catalog_item_not_found" },
        { "grant_credit", """{"customer_id":"c","asset":"usd","amount":"9223372036.9","idempotency_key":"overflows with what there is"}""", "amount_invalid" },
        { "authorize_usage", """{"customer_id":"new","asset":"nope","amount":"1","idempotency_key":"k"}""", "asset_not_found" },
        { "authorize_usage", """{"customer_id":"c","asset":"usd","amount":"-1","idempotency_key":"k"}""", "amount_invalid" },
        { "authorize_usage", """{"customer_id":"c","asset":"usd","amount":"1","ttl_seconds":86401,"idempotency_key":"k"}""", "invalid_request" },
        { "authorize_usage", """{"customer_id":"new","event":{"event_type":"memory"},"idempotency_key":"k"}""", "invalid_event" },
        { "capture_hold", """{"hold_id":"hold_00000000-0000-7000-8000-000000000000","amount":"1","idempotency_key":"k"}""", "hold_not_found" },
        { "capture_hold", """{"hold_id":"HOLD","amount":"-1","idempotency_key":"k"}""", "amount_invalid" },
        { "capture_hold", """{"hold_id":"HOLD","amount":"500","on_insufficient":"reject","idempotency_key":"k"}""", "insufficient_balance" },
        { "capture_hold", """{"hold_id":"CAPTURED","amount":"1","idempotency_key":"k"}""", "hold_already_captured" },
        { "capture_hold", """{"hold_id":"VOIDED","amount":"1","idempotency_key":"k"}""", "hold_already_voided" },
        { "capture_hold", """{"hold_id":"CAPTURED","amount":"-1","idempotency_key":"k"}""", "amount_invalid" },
        { "capture_hold", """{"hold_id":"CAPTURED","amount":"2","idempotency_key":"captured"}""", "idempotency_conflict" },
        { "void_hold", """{"hold_id":"VOIDED","idempotency_key":"k"}""", "hold_already_voided" },
        { "extend_hold", """{"hold_id":"CAPTURED","ttl_seconds":60,"idempotency_key":"k"}""", "hold_already_captured" },
        { "adjust_balance", """{"customer_id":"c","asset":"usd","amount":"-500","reason":"r","idempotency_key":"k"}""", "insufficient_balance" },
        { "adjust_balance", """{"customer_id":"c","asset":"nope","amount":"1","reason":"r","idempotency_key":"fund"}""", "asset_not_found" },
        { "grant_credit", """{"customer_id":"c","asset":"nope","amount":"1","idempotency_key":"fund"}""", "asset_not_found" },
        { "grant_credit", """{"customer_id":"c","asset":"usd","amount":"-1","idempotency_key":"fund"}""", "amount_invalid" },
        { "grant_credit", """{"customer_id":"c","asset":"usd","amount":"1","idempotency_key":"fund"}""", "idempotency_conflict" },
        { "reverse_usage", """{"event_id":"nope","customer_id":"c","idempotency_key":"k"}""", "event_not_found" },
        { "reverse_usage", """{"event_id":"e","customer_id":"new","idempotency_key":"k"}""", "customer_not_found" },
        { "reverse_usage", """{"event_id":"e","customer_id":"c","quantity":"3","idempotency_key":"k"}""", "reversal_too_large" },
        { "record_usage_event", """{"id":"k","customer_id":"new","event_type":"memory"}""", "invalid_event" },
        { "record_usage_event", """{"id":"k","customer_id":"new","event_type":"memory","properties":{"mb":"many"}}""", "invalid_event" },
        { "record_usage_event", """{"id":"k","customer_id":"c","event_type":"tokens","quantity":"-1"}""", "invalid_request" },
        { "record_usage_event", """{"id":"k","customer_id":"c","event_type":"tokens","timestamp":"2026-02-01T00:00:00Z"}""", "invalid_request" },
        { "record_usage_event", """{"id":"k","customer_id":"c","event_type":"tokens","timestamp":"2026-03-10T12:06:00Z"}""", "invalid_request" },
        { "record_usage_event", """{"id":"k","customer_id":"new","event_type":"tokens","quantity":"9","on_insufficient":"reject"}""", "insufficient_balance" },
        { "record_usage_event", """{"id":"k","customer_id":"c","event_type":"tokens","hold_id":"VOIDED"}""", "hold_already_voided" },
        { "record_usage_event", """{"id":"k","customer_id":"other","event_type":"tokens","hold_id":"HOLD"}""", "hold_not_found" },
        { "void_grant", """{"grant_id":"grant_00000000-0000-7000-8000-000000000000","idempotency_key":"k"}""", "grant_not_found" },
        { "void_grant", """{"grant_id":"GRANT","amount":"500","idempotency_key":"k"}""", "grant_insufficient" },
        { "save_customer", """{"id":"new","overdraft_limits":[{"asset":"nope","amount":"1"}]}""", "asset_not_found" },
        { "save_customer", """{"id":"new","overdraft_limits":[{"asset":"usd","amount":"-1"}]}""", "amount_invalid" },
        { "apply_catalog", """{"document":{"products":[{"id":"x","prices":[{"id":"p","meter":"none","asset":"usd","model":"flat","amount":"1"}]}]}}""", "invalid_catalog" },
        { "apply_catalog", """{"document":{},"expected_version":40}""", "version_conflict" },
        { "advance_test_clock", """{"now":"2020-01-01T00:00:00Z"}""", "clock_conflict" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task What_is_refused_leaves_no_trace(string operation, string input, string code)
    {
        await Desk.Apply(Shop.Catalog);
        string grant = (await Desk.Grant("c", "100", key: "fund")).GetProperty("grant").GetProperty("id").GetString()!;
        await Desk.Grant("other", "1");
        string hold = await Desk.Hold("c", "1", "open"), captured = await Desk.Hold("c", "1", "to capture"), voided = await Desk.Hold("c", "1", "to void");
        await Desk.Do("capture_hold", new { hold_id = captured, amount = "1", idempotency_key = "captured" });
        await Desk.Do("void_hold", new { hold_id = voided, idempotency_key = "voided" });
        await Desk.Record("c", "tokens", "e", "2");
        string rows = Store.Fingerprint();
        string filled = input.Replace("HOLD", hold, StringComparison.Ordinal).Replace("CAPTURED", captured, StringComparison.Ordinal)
            .Replace("VOIDED", voided, StringComparison.Ordinal).Replace("GRANT", grant, StringComparison.Ordinal);
        Assert.Equal(code, await Desk.Code(operation, System.Text.Json.JsonElement.Parse(filled)));
        Assert.Equal(rows, Store.Fingerprint());
        await MustVerify();
    }

    [Fact]
    public async Task A_frozen_customer_cannot_authorize_but_usage_is_recorded()
    {
        await Desk.Apply(Shop.Catalog);
        await Desk.Grant("c", "100");
        string hold = await Desk.Hold("c", "5", "before");
        await Desk.Do("save_customer", new { id = "c", frozen = true });
        Store.Reopen();
        var denied = await Desk.Authorize("c", "1", "after");
        Assert.Equal("customer_frozen", denied.GetProperty("reason").GetString());
        Assert.Equal("1 usd", await Desk.Charge("c", "tokens", "e"));
        await Desk.Do("capture_hold", new { hold_id = hold, amount = "5", idempotency_key = "c" });
        Assert.Equal("94", await Desk.Figure("c", "balance"));
        await Desk.Do("save_customer", new { id = "c", frozen = false });
        Assert.True((await Desk.Authorize("c", "1", "thawed")).GetProperty("allowed").GetBoolean());
    }

    [Theory]
    [InlineData("grant_credit", """{"customer_id":"new","asset":"usd","amount":"1","idempotency_key":"k"}""")]
    [InlineData("authorize_usage", """{"customer_id":"new","asset":"usd","amount":"1","idempotency_key":"k"}""")]
    [InlineData("adjust_balance", """{"customer_id":"new","asset":"usd","amount":"1","reason":"r","idempotency_key":"k"}""")]
    [InlineData("record_usage_event", """{"id":"k","customer_id":"new","event_type":"tokens"}""")]
    public async Task Customers_come_to_be_by_use_only_where_the_catalog_allows_it(string operation, string input)
    {
        await Desk.Apply("""{"customers":{"auto_create":false}}""");
        string rows = Store.Fingerprint();
        Assert.Equal("customer_not_found", await Desk.Code(operation, System.Text.Json.JsonElement.Parse(input)));
        Assert.Equal(rows, Store.Fingerprint());
        await Desk.Do("save_customer", new { id = "new" });
        Assert.Equal("ok", await Desk.Code(operation, System.Text.Json.JsonElement.Parse(input)));
    }

    [Fact]
    public async Task A_customer_who_is_first_seen_in_a_denial_exists_with_what_sign_up_gives()
    {
        await Desk.Apply(Shop.Catalog);
        Assert.False((await Desk.Authorize("new", "1", "k")).GetProperty("allowed").GetBoolean());
        Assert.Equal("3", await Desk.Figure("new", "balance", "credits"));
        Store.Reopen();
        Assert.False((await Desk.Authorize("new", "1", "k2")).GetProperty("allowed").GetBoolean());
        Assert.Equal("3", await Desk.Figure("new", "balance", "credits"));
    }
}
