using System.Text.Json;
using McpBilling.Operations;
using McpBilling.Storage.Tests.Compliance;

namespace McpBilling.Storage.Tests.Postgres;

/// <summary>Each question to a server is a way over the network, which takes as long as a thousand rows: a read takes a few, however many rows it is made of.</summary>
public sealed class ReadTripsTests : IDisposable
{
    private readonly ReplicasUnderTest _replicas = new();

    public void Dispose() => _replicas.Dispose();

    [Fact]
    public async Task Reads()
    {
        var desk = new Desk(() => new Equipped(_engine ??= _replicas.Engine()), _replicas.Caller);
        await desk.Apply(Catalog);
        await Fill(desk, 0, 20);
        var few = await Counted(desk);
        await Fill(desk, 20, 150);
        var many = await Counted(desk);
        File.WriteAllLines("/tmp/p/trips.txt", few.Select(f => $"{f.Key,-24} {f.Value,5} {many[f.Key],5}"));
    }

    private BillingStore? _engine;
    private string _hold = "", _entry = "";

    private const string Catalog =
        """
        {"customers":{"auto_create":true},"meters":[{"id":"images","event_type":"image","aggregation":"count"}],
         "products":[{"id":"image","prices":[{"id":"image","meter":"images","asset":"usd","model":"per_unit","unit_price":"0.5"}]}],
         "top_ups":{"packs":[{"id":"small","price":"100","currency":"usd","credit":{"asset":"usd","amount":"100"}}]}}
        """;

    private async Task Fill(Desk desk, int first, int last)
    {
        await desk.Do("create_webhook_endpoint", new { url = "https://example.com/hook", idempotency_key = "hook" });
        for (int i = first; i < last; i++)
        {
            await desk.Grant("busy", "10", key: $"g{i}");
            string? over = (await desk.Grant("busy", "1", key: $"over{i}")).GetProperty("grant").GetProperty("id").GetString();
            await desk.Do("void_grant", new { grant_id = over, idempotency_key = $"void{i}" });
            await desk.Record("busy", "image", $"e{i}");
            _hold = await desk.Hold("busy", "1", $"h{i}");
            await desk.Do("capture_hold", new { hold_id = _hold, idempotency_key = $"c{i}", amount = "0.5" });
            await desk.Grant($"c{i}", "10");
            await desk.Hold($"c{i}", "1", $"h{i}");
            await desk.Record($"c{i}", "image", $"e{i}");
            await desk.Do("record_cost", new { id = $"cost{i}", customer_id = "busy", provider = "aws", category = "gpu", operation_id = $"e{i}", amount = new { currency = "usd", amount = "1" } });
            await desk.Do("record_llm_cost", new { id = $"llm{i}", customer_id = $"c{i}", provider = "openai", api = "openai.chat", model = "nobody", usage = new { prompt_tokens = 1, completion_tokens = 1 }, requested_at = "2026-03-02T00:00:00Z" });
            string topUp = (await desk.Do("create_top_up", new { customer_id = $"c{i}", pack = "small", processor = "manual", idempotency_key = "order" })).GetProperty("id").GetString()!;
            await desk.Do("mark_top_up_paid", new { top_up_id = topUp, amount = "100", currency = "usd", payment = $"p{i}", idempotency_key = "k" });
            await desk.Do("refund_payment", new { top_up_id = topUp, amount = "1", idempotency_key = "r" });
        }
        _entry = (await desk.Do("list_entries", new { customer_id = "busy", limit = 1 })).GetProperty("entries")[0].GetProperty("id").GetString()!;
    }

    private async Task<Dictionary<string, int>> Counted(Desk desk)
    {
        var found = new Dictionary<string, int>();
        async Task Count(string name, string operation, object input)
        {
            await desk.Do(operation, input);
            found[name] = await _replicas.RoundTrips(() => desk.Do(operation, input), answered: true);
        }
        await Count("get_wallet", "get_wallet", new { customer_id = "busy" });
        await Count("list_entries", "list_entries", new { customer_id = "busy", limit = 200 });
        await Count("list_usage", "list_usage", new { customer_id = "busy", limit = 200 });
        await Count("list_usage all", "list_usage", new { limit = 200 });
        await Count("list_customers", "list_customers", new { limit = 200 });
        await Count("get_hold", "get_hold", new { hold_id = _hold });
        await Count("explain event", "explain_charge", new { customer_id = "busy", event_id = "e0" });
        await Count("explain hold", "explain_charge", new { hold_id = _hold });
        await Count("explain entry", "explain_charge", new { entry_id = _entry });
        await Count("list_costs", "list_costs", new { limit = 200 });
        await Count("list_costs of", "list_costs", new { customer_id = "busy", limit = 200 });
        await Count("get_margins", "get_margins", new { customer_id = "busy" });
        await Count("get_margin_report", "get_margin_report", new { });
        await Count("list_margin_alerts", "list_margin_alerts", new { });
        await Count("list_top_ups", "list_top_ups", new { limit = 200 });
        await Count("list_refunds", "list_refunds", new { limit = 200 });
        await Count("list_receipts", "list_receipts", new { customer_id = "c0" });
        await Count("get_activity", "get_activity", new { customer_id = "busy" });
        await Count("get_limits", "get_limits", new { customer_id = "busy" });
        await Count("list_auto_recharges", "list_auto_recharges", new { customer_id = "busy" });
        await Count("simulate", "simulate_pricing", new { usage = new { recorded = new { } } });
        await Count("effects of a change", "apply_catalog", new { document = JsonElement.Parse(Catalog.Replace("0.5", "0.6", StringComparison.Ordinal)), dry_run = true });
        await Count("reprice", "reprice_costs", new { dry_run = true });
        await Count("list_webhook_deliveries", "list_webhook_deliveries", new { limit = 200 });
        await Count("list_proofs", "list_proofs", new { });
        await Count("list_ledger_digests", "list_ledger_digests", new { });
        await Count("digest", "take_ledger_digest", new { });
        await Count("verify", "verify_integration", new { });
        return found;
    }
}
