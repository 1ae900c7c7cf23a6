using System.Collections.Frozen;
using System.Text.Json;

namespace McpBilling.Catalog;

/// <summary>
/// A meter's <c>filter</c> or a price's <c>where</c>: every named property must have one of its values. Values are compared as text; an event's
/// numbers and booleans count as their JSON text, so <c>1024</c> fits <c>"1024"</c>.
/// </summary>
public sealed class PropertyConditions
{
    public static readonly PropertyConditions None = new(null);

    private readonly KeyValuePair<string, FrozenSet<string>>[] conditions;

    public PropertyConditions(IReadOnlyDictionary<string, IReadOnlyList<string>>? allowed) =>
        conditions = allowed?.Select(c => KeyValuePair.Create(c.Key, c.Value.ToFrozenSet(StringComparer.Ordinal))).ToArray() ?? [];

    /// <summary>How specific it is: the number of properties it names.</summary>
    public int Count => conditions.Length;

    /// <summary>The text of an event property's value; null for what no event may carry (objects, lists, null).</summary>
    public static string? TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => null,
    };

    public bool Fits(IReadOnlyDictionary<string, string> properties)
    {
        foreach (var (name, values) in conditions)
        {
            if (!properties.TryGetValue(name, out string? value) || !values.Contains(value))
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>Whether some event could fit both: no property that both name has disjoint values.</summary>
    public bool Overlaps(PropertyConditions other) =>
        !conditions.Any(mine => other.conditions.Any(theirs => mine.Key == theirs.Key && !mine.Value.Overlaps(theirs.Value)));
}
