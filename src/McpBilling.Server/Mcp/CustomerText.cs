using System.Text.Json;
using System.Text.Json.Nodes;

namespace McpBilling.Server.Mcp;

/// <summary>Text that customers or their apps wrote: kept short, so that a name cannot carry a page of instructions to a model.</summary>
internal static class CustomerText
{
    public const int MaxLength = 256;

    // "key" is what the rows of a report are grouped by: a feature, an end user, a session, a task.
    private static readonly HashSet<string> Written = new(StringComparer.Ordinal)
    {
        "name", "email", "metadata", "properties", "reason", "note", "description", "subject", "end_user", "session", "task", "feature", "key",
    };

    /// <summary>Cuts what is too long, in place. True when there was any such text.</summary>
    public static bool Cap(JsonNode? node, bool written = false)
    {
        bool found = false;
        switch (node)
        {
            case JsonObject fields:
                foreach (var (name, value) in fields.ToArray())
                {
                    found |= Cap(value, written || Written.Contains(name));
                }
                break;
            case JsonArray items:
                foreach (var item in items.ToArray())
                {
                    found |= Cap(item, written);
                }
                break;
            case JsonValue value when written && value.GetValueKind() == JsonValueKind.String:
                string text = value.GetValue<string>();
                if (text.Length > MaxLength)
                {
                    value.ReplaceWith(text[..MaxLength] + "…");
                }
                return true;
            default:
                break;
        }
        return found;
    }
}
