using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using McpBilling.Operations;

namespace McpBilling.Catalog;

public sealed record DefineMeterInput : MeterDefinition
{
    [DefaultValue(false), JsonPropertyOrder(1)] // after the item's own fields
    [Description("Only say what would change.")]
    public bool DryRun { get; init; }

    [StringLength(ApplyCatalogInput.PreviewTokenLength), JsonPropertyOrder(1)]
    [Description("From the dry run; a live catalog needs it.")]
    public string? PreviewToken { get; init; }
}

/// <summary>Adds or changes one meter.</summary>
public sealed class DefineMeter : Operation<DefineMeterInput, ApplyCatalogOutput>
{
    [SetsRequiredMembers]
    public DefineMeter()
    {
        Name = "define_meter";
        Title = "Define a meter";
        Description =
            "Adds or changes a meter, what is measured: which events to count, track or sum up (requests, messages, pages, documents, seconds, tokens, bandwidth; " +
            "unique seats; gigabytes over time), all or only some by filter. Once a price uses it, only the filter may change. Example: " +
            "{\"id\":\"tokens\",\"event_type\":\"llm.completed\",\"aggregation\":\"sum\",\"property\":\"total\"}. Next: define_price.";
        ToolSet = ToolSet.Catalog;
        Scope = Scopes.CatalogWrite;
        Route = "POST /v1/catalog/meters";
    }

    public override ValueTask<ApplyCatalogOutput> Run(DefineMeterInput input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        billing.Commit(new CatalogCommand((present, now) => CatalogEdit.PutMeter(present, CatalogJson.ToItem(input), now), input.DryRun, input.PreviewToken), caller, cancellation);
}
