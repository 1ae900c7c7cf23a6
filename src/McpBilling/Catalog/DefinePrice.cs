using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using McpBilling.Operations;
using McpBilling.Pricing;

namespace McpBilling.Catalog;

public sealed record DefinePriceInput : PriceDefinition
{
    [Description("Id of its product.")]
    public required string Product { get; init; }

    [DefaultValue(false), JsonPropertyOrder(1)] // after the item's own fields
    [Description("Only say what would change.")]
    public bool DryRun { get; init; }

    [StringLength(ApplyCatalogInput.PreviewTokenLength), JsonPropertyOrder(1)]
    [Description("From the dry run; a live catalog needs it.")]
    public string? PreviewToken { get; init; }
}

/// <summary>Adds a price, or a new version of one.</summary>
public sealed class DefinePrice : Operation<DefinePriceInput, ApplyCatalogOutput>
{
    [SetsRequiredMembers]
    public DefinePrice()
    {
        Name = "define_price";
        Title = "Define a price";
        Description =
            "Adds a price to a product, or raises, lowers or changes it by a new version (give all its fields) for events from effective_at on, default now: what " +
            "each unit should cost, a discount by volume (tiers, cheaper past a bound), free units each month, double for one model, a flat fee, a percent plus " +
            "cents per payment, a most to pay per month. Next: authorize_usage to try it.\n" +
            "4 cents each: {\"id\":\"image-usd\",\"product\":\"image-generation\",\"meter\":\"images\",\"asset\":\"usd\",\"model\":\"per_unit\",\"unit_price\":\"0.04\"}. Cheaper beyond " +
            "1,000 a month: \"model\":\"graduated\",\"tiers\":[{\"up_to\":\"1000\",\"unit_price\":\"0.04\"},{\"up_to\":null,\"unit_price\":\"0.03\"}]. For one model only: " +
            "\"where\":{\"model\":[\"flux-pro\"]}.";
        ToolSet = ToolSet.Catalog;
        Scope = Scopes.CatalogWrite;
        Route = "POST /v1/catalog/prices";
    }

    public override ValueTask<ApplyCatalogOutput> Run(DefinePriceInput input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        billing.Commit(new CatalogCommand((present, now) => CatalogEdit.PutPrice(present, input.Product, CatalogJson.ToItem(input, besides: "product"), now), input.DryRun, input.PreviewToken), caller, cancellation);
}
