using System.Text.Json;

namespace McpBilling.Costs;

/// <summary>The prices in the program, which <c>tools/price-book/build.py</c> writes.</summary>
internal static class ShippedPrices
{
    public static IEnumerable<PriceRow> Read()
    {
        using var stream = typeof(ShippedPrices).Assembly.GetManifestResourceStream("price_book.json") ?? throw new InvalidOperationException("price_book.json is not in the program.");
        var file = JsonSerializer.Deserialize(stream, BillingJson.TypeInfo<PriceBookFile>())!;
        return file.Rows.Select(r => r.ToRow());
    }
}
