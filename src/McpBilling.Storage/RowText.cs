using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using McpBilling.Catalog;
using McpBilling.Customers;
using McpBilling.Ledger;
using McpBilling.Usage;

namespace McpBilling.Storage;

/// <summary>How the parts of rows that are lists are kept as text.</summary>
internal static class RowText
{
    // asset,product,purpose,amount,captured,shares — ids hold none of the separators.
    public static string Lines(ImmutableArray<HoldLine> lines)
    {
        var text = new StringBuilder(48);
        foreach (var line in lines)
        {
            if (text.Length > 0)
            {
                text.Append(';');
            }
            text.Append(CultureInfo.InvariantCulture, $"{line.Asset.Id},{line.Product},{line.Purpose},{line.Amount},{line.Captured},");
            EventChargeText.Append(text, line.Shares);
        }
        return text.ToString();
    }

    public static ImmutableArray<HoldLine> Lines(string text, CatalogSnapshot catalog)
    {
        if (text.Length == 0)
        {
            return [];
        }
        return [.. text.Split(';').Select(part =>
        {
            string[] f = part.Split(',');
            return new HoldLine(
                catalog.FindAsset(f[0]) ?? throw new InvalidDataException($"asset {f[0]} is not in the catalog"), f[1].Length == 0 ? null : f[1], f[2].Length == 0 ? null : f[2], long.Parse(f[3], CultureInfo.InvariantCulture),
                long.Parse(f[4], CultureInfo.InvariantCulture), EventChargeText.Shares(f[5]));
        })];
    }

    public static string Products(ImmutableArray<string> products) => string.Join(',', products);

    public static ImmutableArray<string> Products(string text) => text.Length == 0 ? [] : [.. text.Split(',')];

    public static string? Subject(Subject? subject) => subject is null ? null : System.Text.Json.JsonSerializer.Serialize(subject, BillingJson.TypeInfo<Subject>());

    public static Subject? Subject(string? text) => text is null ? null : System.Text.Json.JsonSerializer.Deserialize(text, BillingJson.TypeInfo<Subject>());
}
