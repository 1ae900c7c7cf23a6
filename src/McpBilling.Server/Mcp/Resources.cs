using System.Text.Json;
using McpBilling.Catalog;
using McpBilling.Operations;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpBilling.Server.Mcp;

/// <summary>What a host can attach to a conversation: the catalog, its schema, our pages, and a customer's wallet.</summary>
internal sealed class Resources(McpSurface surface, OperationReads reads)
{
    public const string CatalogUri = "billing://catalog";
    public const string Schema = "billing://schema/billing.json";
    public const string DocsTemplate = Docs + "{topic}";
    public const string WalletTemplate = Customers + "{customer_id}" + Wallet;

    private const string Docs = "billing://docs/";
    private const string Customers = "billing://customers/";
    private const string Wallet = "/wallet";
    private const string Json = "application/json";
    private const string SchemaType = "application/schema+json";
    private const string Markdown = "text/markdown";

    public ValueTask<ListResourcesResult> List(RequestContext<ListResourcesRequestParams> request, CancellationToken cancellation)
    {
        List<Resource> resources = [new() { Uri = CatalogUri, Name = "catalog", Title = "The catalog", MimeType = Json, Description = "The workspace's catalog as a billing.json document." }];
        resources.Add(new() { Uri = Schema, Name = "billing.json schema", Title = "JSON Schema of billing.json", MimeType = SchemaType, Description = "Every section and field that apply_catalog takes, for you and for editors; also at GET /schema/billing.json." });
        resources.AddRange(DocTopic.All.Select(t => new Resource { Uri = Docs + t.Name, Name = t.Name, Title = t.Title, MimeType = Markdown }));
        resources.AddRange(surface.Conversation.Resources.Select(r => r.Definition).OfType<Resource>());
        return ValueTask.FromResult(new ListResourcesResult { Resources = resources, TimeToLive = BillingServer.ListsStayFor, CacheScope = CacheScope.Public });
    }

    public ValueTask<ListResourceTemplatesResult> ListTemplates(RequestContext<ListResourceTemplatesRequestParams> request, CancellationToken cancellation) =>
        ValueTask.FromResult(new ListResourceTemplatesResult
        {
            ResourceTemplates =
            [
                new() { UriTemplate = DocsTemplate, Name = "docs", Title = "Pages about billing", MimeType = Markdown },
                new() { UriTemplate = WalletTemplate, Name = "wallet", Title = "A customer's wallet", MimeType = Json, Description = "Balances, holds, debt and grants per asset." },
                .. surface.Conversation.Resources.Select(r => r.Template).OfType<ResourceTemplate>(),
            ],
            TimeToLive = BillingServer.ListsStayFor,
            CacheScope = CacheScope.Public,
        });

    /// <exception cref="McpProtocolException">There is no such resource, or the caller may not read it.</exception>
    public async ValueTask<ReadResourceResult> Read(RequestContext<ReadResourceRequestParams> request, CancellationToken cancellation)
    {
        string uri = request.Params?.Uri ?? "";
        try
        {
            if (uri == CatalogUri)
            {
                return Live(uri, await reads.Run("get_catalog", "{}", request.CallerIn(surface), cancellation) is var output && output.TryGetProperty("document", out var document) ? document : output);
            }
            if (uri == Schema)
            {
                return Fixed(uri, SchemaType, CatalogSchema.Text);
            }
            if (uri.StartsWith(Docs, StringComparison.Ordinal) && DocTopic.All.FirstOrDefault(t => t.Name == uri[Docs.Length..]) is { } topic)
            {
                return Fixed(uri, Markdown, topic.Text);
            }
            if (IsWallet(uri))
            {
                string customer = Uri.UnescapeDataString(uri[Customers.Length..^Wallet.Length]);
                string input = $$"""{"customer_id":{{JsonSerializer.Serialize(customer, McpJson.Default.String)}}}""";
                return Live(uri, await reads.Run("get_wallet", input, request.CallerIn(surface), cancellation));
            }
            if (surface.Conversation.Resources.Select(r => r.Read(uri)).FirstOrDefault(c => c is not null) is { } content)
            {
                return new() { Contents = [content], TimeToLive = TimeSpan.Zero, CacheScope = CacheScope.Private };
            }
        }
        catch (BillingException refusal) when (refusal.Code.Status is 400 or 404)
        {
            throw NotFound(request, uri, refusal.Detail);
        }
        catch (BillingException refusal)
        {
            throw new McpProtocolException($"{refusal.Code.Name}: {refusal.Detail} {refusal.Code.Hint}", McpErrorCode.InvalidRequest);
        }
        throw NotFound(request, uri, "There is no such resource.");
    }

    /// <summary>The scope that reading needs; null for what everybody may read.</summary>
    public static string? ScopeOf(string uri) => uri == CatalogUri ? Scopes.CatalogRead : IsWallet(uri) ? Scopes.CustomersRead : null;

    private static bool IsWallet(string uri) =>
        uri.StartsWith(Customers, StringComparison.Ordinal) && uri.EndsWith(Wallet, StringComparison.Ordinal) && uri.Length > Customers.Length + Wallet.Length;

    private static ReadResourceResult Live(string uri, JsonElement content)
    {
        var node = System.Text.Json.Nodes.JsonNode.Parse(content.GetRawText());
        if (uri != CatalogUri)
        {
            CustomerText.Cap(node);
        }
        return new() { Contents = [new TextResourceContents { Uri = uri, MimeType = Json, Text = node!.ToJsonString() }], TimeToLive = TimeSpan.Zero, CacheScope = CacheScope.Private };
    }

    private static ReadResourceResult Fixed(string uri, string type, string text) =>
        new() { Contents = [new TextResourceContents { Uri = uri, MimeType = type, Text = text }], TimeToLive = BillingServer.ListsStayFor, CacheScope = CacheScope.Public };

    /// <summary>The revision of 2026-07-28 dropped the code of its own for this.</summary>
    private static McpProtocolException NotFound(MessageContext request, string uri, string why) =>
        new($"Resource not found: {(uri.Length > 200 ? uri[..200] + "…" : uri)}. {why}", request.IsDiscoverEra() ? McpErrorCode.InvalidParams : McpErrorCode.ResourceNotFound);
}
