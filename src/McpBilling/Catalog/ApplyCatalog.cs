using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using McpBilling.Operations;

namespace McpBilling.Catalog;

public sealed record ApplyCatalogInput
{
    [JsonShape(JsonShapeAttribute.AnyObject)]
    [Description("The whole billing.json (schema: resource billing://schema/billing.json).")]
    public required JsonElement Document { get; init; }

    [DefaultValue(false)]
    [Description("Only say what would change.")]
    public bool DryRun { get; init; }

    [Range(0, 9_007_199_254_740_991)]
    [Description("Version the document was made from; refused when the catalog has moved on.")]
    public long? ExpectedVersion { get; init; }

    [StringLength(PreviewTokenLength)]
    [Description("From the dry run of exactly this change; a live catalog needs it and expected_version.")]
    public string? PreviewToken { get; init; }

    internal const int PreviewTokenLength = 200;
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

    [Description("Of a dry run: send it with the same request to make exactly this change. Good for an hour and until the catalog changes.")]
    public string? PreviewToken { get; init; }

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
            "Sets or replaces the whole catalog from one complete billing.json file (the config), all or nothing: to set up billing, push an edited price list, " +
            "roll out or deploy the same file from test to live (production). First dry_run: true, and show the user each difference; a live catalog then needs the" +
            " answer's preview_token. What the document leaves out is archived; a changed price gets a new version for events from now on. A refusal lists every " +
            "problem with its place and fix. Next: generate_integration. Example, 4 cents per image after 100 free credits at sign-up:\n" +
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
        var command = new CatalogCommand((present, now) => CatalogRevision.Apply(present, input.Document, now, input.ExpectedVersion), input.DryRun, input.PreviewToken)
        {
            ExpectedVersion = (true, input.ExpectedVersion),
        };
        var output = await billing.Commit(command, caller, cancellation);
        // Another change may have come between: then these are not the effects of this one.
        return output with { Effects = version == (output.Applied ? output.Version - 1 : output.Version) ? effects : null };
    }
}
