using McpBilling.Server.Tests.Usage;

namespace McpBilling.Server.Tests.Portal;

/// <summary>A running server with a customer who has used much in the last weeks, and one who is nobody's business.</summary>
public sealed class PortalShop : IAsyncLifetime
{
    private static readonly object Catalog = new
    {
        assets = new[] { new { id = "credits", name = "Image credits" } },
        meters = new object[]
        {
            new { id = "images", event_type = "image.generated", aggregation = "sum" },
            new { id = "tokens", event_type = "chat.answered", aggregation = "sum" },
        },
        products = new object[]
        {
            new { id = "image-generation", name = "Image generation", prices = new[] { new { id = "image", meter = "images", asset = "credits", model = "per_unit", unit_price = "1" } } },
            new { id = "chat", name = "Chat", prices = new[] { new { id = "chat-usd", meter = "tokens", asset = "usd", model = "per_unit", unit_price = "0.0125" } } },
        },
        top_ups = new
        {
            packs = new object[]
            {
                new { id = "small", name = "Small pack", price = "10", currency = "usd", credit = new { asset = "credits", amount = "100" } },
                new { id = "large", name = "Large pack", price = "40", currency = "usd", credit = new { asset = "credits", amount = "450" }, bonus = new { amount = "50" }, expires_after_days = 365 },
            },
            free_amounts = new[] { new { currency = "usd", min = "5", max = "500", asset = "usd", rate = "1" } },
        },
        portal = new { name = "Pixel Studio", color = "#e8b339" },
    };

    public LiveServer Server { get; private set; } = null!;

    internal BillingClient Client => Server.Client;

    /// <summary>The id of what bob paid: nobody else may see it.</summary>
    public string BobsReceipt { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        Server = await LiveServer.Start();
        await Client.Clock("2026-10-25T09:30:00Z");
        await Client.Apply(Catalog);
        await Client.Do("/v1/customers", new { id = "anna", name = "Anna Müller" });
        await Grant("anna", "usd", "80", "40.00", null);
        await Grant("anna", "credits", "500", "45.50", "2027-03-01T00:00:00Z");
        await Client.Do("/v1/grants", new { customer_id = "anna", asset = "credits", amount = "120", expires_at = "2026-12-24T00:00:00Z", idempotency_key = "gift" });
        var bob = await Grant("bob", "usd", "12", "12.34", null);
        BobsReceipt = bob.Json.GetProperty("grant").GetProperty("id").GetString()!;
        var random = new Random(20261125);
        for (int day = 0; day < 28; day++)
        {
            await Client.Clock($"{new DateTime(2026, 10, 25, 10, 0, 0).AddDays(day):yyyy-MM-dd'T'HH:mm:ss}Z");
            await Client.Do("/v1/usage", new { id = $"img-{day}", customer_id = "anna", event_type = "image.generated", quantity = random.Next(2, 25), feature = day % 3 == 0 ? "gallery" : "editor", properties = new { model = day % 2 == 0 ? "flux-pro" : "sdxl" } });
            await Client.Do("/v1/usage", new { id = $"chat-{day}", customer_id = "anna", event_type = "chat.answered", quantity = random.Next(20, 160), feature = "assistant", properties = new { model = "gpt-5-mini" } });
        }
        await Client.Do("/v1/usage/authorize", new { customer_id = "anna", asset = "credits", amount = "6", idempotency_key = "under-way" });
        await Client.Do("/v1/usage/img-27/reverse", new { customer_id = "anna", idempotency_key = "back" });
    }

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();

    /// <summary>A fresh link, as the app's backend gets it.</summary>
    public async Task<string> Link(string customer = "anna", string? language = null) =>
        (await Client.Do("/v1/portal-sessions", new { customer_id = customer, return_url = "https://app.example.com/billing", language })).Json.GetProperty("url").GetString()!;

    /// <summary>A customer of one test alone, with this much.</summary>
    public async Task<string> Customer(string id, string dollars = "50")
    {
        await Grant(id, "usd", dollars, dollars, null);
        return id;
    }

    private Task<Reply> Grant(string customer, string asset, string amount, string paid, string? expires) => Client.Do(
        "/v1/grants",
        new { customer_id = customer, asset, amount, source = "paid", cost_basis = new { currency = "usd", amount = paid }, expires_at = expires, idempotency_key = $"{customer}-{asset}" });
}
