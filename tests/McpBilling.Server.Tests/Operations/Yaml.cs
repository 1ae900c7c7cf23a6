using YamlDotNet.RepresentationModel;

namespace McpBilling.Server.Tests.Operations;

/// <summary>What is in deploy/, read as YAML. A path of keys leads to a value; numbers are places in a list.</summary>
internal static class Yaml
{
    public static string Path(params string[] parts) => System.IO.Path.Combine([Needs.RepositoryFolder, "deploy", .. parts]);

    public static List<YamlNode> Read(params string[] path)
    {
        var stream = new YamlStream();
        using var text = File.OpenText(Path(path));
        stream.Load(text);
        return [.. stream.Documents.Select(d => d.RootNode)];
    }

    public static YamlNode? Find(this YamlNode? node, params ReadOnlySpan<string> keys)
    {
        foreach (string key in keys)
        {
            node = node switch
            {
                YamlMappingNode map => map.Children.TryGetValue(new YamlScalarNode(key), out var found) ? found : null,
                YamlSequenceNode list when int.TryParse(key, out int at) && at < list.Children.Count => list.Children[at],
                _ => null,
            };
        }
        return node;
    }

    public static string? Text(this YamlNode? node, params ReadOnlySpan<string> keys) => (node.Find(keys) as YamlScalarNode)?.Value;

    public static IReadOnlyList<YamlNode> List(this YamlNode? node, params ReadOnlySpan<string> keys) => node.Find(keys) is YamlSequenceNode list ? [.. list.Children] : [];

    public static IReadOnlyDictionary<string, YamlNode> Map(this YamlNode? node, params ReadOnlySpan<string> keys) =>
        node.Find(keys) is YamlMappingNode map ? map.Children.ToDictionary(c => ((YamlScalarNode)c.Key).Value!, c => c.Value) : [];
}
