using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;

namespace McpBilling.Costs.PriceImports;

/// <summary>
/// LiteLLM's <c>model_prices_and_context_window.json</c>: one object with an entry per model, prices per token, further prices by the ends of field names
/// (<c>_batches</c>, <c>_flex</c>, <c>_priority</c>, <c>_above_200k_tokens</c>), and factors for places, which become stored rates here.
/// </summary>
internal sealed class LiteLlmFormat : IPriceFormat
{
    private const decimal Million = 1_000_000, Thousand = 1_000;

    private static readonly (string Field, string Kind)[] Tokens =
    [
        ("input_cost_per_token", CostKinds.Input), ("output_cost_per_token", CostKinds.Output), ("cache_read_input_token_cost", CostKinds.CacheRead),
        ("cache_creation_input_token_cost", CostKinds.CacheWrite), ("cache_creation_input_token_cost_above_1hr", CostKinds.CacheWrite1h), ("input_cost_per_audio_token", CostKinds.InputAudio),
        ("output_cost_per_audio_token", CostKinds.OutputAudio), ("cache_read_input_audio_token_cost", CostKinds.CacheReadAudio), ("input_cost_per_image_token", CostKinds.InputImage),
        ("output_cost_per_image_token", CostKinds.OutputImage),
    ];

    private static readonly (string End, string When)[] Tiers = [("_batches", "batch"), ("_flex", "service_tier=flex"), ("_priority", "service_tier=priority")];

    private static readonly int[] Thresholds = [128, 200, 256, 272, 512];

