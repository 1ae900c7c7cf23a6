using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;
using McpBilling.Money;

namespace McpBilling.Costs.PriceImports;

/// <summary>
/// genai-prices' <c>data.json</c>: providers with models, prices for a million tokens, dated or by time of day, with tiers of context. Its tiers count strictly
/// above their start; one that is written as 271999 means "from 272000 on". What it matches by a pattern is imported by the names that it says outright.
/// </summary>
internal sealed partial class GenaiPricesFormat : IPriceFormat
{
    private static readonly FrozenDictionary<string, string> Kinds = new Dictionary<string, string>
    {
        ["input_mtok"] = CostKinds.Input,
        ["cache_read_mtok"] = CostKinds.CacheRead,
        ["cache_write_mtok"] = CostKinds.CacheWrite,
        ["cache_write_1h_mtok"] = CostKinds.CacheWrite1h,
        ["output_mtok"] = CostKinds.Output,
        ["input_audio_mtok"] = CostKinds.InputAudio,
        ["output_audio_mtok"] = CostKinds.OutputAudio,
        ["cache_audio_read_mtok"] = CostKinds.CacheReadAudio,
        ["input_image_mtok"] = CostKinds.InputImage,
        ["output_image_mtok"] = CostKinds.OutputImage,
        ["cache_image_read_mtok"] = CostKinds.CacheReadImage,
        ["web_searches_kcount"] = CostKinds.WebSearch,
        ["storage_searches_kcount"] = CostKinds.FileSearch,
        ["audio_hours"] = CostKinds.AudioSecond,
        ["input_document_kpages"] = CostKinds.DocumentPage,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    // How it begins ids of its own that stand for a provider's names in several regions.
    private const string Group = "regional.";

    public string Name => "genai-prices";

    public bool Looks(JsonElement document) => document.ValueKind == JsonValueKind.Array && document.GetArrayLength() > 0
        && document.EnumerateArray().All(p => p.ValueKind == JsonValueKind.Object && p.Text("id") is not null && p.TryGetProperty("models", out var models) && models.ValueKind == JsonValueKind.Array);

    public ReadPrices Read(JsonElement document, string source, DateOnly day)
    {
        var rows = ImmutableArray.CreateBuilder<PriceRow>();
        var skipped = ImmutableArray.CreateBuilder<SkippedPrice>();
        foreach (var provider in document.EnumerateArray())
        {
            string providerName = CostProviders.Canonical(provider.Text("id")!);
            foreach (var model in provider.GetProperty("models").EnumerateArray())
            {
                if (model.ValueKind != JsonValueKind.Object || model.Text("id") is not { Length: > 0 } id)
                {
                    skipped.Add(new(providerName, "?", "has no id"));
                    continue;
                }
                try
                {
                    if (id.StartsWith(Group, StringComparison.Ordinal) && !(model.TryGetProperty("match", out var said) && Names(said).Any()))
                    {
                        skipped.Add(new(providerName, id, "is a group of names that the list gives by patterns only"));
                        continue;
                    }
                    var read = Rows(providerName, id.ToLowerInvariant(), model, source, day).ToList();
                    rows.AddRange(read);
                    if (read.Count == 0)
                    {
                        skipped.Add(new(providerName, id, "has no price of a kind that the book has (it may be free)"));
                    }
                }
                catch (FormatException e)
                {
                    skipped.Add(new(providerName, id, e.Message, IsRefused: true));
                }
            }
        }
        return new(rows.DrainToImmutable(), skipped.DrainToImmutable());
    }

    private static IEnumerable<PriceRow> Rows(string provider, string name, JsonElement model, string source, DateOnly day)
    {
        var names = model.TryGetProperty("match", out var match) ? Names(match).Select(n => n.ToLowerInvariant()).Where(n => n != name).Distinct().ToImmutableArray() : [];
        // An id such as regional.… stands for several names; the first that is said outright is one that providers use.
        string main = name.StartsWith(Group, StringComparison.Ordinal) && names.Length > 0 ? names[0] : name;
        var listed = model.TryGetProperty("prices", out var prices) && prices.ValueKind == JsonValueKind.Array
            ? prices.EnumerateArray().Select(p => (Prices: p.TryGetProperty("prices", out var own) ? own : default, Constraint: p.TryGetProperty("constraint", out var c) ? c : default)).ToList()
            : [(prices, default)];
        var starts = listed.Select(l => Start(l.Constraint)).ToList();
        Instant? lastStart = starts.OfType<Instant>().Select(s => (Instant?)s).LastOrDefault();
        foreach (var (i, (list, constraint)) in listed.Index())
        {
            var (rates, over, threshold) = Rates(list, main);
            if (rates.Count == 0)
            {
                continue;
            }
            var window = Window(constraint);
            yield return new()
            {
                Id = "",
                Provider = provider,
                Model = main,
                Aliases = names.Remove(main),
                Source = source,
                Checked = day,
                Rates = rates,
                OverRates = over,
                Threshold = threshold,
                // It cannot say a date and a time of day together; hours that are listed after a date came with it.
                EffectiveFrom = (window is null ? starts[i] : lastStart) ?? Instant.Beginning,
                EffectiveTo = window is null ? starts.Skip(i + 1).OfType<Instant>().Select(s => (Instant?)s).FirstOrDefault() ?? Instant.Never : Instant.Never,
                When = window is { } hours ? new([], [hours], []) : PriceConditions.None,
            };
        }
    }

    private static (FrozenDictionary<string, decimal> Rates, FrozenDictionary<string, decimal> Over, ContextThreshold? Threshold) Rates(JsonElement list, string model)
    {
        var rates = new Dictionary<string, decimal>();
        var over = new Dictionary<string, decimal>();
        long? start = null;
        foreach (var price in list.ValueKind == JsonValueKind.Object ? list.EnumerateObject() : default)
        {
            if (!Kinds.TryGetValue(price.Name, out string? kind))
            {
                continue;
            }
            // Anthropic's write price without a lifetime is that of five minutes.
            kind = kind == CostKinds.CacheWrite && model.Contains("claude", StringComparison.Ordinal) ? CostKinds.CacheWrite5m : kind;
            var value = price.Value;
            if (value.ValueKind == JsonValueKind.Object)
            {
                if (!value.TryGetProperty("tiers", out var tiers) || tiers.GetArrayLength() != 1 || !tiers[0].TryGetProperty("start", out var from) || !from.TryGetInt64(out long tokens) || (start ?? tokens) != tokens)
                {
                    throw new FormatException($"{price.Name} has tiers other than one threshold for all kinds");
                }
                start = tokens;
                over[kind] = Number(tiers[0].GetProperty("price"), price.Name);
                value = value.GetProperty("base");
            }
            rates[kind] = Number(value, price.Name);
        }
        var threshold = start is { } limit ? limit % 1000 == 999 ? new ContextThreshold(limit + 1, Inclusive: true) : new ContextThreshold(limit, Inclusive: false) : null;
        return (rates.ToFrozenDictionary(), over.ToFrozenDictionary(), threshold);
    }

    private static decimal Number(JsonElement value, string name) => ListedNumbers.Of(value) ?? throw new FormatException($"{name} is not a number");

    private static Instant? Start(JsonElement constraint) =>
        constraint.ValueKind == JsonValueKind.Object && constraint.Text("start_date") is { } date && Instant.TryParse(date + "T00:00:00Z", out var at) ? at : null;

    private static TimeWindow? Window(JsonElement constraint) =>
        constraint.ValueKind == JsonValueKind.Object && constraint.Text("start_time") is { Length: >= 5 } start && constraint.Text("end_time") is { Length: >= 5 } end
        && TimeWindow.TryParse($"{start[..5]}-{end[..5]}", out var window) ? window : null;

    private static IEnumerable<string> Names(JsonElement match)
    {
        foreach (var part in match.ValueKind == JsonValueKind.Object ? match.EnumerateObject() : default)
        {
            if (part.Value.ValueKind == JsonValueKind.Array)
            {
                foreach (string name in part.Value.EnumerateArray().SelectMany(Names))
                {
                    yield return name;
                }
            }
            else if (part.Name == "equals" && part.Value.GetString() is { } name && PlainName().IsMatch(name))
            {
                yield return name;
            }
        }
    }

    [GeneratedRegex("^[!-~]{1,256}$")]
    private static partial Regex PlainName();
}
