using McpBilling.Catalog;

namespace McpBilling.Server.Rest;

/// <summary><c>GET /schema/billing.json</c>: the schema for editors, which send no key.</summary>
internal static class SchemaEndpoint
{
    public const string Path = "/schema/billing.json";
    public const string ContentType = "application/schema+json";

    public static void MapCatalogSchema(this IEndpointRouteBuilder endpoints) => endpoints.MapGet(Path, (RequestDelegate)(context =>
    {
        context.Response.ContentType = ContentType;
        context.Response.Headers.CacheControl = "public, max-age=600";
        return context.Response.WriteAsync(CatalogSchema.Text, context.RequestAborted);
    })).WithMetadata(Hosting.AnswersUnauthenticated.Itself);
}
