using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using McpBilling.Operations;
using McpBilling.Pricing;

namespace McpBilling.Catalog;

public sealed record DefinePriceInput : PriceDefinition
{
    [Description("Id of the product it belongs to.")]
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
            "Adds a price to a product, or replaces it by a new version: give all its fields; events from effective_at on (default now) are charged by it, " +
            "what was charged stays. The product and the meter must exist. Next: authorize_usage or record_usage to try it.\n" +
            "4 cents each: {\"id\":\"image-usd\",\"product\":\"image-generation\",\"meter\":\"images\",\"asset\":\"usd\",\"model\":\"per_unit\",\"unit_price\":\"0.04\"}. " +
            "Cheaper beyond 1,000 a month: \"model\":\"graduated\",\"tiers\":[{\"up_to\":\"1000\",\"unit_price\":\"0.04\"},{\"up_to\":null,\"unit_price\":\"0.03\"}]. " +
            "Dearer for one model: a second price with \"where\":{\"model\":[\"flux-pro\"]}; the most specific price that fits wins.";
        ToolSet = ToolSet.Catalog;
        Scope = Scopes.CatalogWrite;
        Route = "POST /v1/catalog/prices";
    }

    public override ValueTask<ApplyCatalogOutput> Run(DefinePriceInput input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        billing.Commit(new CatalogCommand((present, now) => CatalogEdit.PutPrice(present, input.Product, CatalogJson.ToItem(input, besides: "product"), now), input.DryRun, input.PreviewToken), caller, cancellation);
}
