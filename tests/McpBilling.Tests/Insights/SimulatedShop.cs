using System.Text.Json;
using McpBilling.Catalog;
using McpBilling.Insights;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Tests.Catalog;
using McpBilling.Wallets;

namespace McpBilling.Tests.Insights;

/// <summary>A workspace with a catalog and a clock and nothing else: whatever would change something fails the test.</summary>
internal sealed class SimulatedShop(CatalogSnapshot catalog) : IBilling, ICatalogReads, IClockReads
{
    public SimulatedShop(string document) : this(Catalogs.After(document))
    {
    }

    public static readonly Instant Now = Catalogs.At("2026-11-20T12:00:00Z");

    /// <summary>"Charge 4 cents per image, 100 free credits at sign-up."</summary>
    public const string Images =
        """
        {"assets":[{"id":"credits"}],
         "meters":[{"id":"images","event_type":"image","aggregation":"sum"}],
         "products":[{"id":"art","charge":"first_affordable","prices":[
           {"id":"art-credits","meter":"images","asset":"credits","model":"per_unit","unit_price":"1"},
           {"id":"art-usd","meter":"images","asset":"usd","model":"per_unit","unit_price":"0.04"}]}],
         "signup":{"grants":[{"asset":"credits","amount":"100"}]}}
        """;

    /// <summary>One price on one meter of quantities, in dollars.</summary>
    public static string Priced(string price, string signup = "") =>
        $$"""
        {"meters":[{"id":"m","event_type":"e","aggregation":"sum"}],
         "products":[{"id":"p","prices":[{"id":"x","meter":"m","asset":"usd",{{price}}}]}]{{(signup.Length == 0 ? "" : ",\"signup\":{\"grants\":[" + signup + "]}")}}}
        """;

    public async Task<JsonElement> Ask(string input, CancellationToken cancellation = default)
    {
        var schema = JsonSchemas.ForInput(BillingJson.TypeInfo<SimulatePricingInput>());
        var given = Catalogs.Parse(input);
        InputGuard.Require(given, schema);
        var typed = JsonSerializer.Deserialize(InputGuard.WithoutNulls(given, schema), BillingJson.TypeInfo<SimulatePricingInput>())!;
        var output = await new SimulatePricing().Run(typed, new Caller(1, Mode.Test, Scopes.ReadOnly), this, cancellation);
        return JsonSerializer.SerializeToElement(output, BillingJson.TypeInfo<SimulatePricingOutput>());
    }

    /// <summary><c>12000 credits, 300.00 usd</c></summary>
    public static string Say(JsonElement amounts) => string.Join(", ", amounts.EnumerateArray().Select(a => $"{a.GetProperty("amount").GetString()} {a.GetProperty("asset").GetString()}"));

    public ValueTask<TOutput> Commit<TOutput>(Command<TOutput> command, Caller caller, CancellationToken cancellation) =>
        throw new InvalidOperationException("a simulation changes nothing");

    public TPort Reads<TPort>()
        where TPort : class => (TPort)(object)this;

    public ValueTask<CatalogSnapshot> Current(Caller caller) => new(catalog);

    public ValueTask<TestClockOutput> Clock(Caller caller, CancellationToken cancellation) => new(new TestClockOutput { Now = Now, Real = false });
}
