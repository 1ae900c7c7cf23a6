using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using McpBilling.Operations;

namespace McpBilling.Catalog;

public sealed record GetCatalogInput;

public sealed record GetCatalogOutput
{
    [Description("0 before the first change.")]
    public required long Version { get; init; }

    [JsonShape(JsonShapeAttribute.AnyObject)]
    [Description("billing.json as it stands, defaults left out.")]
    public required JsonElement Document { get; init; }
}

/// <summary>Gives the catalog back as the document that makes it.</summary>
public sealed class GetCatalog : Operation<GetCatalogInput, GetCatalogOutput>
{
    [SetsRequiredMembers]
    public GetCatalog()
    {
        Name = "get_catalog";
        Title = "Get the catalog";
        Description =
            "Shows what you charge for at present and what each product costs today: lists assets, meters, products with their current prices, sign-up grants, as " +
            "one billing.json document (to export, keep in git) with its version. Read it before changing prices. Next: apply_catalog with expected_version, or " +
            "define_price for one item.";
        ToolSet = ToolSet.Setup;
        Scope = Scopes.CatalogRead;
        Route = "GET /v1/catalog";
        Reads = true;
    }

    public override async ValueTask<GetCatalogOutput> Run(GetCatalogInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        var snapshot = await billing.Reads<ICatalogReads>().Current(caller);
        using var document = JsonDocument.Parse(snapshot.Stored.DocumentJson);
        return new() { Version = snapshot.Version, Document = document.RootElement.Clone() };
    }
}
