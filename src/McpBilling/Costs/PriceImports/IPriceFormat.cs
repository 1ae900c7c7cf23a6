using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using McpBilling.Money;

namespace McpBilling.Costs.PriceImports;

/// <summary>An entry of a price list that is no row of the book.</summary>
/// <param name="Reason">Why, in words.</param>
/// <param name="IsRefused">It has a price, but one that cannot be meant.</param>
public sealed record SkippedPrice(string Provider, string Model, string Reason, bool IsRefused = false);

/// <summary>What a price list says, as rows without ids.</summary>
/// <param name="Rows">The first name of a model is its main one; a model's rows follow each other.</param>
public sealed record ReadPrices(ImmutableArray<PriceRow> Rows, ImmutableArray<SkippedPrice> Skipped);

/// <summary>A public form of price lists.</summary>
internal interface IPriceFormat
{
    /// <summary>As the importing caller may name it.</summary>
    string Name { get; }

    /// <summary>Whether a document looks like it.</summary>
    bool Looks(JsonElement document);

    /// <param name="source">What the rows name as their source.</param>
    /// <param name="day">The day of the list, or of the import.</param>
    ReadPrices Read(JsonElement document, string source, DateOnly day);
}

/// <summary>Numbers of price lists, read from their digits.</summary>
internal static class ListedNumbers
{
    /// <summary>A price as it is written, times a factor. What is longer than 12 decimals was floating point before it was written, and is rounded there. Null: no number.</summary>
    public static decimal? Of(JsonElement value, decimal times = 1)
    {
        string? text = value.ValueKind switch
        {
            JsonValueKind.Number => value.GetRawText(),
            JsonValueKind.String => value.GetString(),
            _ => null,
        };
        return text is { Length: < 64 } && decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number) && Math.Abs(number) <= 1_000_000_000
            ? decimal.Round(number * times, Quantity.MaxDecimals) / 1.0000000000000000000000000000m
            : null;
    }

    public static string? Text(this JsonElement entry, string name) => entry.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
