using System.Globalization;
using System.Text;
using McpBilling.Money;

namespace McpBilling.Pricing;

/// <summary><c>matrix</c>: as <c>per_unit</c>, each event by the row that has its values of the dimensions, else by the default.</summary>
public sealed class MatrixPrice : PerEventModel
{
    private readonly IReadOnlyList<string> _dimensions;
    private readonly Dictionary<string, Exact> _rows = new(StringComparer.Ordinal);
    private readonly Exact? _default;

    private MatrixPrice(PriceFields fields)
    {
        var d = fields.Definition;
        _dimensions = ReadDimensions(fields);
        if (d.Rows is not { Count: > 0 })
        {
            fields.Wrong("rows", "needs at least one row for a matrix price", $"Add rows: [{{\"values\":[{string.Join(',', _dimensions.Select(d => $"\"a value of {d}\""))}],\"unit_price\":\"0.04\"}}].", allowed: "one row for each combination of values");
        }
        for (int i = 0; i < (d.Rows?.Count ?? 0); i++)
        {
            ReadRow(fields, $"rows/{i}", d.Rows![i]);
        }
        _default = fields.Optional("default", d.Default) / fields.Per;
    }

    public override Exact? Fee(in PricedEvent taken)
    {
        // By the row even when the amount is zero: an event that has no row is told so from the first one on.
        return (RowOf(taken.Properties) ?? _default) * taken.Amount;
    }

    internal static MatrixPrice Read(PriceFields fields) => new(fields);

    private Exact? RowOf(IReadOnlyDictionary<string, string> properties)
    {
        if (_dimensions.Count == 1)
        {
            return properties.TryGetValue(_dimensions[0], out string? only) && _rows.TryGetValue(only, out var price) ? price : null;
        }
        var values = new string[_dimensions.Count];
        for (int i = 0; i < values.Length; i++)
        {
            if (!properties.TryGetValue(_dimensions[i], out string? value))
            {
                return null;
            }
            values[i] = value;
        }
        return _rows.TryGetValue(Key(values), out var found) ? found : null;
    }

    private static IReadOnlyList<string> ReadDimensions(PriceFields fields)
    {
        var dimensions = fields.Definition.Dimensions ?? [];
        if (dimensions.Count == 0)
        {
            fields.Wrong("dimensions", "needs at least one event property for a matrix price", "Add dimensions: [\"model\"], the event properties that choose the row.", allowed: "names of event properties");
        }
        for (int i = 0; i < dimensions.Count; i++)
        {
            if (string.IsNullOrEmpty(dimensions[i]))
            {
                fields.Wrong($"dimensions/{i}", "must name an event property", "Remove it, or use the name of an event property.", "\"\"", "the name of an event property");
            }
            else if (dimensions.Take(i).Contains(dimensions[i], StringComparer.Ordinal))
            {
                fields.Wrong($"dimensions/{i}", $"repeats \"{dimensions[i]}\"", "Remove it, and its value from each row.", $"\"{dimensions[i]}\"", "each name once");
            }
        }
        return dimensions;
    }

    private void ReadRow(PriceFields fields, string at, MatrixRow? row)
    {
        if (row is null)
        {
            fields.Wrong(at, "must be an object with values and unit_price", "Use {\"values\":[\"…\"],\"unit_price\":\"0.04\"}.", "null");
            return;
        }
        var price = fields.Required($"{at}/unit_price", row.UnitPrice) / fields.Per;
        if (row.Values is null || row.Values.Count != _dimensions.Count || row.Values.Any(v => v is null))
        {
            fields.Wrong($"{at}/values", $"must have one text for each of the {_dimensions.Count} dimensions, in their order", $"List a value of {string.Join(", then of ", _dimensions)}.", allowed: $"{_dimensions.Count} texts");
        }
        else if (!_rows.TryAdd(Key(row.Values), price))
        {
            fields.Wrong($"{at}/values", "repeats the values of an earlier row", "Remove this row or the earlier one.", $"[{string.Join(',', row.Values.Select(v => $"\"{v}\""))}]", "each combination once");
        }
    }

    // Lengths go before the values, because a value may hold any separator one could choose.
    private static string Key(IReadOnlyList<string> values)
    {
        if (values.Count == 1)
        {
            return values[0];
        }
        var key = new StringBuilder();
        foreach (string value in values)
        {
            key.Append(CultureInfo.InvariantCulture, $"{value.Length}:{value}");
        }
        return key.ToString();
    }
}