    // Its names of providers that are not one of CostProviders' names, with what their models' names begin with.
    private static readonly FrozenDictionary<string, string> Providers = new Dictionary<string, string>
    {
        ["vertex_ai-language-models"] = CostProviders.Google,
        ["vertex_ai-anthropic_models"] = CostProviders.Google,
        ["vertex_ai-embedding-models"] = CostProviders.Google,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public string Name => "litellm";

    public bool Looks(JsonElement document) => document.ValueKind == JsonValueKind.Object
        && document.EnumerateObject().Any(e => e.Value.ValueKind == JsonValueKind.Object && e.Value.TryGetProperty("litellm_provider", out _));

    public ReadPrices Read(JsonElement document, string source, DateOnly day)
    {
        var rows = ImmutableArray.CreateBuilder<PriceRow>();
        var skipped = ImmutableArray.CreateBuilder<SkippedPrice>();
        var seen = new HashSet<(string, string)>();
        foreach (var entry in document.EnumerateObject())
        {
            if (entry.Name == "sample_spec" || entry.Value.ValueKind != JsonValueKind.Object || entry.Value.Text("litellm_provider") is not { } listed)
            {
                skipped.Add(new("?", entry.Name, "is no model"));
                continue;
            }
            string provider = Providers.GetValueOrDefault(listed) ?? CostProviders.Canonical(listed);
            string name = NameOf(entry.Name.ToLowerInvariant(), provider, listed);
            if (WhyNot(provider, name) is { } reason)
            {
                skipped.Add(new(provider, entry.Name, reason));
                continue;
            }
            try
            {
                var read = Rows(provider, name, entry.Value, source, day);
                if (read.Count == 0)
                {
                    skipped.Add(new(provider, entry.Name, "has no price of a kind that the book has, or prices of 0 only"));
                }
                else if (!seen.Add((provider, name)))
                {
                    skipped.Add(new(provider, entry.Name, $"is there before as {name}"));
                }
                else
                {
                    rows.AddRange(read);
                }
            }
            catch (FormatException e)
            {
                skipped.Add(new(provider, entry.Name, e.Message, IsRefused: true));
            }
        }
        return new(rows.DrainToImmutable(), skipped.DrainToImmutable());
    }

    private static string NameOf(string key, string provider, string listed)
    {
        foreach (string prefix in (string[])[listed + "/", provider + "/", "vertex_ai/"])
        {
            if (key.StartsWith(prefix, StringComparison.Ordinal))
            {
                key = key[prefix.Length..];
            }
        }
        return key.Replace("@default", "", StringComparison.Ordinal).Replace('@', '-');
    }

    // Prices by a region of the provider or by a picture's size, which are part of the name there and not of a request's model.
    private static string? WhyNot(string provider, string name) =>
        provider is CostProviders.Aws or CostProviders.OpenAi or CostProviders.Azure && name.Contains('/') ? "is priced by what stands before its name (a region, a picture's size)" : null;

    private static List<PriceRow> Rows(string provider, string name, JsonElement entry, string source, DateOnly day)
    {
        string? mode = entry.Text("mode");
        var rates = Rates(entry, name, "");
        if (mode is "embedding" or "rerank" && rates.GetValueOrDefault(CostKinds.Output) == 0)
        {
            rates.Remove(CostKinds.Output);
        }
        if (mode is "rerank" && rates.GetValueOrDefault(CostKinds.Input) == 0)
        {
            rates.Remove(CostKinds.Input);
        }
        AddFees(rates, entry, provider, name, mode);
        if (mode != "moderation" && rates.Values.All(r => r == 0))
        {
            return [];
        }
        var (threshold, over) = Over(entry, name, "", rates);
        var standard = new PriceRow
        {
            Id = "",
            Provider = provider,
            Model = name,
            Source = source,
            Checked = day,
            Rates = rates.ToFrozenDictionary(),
            Threshold = threshold,
            OverRates = over,
        };
        List<PriceRow> rows = [standard];
        foreach (var (end, when) in Tiers)
        {
            var tier = Rates(entry, name, end).Where(r => rates.ContainsKey(r.Key)).ToFrozenDictionary();
            // A tier with a price for one side only is a list that is not finished.
            if (tier.Count > 0 && rates.Keys.Where(k => k is CostKinds.Input or CostKinds.Output).All(tier.ContainsKey))
            {
                var (limit, beyond) = Over(entry, name, end, tier);
                rows.Add(standard with { When = PriceConditions.Parse(when), Rates = tier, Threshold = limit, OverRates = beyond });
            }
        }
        foreach (var (condition, value, factor) in Factors(entry, provider))
        {
            // A request is in one place; speed is a tier of its own.
            var multiplied = rows.Where(r => condition == PriceConditions.Speed ? r.IsBase : r.When.Request.All(c => c.Key != condition)).ToList();
            rows.AddRange(multiplied.Select(r => r with
            {
                When = new(r.When.Request.Append(KeyValuePair.Create(condition, value)), [], []),
                Rates = Times(r.Rates, factor),
                OverRates = Times(r.OverRates, factor),
            }));
        }
        return rows;
    }

    private static IEnumerable<(string Condition, string Value, decimal Factor)> Factors(JsonElement entry, string provider)
    {
        if (provider == CostProviders.Anthropic && entry.TryGetProperty("provider_specific_entry", out var special) && special.ValueKind == JsonValueKind.Object)
        {
            foreach (var (field, condition) in ((string, string)[])[("fast", PriceConditions.Speed), ("us", PriceConditions.InferenceGeo)])
            {
                if (special.TryGetProperty(field, out var value) && ListedNumbers.Of(value) is > 0 and { } factor)
                {
                    yield return (condition, field, factor);
                }
            }
        }
        foreach (string place in provider == CostProviders.OpenAi ? (string[])["eu", "us"] : [])
        {
            if (entry.TryGetProperty($"regional_processing_uplift_multiplier_{place}", out var value) && ListedNumbers.Of(value) is > 0 and { } factor)
            {
                yield return (PriceConditions.DataResidency, place, factor);
            }
        }
    }

    private static FrozenDictionary<string, decimal> Times(FrozenDictionary<string, decimal> rates, decimal factor) =>
        rates.Where(r => CostKinds.IsToken(r.Key)).ToFrozenDictionary(r => r.Key, r => r.Value * factor);

    private static Dictionary<string, decimal> Rates(JsonElement entry, string name, string end)
    {
        var rates = new Dictionary<string, decimal>();
        foreach (var (field, kind) in Tokens)
        {
            if (entry.TryGetProperty(field + end, out var value) && value.ValueKind != JsonValueKind.Null)
            {
                rates[kind == CostKinds.CacheWrite && name.Contains("claude", StringComparison.Ordinal) ? CostKinds.CacheWrite5m : kind] =
                    ListedNumbers.Of(value, Million) ?? throw new FormatException($"{field}{end} is not a number");
            }
        }
        return rates;
    }

    private static (ContextThreshold?, FrozenDictionary<string, decimal>) Over(JsonElement entry, string name, string end, IReadOnlyDictionary<string, decimal> rates)
    {
        foreach (int size in Thresholds)
        {
            var over = Rates(entry, name, $"_above_{size}k_tokens{end}").Where(r => rates.ContainsKey(r.Key)).ToFrozenDictionary();
            if (over.Count > 0)
            {
                return (new ContextThreshold(size * 1000, Inclusive: false), over);
            }
        }
        return (null, FrozenDictionary<string, decimal>.Empty);
    }

    private static void AddFees(Dictionary<string, decimal> rates, JsonElement entry, string provider, string name, string? mode)
    {
        void Add(string field, string kind, decimal times)
        {
            if (entry.TryGetProperty(field, out var value) && ListedNumbers.Of(value, times) is > 0 and { } rate)
            {
                rates[kind] = rate;
            }
        }
        Add("input_cost_per_query", CostKinds.RerankSearch, Thousand);
        Add("ocr_cost_per_page", CostKinds.DocumentPage, Thousand);
        if (mode == "audio_transcription")
        {
            Add("input_cost_per_second", CostKinds.AudioSecond, CostKinds.Per(CostKinds.AudioSecond));
        }
        // Only where a search costs the same whatever its context's size: the size is not in a response.
        if (entry.TryGetProperty("search_context_cost_per_query", out var search) && search.ValueKind == JsonValueKind.Object
            && search.EnumerateObject().Select(s => ListedNumbers.Of(s.Value, Thousand)).Distinct().ToList() is [> 0 and { } price])
        {
            bool isGemini = provider == CostProviders.Google && !name.Contains("claude", StringComparison.Ordinal);
            rates[!isGemini ? CostKinds.WebSearch : entry.Text("web_search_billing_unit") == "per_query" || name.StartsWith("gemini-3", StringComparison.Ordinal) ? CostKinds.SearchQuery : CostKinds.GroundedPrompt] = price;
        }
    }
}
