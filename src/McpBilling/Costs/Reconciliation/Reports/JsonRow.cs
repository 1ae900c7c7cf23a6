using System.Text.Json;

namespace McpBilling.Costs.Reconciliation.Reports;

/// <summary>A row of a report in JSON; <c>amount.value</c> names a field within a field.</summary>
internal sealed class JsonRow(ReportSource source, string place, JsonElement row) : ReportRow(source, place)
{
    public override bool Has(string name) => Find(name) is not null;

    protected override string? Raw(string name) => Find(name) switch
    {
        null or { ValueKind: JsonValueKind.Null } => null,
        { ValueKind: JsonValueKind.String } value => value.GetString() is { Length: > 0 } text ? text : null,
        { ValueKind: JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False } value => value.GetRawText(),
        { } other => throw Problem($"{name} is {(other.ValueKind == JsonValueKind.Array ? "a list" : "an object")}: it must be a single value."),
    };

    private JsonElement? Find(string name)
    {
        var at = row;
        foreach (string part in name.Split('.'))
        {
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(part, out at))
            {
                return null;
            }
        }
        return at;
    }
}
