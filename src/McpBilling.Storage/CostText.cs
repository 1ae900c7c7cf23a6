using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using McpBilling.Costs;

namespace McpBilling.Storage;

/// <summary>How the parts of a cost that are lists are kept as text.</summary>
internal static class CostText
{
    public static byte[] Lines(ImmutableArray<CostLine> lines) => JsonSerializer.SerializeToUtf8Bytes(CostLineView.Of(lines), BillingJson.TypeInfo<ImmutableArray<CostLineView>>());

    public static ImmutableArray<CostLine> Lines(ReadOnlySpan<byte> text) => [.. JsonSerializer.Deserialize(text, BillingJson.TypeInfo<ImmutableArray<CostLineView>>()).Select(l => l.ToLine())];

    /// <summary>The rows of the price book that gave the rates, each once.</summary>
    public static string Rows(ImmutableArray<CostLine> lines) => string.Join(' ', lines.Select(l => l.RowId).OfType<string>().Distinct(StringComparer.Ordinal));

    public static string? Context(PriceContext context) => context == PriceContext.None ? null : JsonSerializer.Serialize(context, BillingJson.TypeInfo<PriceContext>());

    public static PriceContext Context(string? text) => text is null ? PriceContext.None : JsonSerializer.Deserialize(text, BillingJson.TypeInfo<PriceContext>())!;

    // kind=quantity;…
    public static string? Inside(ImmutableSortedDictionary<string, decimal> inside) =>
        inside.IsEmpty ? null : string.Join(';', inside.Select(i => string.Create(CultureInfo.InvariantCulture, $"{i.Key}={i.Value}")));

    public static ImmutableSortedDictionary<string, decimal> Inside(string? text) => text is null
        ? ImmutableSortedDictionary<string, decimal>.Empty
        : text.Split(';').Select(p => p.Split('=')).ToImmutableSortedDictionary(p => p[0], p => decimal.Parse(p[1], CultureInfo.InvariantCulture), StringComparer.Ordinal);
}
