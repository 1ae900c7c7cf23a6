using McpBilling.Server.Mcp;
using ModelContextProtocol.Protocol;

namespace McpBilling.ConformanceHost;

/// <summary>A text, a picture, something to watch, and a template.</summary>
internal static class FixtureResources
{
    public const string Watched = "test://watched-resource";

    private const string TemplateStart = "test://template/";
    private const string TemplateEnd = "/data";

    public static IReadOnlyList<ConversationResource> All =>
    [
        Text("test://static-text", "This is the content of the static text resource."),
        At(new Resource { Uri = "test://static-binary", Name = "static-binary", Title = "A picture", MimeType = "image/png", Description = "One red pixel." },
            BlobResourceContents.FromBytes(Media.Png, "test://static-binary", "image/png")),
        Text(Watched, "Watch this."),
        new(null, new ResourceTemplate { UriTemplate = "test://template/{id}/data", Name = "template", Title = "A template", MimeType = "application/json", Description = "Data of an id." }, ReadTemplate),
    ];

    private static ConversationResource Text(string uri, string text) => At(
        new Resource { Uri = uri, Name = uri[7..], Title = uri[7..], MimeType = "text/plain", Description = "A text." },
        new TextResourceContents { Uri = uri, MimeType = "text/plain", Text = text });

    private static ConversationResource At(Resource definition, ResourceContents content) => new(definition, null, uri => uri == definition.Uri ? content : null);

    private static TextResourceContents? ReadTemplate(string uri)
    {
        if (!uri.StartsWith(TemplateStart, StringComparison.Ordinal) || !uri.EndsWith(TemplateEnd, StringComparison.Ordinal) || uri.Length <= TemplateStart.Length + TemplateEnd.Length)
        {
            return null;
        }
        string id = Uri.UnescapeDataString(uri[TemplateStart.Length..^TemplateEnd.Length]);
        string text = new System.Text.Json.Nodes.JsonObject { ["id"] = id, ["templateTest"] = true, ["data"] = $"Data for ID: {id}" }.ToJsonString();
        return new TextResourceContents { Uri = uri, MimeType = "application/json", Text = text };
    }
}
