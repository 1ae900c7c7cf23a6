using System.Collections.Frozen;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Server.Tests.Usage;

namespace McpBilling.Server.Tests.Hostile;

/// <summary>
/// A shop in business, for others to attack: a catalog, two customers with credit, an open hold and recorded usage in the test workspace; a customer with a
/// hold in the live one; keys of every kind.
/// </summary>
public sealed class HostileShop : IAsyncLifetime
{
    private static readonly object Document = new
    {
        assets = new[] { new { id = "credits", scale = 2 } },
        meters = new[]
        {
            new { id = "images", event_type = "image.generated", aggregation = "sum", property = (string?)null },
            new { id = "seconds", event_type = "video.generated", aggregation = "sum", property = (string?)"seconds" },
        },
        products = new[]
        {
            new { id = "pictures", prices = new[] { new { id = "picture", meter = "images", asset = "usd", model = "per_unit", unit_price = "0.04" } } },
            new { id = "films", prices = new[] { new { id = "film", meter = "seconds", asset = "credits", model = "per_unit", unit_price = "1" } } },
        },
        top_ups = new { packs = new[] { new { id = "small", price = "10", currency = "usd", credit = new { asset = "credits", amount = "100" } } } },
    };

    public LiveServer Server { get; } = new();

    /// <summary>Names that may stand in a request's path, body or key: <c>{hold}</c>, <c>{live hold}</c>, <c>{expired key}</c> …</summary>
    internal Dictionary<string, string> Names { get; } = [];

    public string Before { get; private set; } = "";

    internal BillingClient Client => Server.Client;

    public async ValueTask InitializeAsync()
    {
        await Server.InitializeAsync();
        var live = Server.With(Server.NewKey(Mode.Live));
        await Stock(Client, "");
        await Stock(live, "live ");
        Names["key"] = Server.Key;
        Names["catalog"] = System.Text.Json.JsonSerializer.Serialize(Document);
        Names["live key"] = live.Key!;
        Names["read-only key"] = Server.NewKey(scopes: Scopes.ReadOnly);
        Names["expired key"] = Server.NewKey(expiresAt: Instant.Earliest);
        Names["revoked key"] = Server.RevokedKey();
        Before = Server.Fingerprint();
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    internal string Fill(string text) => Names.Aggregate(text, (filled, name) => filled.Replace("{" + name.Key + "}", name.Value, StringComparison.Ordinal));

    /// <summary>A key with every scope but one.</summary>
    internal string KeyWithout(string scope) => Server.NewKey(scopes: Scopes.All.Except([scope]).ToFrozenSet(StringComparer.Ordinal));

    private async Task Stock(BillingClient client, string prefix)
    {
        await client.Apply(Document);
        foreach (string customer in (string[])["alice", "bob"])
        {
            await client.Do("/v1/customers", new { id = customer });
            var granted = await client.Do("/v1/grants", new { customer_id = customer, asset = "usd", amount = "10", source = "paid", cost_basis = new { currency = "usd", amount = "9" }, idempotency_key = "welcome" });
            Names[$"{prefix}{customer}'s grant"] = granted.Json.GetProperty("grant").GetProperty("id").GetString()!;
            var held = await client.Do("/v1/usage/authorize", new { customer_id = customer, asset = "usd", amount = "1", ttl_seconds = 86_400, idempotency_key = "first" });
            Names[$"{prefix}{customer}'s hold"] = held.Json.GetProperty("hold_id").GetString()!;
            await client.Do("/v1/usage", new { id = "e1", customer_id = customer, event_type = "image.generated", quantity = "5" });
        }
        var done = await client.Do("/v1/usage/authorize", new { customer_id = "bob", asset = "usd", amount = "1", idempotency_key = "second" });
        Names[prefix + "captured hold"] = done.Json.GetProperty("hold_id").GetString()!;
        await client.Do($"/v1/holds/{Names[prefix + "captured hold"]}/capture", new { amount = "1", idempotency_key = "c" });
        await client.Do("/v1/customers", new { id = "carol", frozen = true });
        var verified = await client.Do("/v1/integrations/verify", new { });
        Names[prefix + "proof"] = verified.Json.GetProperty("proof_id").GetString()!;
        var reconciled = await client.Do("/v1/costs/reconcile", """{"documents":[{"name":"costs.csv","text":"start_time,amount_value,amount_currency\n1772496000,0,usd\n"}],"keep":true}""");
        Names[prefix + "reconciliation"] = reconciled.Json.GetProperty("reconciliation_id").GetString()!;
        foreach (string name in (string[])["top-up", "paid top-up"])
        {
            var ordered = await client.Do("/v1/top-ups", new { customer_id = "bob", pack = "small", processor = "manual", idempotency_key = name });
            Names[prefix + name] = ordered.Json.GetProperty("id").GetString()!;
        }
        await client.Do($"/v1/top-ups/{Names[prefix + "paid top-up"]}/paid", new { amount = "10", currency = "usd", payment = "wire", idempotency_key = "wire" });
        var endpoint = await client.Do("/v1/webhook-endpoints", new { url = $"https://example.com/only-{(prefix.Length > 0 ? "live" : "test")}", idempotency_key = "hook" });
        Names[prefix + "endpoint"] = endpoint.Json.GetProperty("endpoint").GetProperty("id").GetString()!;
        var delivery = await client.Do($"/v1/webhook-endpoints/{Names[prefix + "endpoint"]}/test", new { });
        Names[prefix + "delivery"] = delivery.Json.GetProperty("delivery").GetProperty("id").GetString()!;
        string only = prefix.Length > 0 ? "live" : "test";
        Names[prefix + "digest day"] = prefix.Length > 0 ? "2026-01-02" : "2026-01-01";
        await client.Do("/v1/ledger-digests", new { day = Names[prefix + "digest day"] });
        await client.Do("/v1/customers", new { id = $"only-{only}" });
        await client.Do("/v1/usage", new { id = $"{only}-event", customer_id = "alice", event_type = "image.generated" });
    }
}
