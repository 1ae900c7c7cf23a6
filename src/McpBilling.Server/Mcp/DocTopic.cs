namespace McpBilling.Server.Mcp;

/// <summary>A page of <c>docs/topics/</c>, readable as <c>billing://docs/{topic}</c>.</summary>
internal sealed record DocTopic(string Name, string Title, string Text)
{
    private const string Prefix = "docs/topics/";

    private static readonly Lazy<IReadOnlyList<DocTopic>> Pages = new(() => [.. Embedded.Under(Prefix).Select(Read)]);

    public static IReadOnlyList<DocTopic> All => Pages.Value;

    private static DocTopic Read(string resource)
    {
        string text = Embedded.Text(resource);
        return new DocTopic(resource[Prefix.Length..^3], text.Split('\n')[0].TrimStart('#', ' '), text);
    }
}
