using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using McpBilling.Costs;
using McpBilling.Money;

namespace McpBilling.Storage;

/// <summary>How the parts of a cost that are lists are kept as text.</summary>
internal static class CostText
{
    /// <summary>Writes lines as <see cref="CostLineView"/> has them. By hand, as those of every cost are written on the writer's thread.</summary>
    public static void Write(Utf8JsonWriter to, ImmutableArray<CostLine> lines)
    {
        to.WriteStartArray();
        foreach (var line in lines)
        {
            to.WriteStartObject();
            to.WriteString("kind"u8, line.Kind);
            Write(to, "quantity"u8, line.Quantity);
            Write(to, "rate"u8, line.Rate);
            Write(to, "per"u8, line.Per);
            Write(to, "amount"u8, line.Amount);
            if (line.Assumed)
            {
                to.WriteBoolean("assumed"u8, true);
            }
            WriteSaid(to, "model"u8, line.Model);
            WriteSaid(to, "iteration"u8, line.Iteration);
            WriteSaid(to, "row"u8, line.RowId);
            to.WriteEndObject();
        }
        to.WriteEndArray();
    }

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

    private static void Write(Utf8JsonWriter to, ReadOnlySpan<byte> name, decimal? value)
    {
        if (value is { } known)
        {
            to.WriteString(name, Quantity.Format(known));
        }
        else
        {
            to.WriteNull(name);
        }
    }

    private static void WriteSaid(Utf8JsonWriter to, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            to.WriteString(name, value);
        }
    }
}
