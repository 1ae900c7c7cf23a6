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
            "Adds or changes a unit that people own, hold, buy and spend besides money: credits, tokens, points, gems, minutes, gpu_hours, a coin or other in-app " +
            "currency. usd, eur … need no definition. Next: define_meter.";
        ToolSet = ToolSet.Catalog;
        Scope = Scopes.CatalogWrite;
        Route = "POST /v1/catalog/assets";
    }

    public override ValueTask<ApplyCatalogOutput> Run(DefineAssetInput input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        billing.Commit(new CatalogCommand((present, now) => CatalogEdit.PutAsset(present, CatalogJson.ToItem(input), now), input.DryRun, input.PreviewToken), caller, cancellation);
}
