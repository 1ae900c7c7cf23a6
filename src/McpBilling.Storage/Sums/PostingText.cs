using System.Collections.Immutable;
using System.Text.Json;
using McpBilling.Costs;

namespace McpBilling.Storage.Sums;

/// <summary>
/// How postings are kept: an array of arrays, each the values of <see cref="DayPosting"/> in their order, with <c>null</c> where nothing was said, and where the customer bears
/// it itself. By hand, as the postings of every event are written and read: there are thousands a second.
/// </summary>
internal static class PostingText
{
    public static void Write(Utf8JsonWriter to, IReadOnlyList<DayPosting> postings)
    {
        to.WriteStartArray();
        foreach (var posting in postings)
        {
            Write(to, posting);
        }
        to.WriteEndArray();
    }

    /// <exception cref="JsonException">It is something else.</exception>
    public static List<DayPosting> Read(ReadOnlySpan<byte> text)
    {
        var postings = new List<DayPosting>();
        var from = new Utf8JsonReader(text);
        Require(ref from, JsonTokenType.StartArray);
        while (Next(ref from) == JsonTokenType.StartArray)
        {
            postings.Add(Posting(ref from, postings.Count > 0 ? postings[^1] : null));
        }
        return from.TokenType == JsonTokenType.EndArray ? postings : throw Wrong(from);
    }

    private static void Write(Utf8JsonWriter to, DayPosting p)
    {
        to.WriteStartArray();
        to.WriteNumberValue(p.Day);
        to.WriteStringValue(p.CustomerId);
        to.WriteStringValue(p.BorneBy == p.CustomerId ? null : p.BorneBy);
        to.WriteStringValue(p.EndUser);
        to.WriteStringValue(p.Session);
        to.WriteStringValue(p.Task);
        to.WriteStringValue(p.Feature);
        to.WriteStringValue(p.Model);
        to.WriteNumberValue(p.Sum.Events);
        to.WriteNumberValue(p.Sum.Unpriced);
        to.WriteNumberValue(p.Sum.Incomplete);
        to.WriteNumberValue(p.Sum.NoUsage);
        to.WriteNumberValue(p.Sum.Cost);
        to.WriteNumberValue(p.Sum.Charges);
        to.WriteNumberValue(p.Sum.Revenue);
        foreach (var (product, revenue) in p.Products)
        {
            to.WriteStringValue(product);
            to.WriteNumberValue(revenue);
        }
        to.WriteEndArray();
    }

    // Features, models and products are mostly those of the one before: a text in memory serves for all.
    private static DayPosting Posting(ref Utf8JsonReader from, DayPosting? before)
    {
        long day = Number(ref from);
        string customer = Text(ref from) ?? throw Wrong(from);
        string borneBy = Text(ref from) ?? customer;
        var (endUser, session, task) = (Text(ref from), Text(ref from), Text(ref from));
        var (feature, model) = (Text(ref from, before?.Feature) ?? "", Text(ref from, before?.Model) ?? "");
        var sum = new CostDaySum(Number(ref from), Number(ref from), Number(ref from), Number(ref from), Amount(ref from), Number(ref from), Amount(ref from));
        var products = ImmutableArray.CreateBuilder<ProductShare>(1);
        while (Next(ref from) == JsonTokenType.String)
        {
            products.Add(new ProductShare(Said(ref from, before?.Products[0].Product), Amount(ref from)));
        }
        return from.TokenType == JsonTokenType.EndArray && products.Count > 0 ? new(day, customer, borneBy, endUser, session, task, feature, model, sum, products.DrainToImmutable()) : throw Wrong(from);
    }

    private static JsonTokenType Next(ref Utf8JsonReader from) => from.Read() ? from.TokenType : throw Wrong(from);

    private static void Require(ref Utf8JsonReader from, JsonTokenType type)
    {
        if (Next(ref from) != type)
        {
            throw Wrong(from);
        }
    }

    private static long Number(ref Utf8JsonReader from)
    {
        Require(ref from, JsonTokenType.Number);
        return from.TryGetInt64(out long number) ? number : throw Wrong(from);
    }

    private static decimal Amount(ref Utf8JsonReader from)
    {
        Require(ref from, JsonTokenType.Number);
        return from.TryGetDecimal(out decimal amount) ? amount : throw Wrong(from);
    }

    private static string? Text(ref Utf8JsonReader from, string? before = null) => Next(ref from) switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.String => Said(ref from, before),
        _ => throw Wrong(from),
    };

    private static string Said(ref Utf8JsonReader from, string? before) => before is not null && from.ValueTextEquals(before) ? before : from.GetString()!;

    private static JsonException Wrong(Utf8JsonReader at) => new($"no postings: {at.TokenType} at byte {at.BytesConsumed}");
}
