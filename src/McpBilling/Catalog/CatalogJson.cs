using System.Collections;
using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using McpBilling.Operations;

namespace McpBilling.Catalog;

/// <summary>
/// The canonical text of catalog items: document order, defaults and empty lists left out, decimals as text. Two items mean the same when their
/// texts are equal, and reading a text and writing it again gives the same bytes.
/// </summary>
public static class CatalogJson
{
    private static readonly JsonSerializerOptions Canonical = BillingJsonOptions.Create(BillingJson.Default.WithAddedModifier(OmitDefaults));

    public static string Write<T>(T item) => JsonSerializer.Serialize(item, (JsonTypeInfo<T>)Canonical.GetTypeInfo(typeof(T)));

    public static JsonObject ToNode<T>(T item) => (JsonObject)JsonSerializer.SerializeToNode(item, (JsonTypeInfo<T>)Canonical.GetTypeInfo(typeof(T)))!;

    /// <summary>The catalog item within an operation's input: the input without what belongs to the call.</summary>
    public static JsonObject ToItem<T>(T input, string? besides = null)
    {
        var item = ToNode(input);
        item.Remove("dry_run");
        item.Remove("preview_token");
        if (besides is not null)
        {
            item.Remove(besides);
        }
        return item;
    }

    /// <summary>Reads text that <see cref="Write"/> wrote.</summary>
    public static T Read<T>(string text) => JsonSerializer.Deserialize(text, (JsonTypeInfo<T>)Canonical.GetTypeInfo(typeof(T)))!;

    private static void OmitDefaults(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object)
        {
            return;
        }
        foreach (var property in type.Properties)
        {
            var usual = property.AttributeProvider?.GetCustomAttributes(typeof(DefaultValueAttribute), true).OfType<DefaultValueAttribute>().FirstOrDefault()?.Value;
            if (!property.IsRequired)
            {
                property.ShouldSerialize = (_, value) => value is not null && !value.Equals(usual) && value is not ICollection { Count: 0 };
            }
        }
    }
}
