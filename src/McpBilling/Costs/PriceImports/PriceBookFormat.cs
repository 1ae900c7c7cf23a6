using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;

namespace McpBilling.Costs.PriceImports;

/// <summary>The form of the program's own price book, for rows that a builder keeps in a file. A row may have a <c>multiplier</c> instead of rates: it becomes stored rates here.</summary>
internal sealed class PriceBookFormat : IPriceFormat
{
    public string Name => "pricebook";

    public bool Looks(JsonElement document) => document.ValueKind == JsonValueKind.Object && document.TryGetProperty("rows", out var rows) && rows.ValueKind == JsonValueKind.Array;

    public ReadPrices Read(JsonElement document, string source, DateOnly day)
    {
        var rows = new List<PriceRow>();
        var skipped = ImmutableArray.CreateBuilder<SkippedPrice>();
        foreach (var entry in document.GetProperty("rows").EnumerateArray())
        {
            string provider = entry.ValueKind == JsonValueKind.Object ? entry.Text("provider") ?? "?" : "?", model = entry.ValueKind == JsonValueKind.Object ? entry.Text("model") ?? "?" : "?";
            try
            {
                if (entry.TryGetProperty("multiplier", out var multiplier))
                {
                    rows.AddRange(Multiplied(entry, multiplier, rows, source, day));
                }
                else
                {
                    rows.Add(Row(entry, source, day));
                }
            }
            catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException or KeyNotFoundException)
            {
                skipped.Add(new(provider, model, "cannot be read: " + e.Message.Split('\n')[0], IsRefused: true));
            }
        }
        // A cancelled row is a piece of news about a price that never was: there is nothing to import.
        skipped.AddRange(rows.Where(r => r.Status == PriceRowStatus.Cancelled).Select(r => new SkippedPrice(r.Provider, r.Model, "was cancelled")));
        return new([.. rows.Where(r => r.Status != PriceRowStatus.Cancelled).GroupBy(r => (r.Provider, r.Model)).SelectMany(g => g)], skipped.DrainToImmutable());
    }

    // One row for each base row that it multiplies, at its time.
    private static IEnumerable<PriceRow> Multiplied(JsonElement entry, JsonElement multiplier, IEnumerable<PriceRow> before, string source, DateOnly day)
    {
        decimal factor = ListedNumbers.Of(multiplier.GetProperty("factor")) ?? throw new FormatException("multiplier.factor is not a number");
        var kinds = multiplier.GetProperty("kinds").EnumerateArray().Select(k => k.GetString()).ToHashSet();
        FrozenDictionary<string, decimal> Times(FrozenDictionary<string, decimal> rates) => rates.Where(r => kinds.Contains(r.Key)).ToFrozenDictionary(r => r.Key, r => r.Value * factor);
        var own = Row(entry, source, day);
        var multiplied = before.Where(r => r.IsBase && r.Provider == own.Provider && r.Model == own.Model).ToList();
        return multiplied.Count == 0
            ? throw new FormatException("its multiplier finds no row before it")
            : multiplied.Select(r => own with { EffectiveFrom = r.EffectiveFrom, EffectiveTo = r.EffectiveTo, Rates = Times(r.Rates), Threshold = r.Threshold, OverRates = Times(r.OverRates) });
    }

    private static PriceRow Row(JsonElement entry, string source, DateOnly day)
    {
        var kept = new System.Text.Json.Nodes.JsonObject();
        foreach (var field in entry.EnumerateObject().Where(f => f.Name is not ("multiplier" or "recorded_at" or "id")))
        {
            kept[field.Name] = System.Text.Json.Nodes.JsonNode.Parse(field.Value.GetRawText());
        }
        kept.TryAdd("source", source);
        kept.TryAdd("checked", day.ToString("yyyy-MM-dd"));
        kept.TryAdd("rates", new System.Text.Json.Nodes.JsonObject());
        return kept.Deserialize(BillingJson.TypeInfo<PriceRowView>())!.ToRow() with { Id = "" };
    }
}
