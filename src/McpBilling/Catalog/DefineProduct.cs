using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Operations;

namespace McpBilling.Catalog;

public sealed record DefineProductInput
{
    [Description("Your id for the product, such as image-generation.")]
    public required string Id { get; init; }

    [StringLength(200)]
    [Description("For people; default: the id.")]
    public string? Name { get; init; }

    [DefaultValue(true)]
    [Description("Charge every customer, without a plan.")]
    public bool PayAsYouGo { get; set; } = true;

    [DefaultValue(ChargeMode.EveryAsset)]
    [Description("Prices of one meter in several assets: all of them, or the first listed that the customer can pay.")]
    public ChargeMode Charge { get; init; }

    [DefaultValue(false)]
    [Description("Only say what would change.")]
    public bool DryRun { get; init; }

    [StringLength(ApplyCatalogInput.PreviewTokenLength)]
    [Description("From the dry run; a live catalog needs it.")]
    public string? PreviewToken { get; init; }
}

/// <summary>Adds or changes one product; its prices stay.</summary>
public sealed class DefineProduct : Operation<DefineProductInput, ApplyCatalogOutput>
{
    [SetsRequiredMembers]
    public DefineProduct()
    {
        Name = "define_product";
        Title = "Define a product";
        Description =
            "Adds (launches) a new product, a thing that you sell, or renames or changes the offering; its prices stay. charge: first_affordable uses credits first" +
            " and dollars then (define the credits price first). Next: define_price.";
        ToolSet = ToolSet.Catalog;
        Scope = Scopes.CatalogWrite;
        Route = "POST /v1/catalog/products";
    }

    public override ValueTask<ApplyCatalogOutput> Run(DefineProductInput input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        billing.Commit(new CatalogCommand((present, now) => CatalogEdit.PutProduct(present, CatalogJson.ToItem(input), now), input.DryRun, input.PreviewToken), caller, cancellation);
}
