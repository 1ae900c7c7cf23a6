using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using McpBilling.Operations;

namespace McpBilling.Catalog;

public sealed record DefineAssetInput : AssetDefinition
{
    [DefaultValue(false), JsonPropertyOrder(1)] // after the item's own fields
    [Description("Only say what would change.")]
    public bool DryRun { get; init; }

    [StringLength(ApplyCatalogInput.PreviewTokenLength), JsonPropertyOrder(1)]
    [Description("From the dry run; a live catalog needs it.")]
    public string? PreviewToken { get; init; }
}

/// <summary>Adds or changes one asset.</summary>
public sealed class DefineAsset : Operation<DefineAssetInput, ApplyCatalogOutput>
{
    [SetsRequiredMembers]
    public DefineAsset()
    {
        Name = "define_asset";
        Title = "Define an asset";
        Description =
            "Adds or changes a unit that balances are counted in, such as credits or tokens. Currencies (usd, eur …) need no definition. " +
            "The scale can never be changed. Next: define_meter, define_product, define_price.";
        ToolSet = ToolSet.Catalog;
        Scope = Scopes.CatalogWrite;
        Route = "POST /v1/catalog/assets";
    }

    public override ValueTask<ApplyCatalogOutput> Run(DefineAssetInput input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        billing.Commit(new CatalogCommand((present, now) => CatalogEdit.PutAsset(present, CatalogJson.ToItem(input), now), input.DryRun, input.PreviewToken), caller, cancellation);
}
