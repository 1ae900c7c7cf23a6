using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using McpBilling.Operations;

namespace McpBilling.Catalog;

public sealed record ApplyCatalogInput
{
    [JsonShape(JsonShapeAttribute.AnyObject)]
    [Description("The whole billing.json; its schema is the resource billing://schema/billing.json.")]
    public required JsonElement Document { get; init; }

    [DefaultValue(false)]
    [Description("Only say what would change.")]
    public bool DryRun { get; init; }

    [Range(0, 9_007_199_254_740_991)]
    [Description("Version the document was made from; refused with version_conflict when the catalog has moved on.")]
    public long? ExpectedVersion { get; init; }
}

/// <summary>The answer of everything that changes the catalog.</summary>
public sealed record ApplyCatalogOutput
{
    [Description("The catalog's version now.")]
    public required long Version { get; init; }

    [Description("False: a dry run, or nothing to change.")]
    public required bool Applied { get; init; }

    public required IReadOnlyList<CatalogItemChange> Changes { get; init; }
    public required IReadOnlyList<string> Warnings { get; init; }

    [Description("Who would have paid more or less in the last 30 days; absent when nobody.")]
    public CatalogEffects? Effects { get; init; }
}

/// <summary>Makes the catalog what a document says: checks it, compares, and applies all of it or nothing.</summary>
public sealed class ApplyCatalog : Operation<ApplyCatalogInput, ApplyCatalogOutput>
{
    [SetsRequiredMembers]
    public ApplyCatalog()
    {
        Name = "apply_catalog";
        Title = "Apply a catalog";
        Description =
            "Sets the whole catalog from one billing.json document, atomically. Use it to set up billing in one go, and to bring the same file from test to live. " +
            "Call it with dry_run: true first and show the user the changes. Items missing from the document are archived; a changed price becomes a new version " +
            "for events from now on. On failure every problem is listed with its place and its fix. Next: record_usage or authorize_usage.\n" +
            "Example, 4 cents per image after 100 free credits at sign-up:\n" +
            """
            {"assets":[{"id":"credits"}],
             "meters":[{"id":"images","event_type":"image.generated","aggregation":"sum"}],
             "products":[{"id":"image-generation","charge":"first_affordable","prices":[
               {"id":"image-credits","meter":"images","asset":"credits","model":"per_unit","unit_price":"1"},
               {"id":"image-usd","meter":"images","asset":"usd","model":"per_unit","unit_price":"0.04"}]}],
             "signup":{"grants":[{"asset":"credits","amount":"100"}]}}
            """;
        ToolSet = ToolSet.Setup;
        Scope = Scopes.CatalogWrite;
        Route = "POST /v1/catalog/apply";
    }

    public override async ValueTask<ApplyCatalogOutput> Run(ApplyCatalogInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        // Before the write, and outside of it: reading back a month of usage must not hold up those who write.
        var (version, effects) = await billing.Reads<ICatalogEffects>().Of(caller, input.Document, input.ExpectedVersion, cancellation);
        var output = await billing.Commit(
            new CatalogCommand((present, now) => CatalogRevision.Apply(present, input.Document, now, input.ExpectedVersion), input.DryRun), caller, cancellation);
        // Another change may have come between: then these are not the effects of this one.
        return output with { Effects = version == (output.Applied ? output.Version - 1 : output.Version) ? effects : null };
    }
}
