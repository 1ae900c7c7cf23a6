using System.Globalization;
using System.Text;
using McpBilling.Costs;
using McpBilling.Costs.Reconciliation;

namespace McpBilling.Tests.Costs.Reconciliation;

/// <summary>A fault of the app that records costs.</summary>
[Flags]
public enum Faults
{
    None = 0,

    /// <summary>A gateway drops the cache-creation fields of Haiku's usage.</summary>
    LostCacheWrites = 1,

    /// <summary>Sonnet's writes for an hour are booked as those for five minutes.</summary>
    WrongTtl = 2,

    /// <summary>An SDK repeats calls of GPT-5 by itself, and tells only of the last.</summary>
    UnloggedRetries = 4,

    /// <summary>GPT-5 mini has no price.</summary>
    UnpricedModel = 8,

    /// <summary>The recorder was down from 13:00 to 14:00.</summary>
    MissingHour = 16,
}

/// <summary>
/// A day of many calls, from a seed: what the providers report of it, in their own formats, and what the ledger knows of it, with the faults. Both are made
/// from the same calls and know nothing of each other.
/// </summary>
public sealed class SyntheticDay
{
    public const string Sonnet = "claude-sonnet-4-5-20250929", Haiku = "claude-haiku-4-5-20251001", Gpt = "gpt-5-2025-08-07", Mini = "gpt-5-mini-2025-08-07";

    /// <summary>2026-11-24.</summary>
    public const long Day = 20_781;

    public const int DownHour = 13;
    private const double RetriedShare = 0.03;

    // Calls of an hour, in relation to each other.
    private static readonly int[] Traffic = [3, 2, 2, 2, 2, 3, 4, 6, 8, 9, 9, 9, 8, 9, 9, 9, 8, 8, 7, 6, 6, 5, 4, 3];

    // US dollars for a million (searches: a thousand).
    private static readonly Dictionary<(string, string), decimal> Rates = new()
    {
        [(Sonnet, CostKinds.Input)] = 3m,
        [(Sonnet, CostKinds.CacheRead)] = 0.3m,
        [(Sonnet, CostKinds.CacheWrite5m)] = 3.75m,
        [(Sonnet, CostKinds.CacheWrite1h)] = 6m,
        [(Sonnet, CostKinds.Output)] = 15m,
        [(Sonnet, CostKinds.WebSearch)] = 10m,
        [(Haiku, CostKinds.Input)] = 1m,
        [(Haiku, CostKinds.CacheRead)] = 0.1m,
        [(Haiku, CostKinds.CacheWrite5m)] = 1.25m,
        [(Haiku, CostKinds.CacheWrite1h)] = 2m,
        [(Haiku, CostKinds.Output)] = 5m,
        [(Gpt, CostKinds.Input)] = 1.25m,
        [(Gpt, CostKinds.CacheRead)] = 0.125m,
        [(Gpt, CostKinds.Output)] = 10m,
        [(Mini, CostKinds.Input)] = 0.25m,
        [(Mini, CostKinds.CacheRead)] = 0.025m,
        [(Mini, CostKinds.Output)] = 2m,
    };

    private readonly SortedDictionary<(int Hour, string Model, string Kind), decimal> reported = [];
    private readonly SortedDictionary<(int Hour, string Model), long> requests = [];
    private readonly SortedDictionary<(int Hour, string Model, string Kind), (long Events, decimal Quantity, decimal Cost)> recorded = [];
    private long unpriced;

    public SyntheticDay(int calls, int seed, Faults faults)
    {
        var random = new Random(seed);
        for (int i = 0; i < calls; i++)
        {
            int hour = HourOf(random.Next(Traffic.Sum()));
            string model = (i % 4) switch { 0 => Sonnet, 1 => Haiku, 2 => Gpt, _ => Mini };
            var uses = Call(model, random);
            bool repeated = random.NextDouble() < RetriedShare && model == Gpt && faults.HasFlag(Faults.UnloggedRetries);
            for (int attempt = 0; attempt < (repeated ? 2 : 1); attempt++)
            {
                requests[(hour, model)] = requests.GetValueOrDefault((hour, model)) + 1;
                foreach (var (kind, quantity) in uses)
                {
                    reported[(hour, model, kind)] = reported.GetValueOrDefault((hour, model, kind)) + quantity;
                }
            }
            if (!faults.HasFlag(Faults.MissingHour) || hour != DownHour)
            {
                Record(hour, model, uses, faults);
            }
        }
    }

    public CostLedger Ledger(string provider) => new(
        provider,
        [.. recorded.Where(r => ProviderOf(r.Key.Model) == provider).Select(r => new LedgerLine(Day * 24 + r.Key.Hour, r.Key.Model, r.Key.Kind, false, r.Value.Events, r.Value.Quantity, r.Value.Cost))],
        unpriced > 0 && provider == "openai" ? [new LedgerUnpriced(Day, Mini, unpriced)] : [],
        []);

    /// <summary>Anthropic's usage_report/messages.</summary>
    public string AnthropicUsage(bool byHour) => Page(byHour, "starting_at", hour => Quote(Time(hour)), "ending_at", hours => string.Join(',', Models("anthropic").Select(m => $$$"""
        {"model":"{{{m}}}","service_tier":"standard","uncached_input_tokens":{{{Sum(hours, m, CostKinds.Input)}}},"cache_read_input_tokens":{{{Sum(hours, m, CostKinds.CacheRead)}}},"cache_creation":{"ephemeral_5m_input_tokens":{{{Sum(hours, m, CostKinds.CacheWrite5m)}}},"ephemeral_1h_input_tokens":{{{Sum(hours, m, CostKinds.CacheWrite1h)}}}},"output_tokens":{{{Sum(hours, m, CostKinds.Output)}}},"server_tool_use":{"web_search_requests":{{{Sum(hours, m, CostKinds.WebSearch)}}}}}
        """)));

    /// <summary>OpenAI's organization/usage/completions; cached tokens are inside input_tokens.</summary>
    public string OpenAiUsage(bool byHour) => Page(byHour, "start_time", hour => Seconds(hour), "end_time", hours => string.Join(',', Models("openai").Select(m => $$"""
        {"object":"organization.usage.completions.result","model":"{{m}}","batch":false,"input_tokens":{{Sum(hours, m, CostKinds.Input) + Sum(hours, m, CostKinds.CacheRead)}},"input_cached_tokens":{{Sum(hours, m, CostKinds.CacheRead)}},"output_tokens":{{Sum(hours, m, CostKinds.Output)}},"num_model_requests":{{hours.Sum(h => requests.GetValueOrDefault((h, m)))}}}
        """)));

    /// <summary>Anthropic's cost_report, in cents; searches have no model.</summary>
    public string AnthropicCosts() => Page(false, "starting_at", hour => Quote(Time(hour)), "ending_at", hours => string.Join(',', Kinds("anthropic").Select(k => k.Kind == CostKinds.WebSearch
        ? $$"""{"amount":"{{Dollars(hours, k) * 100}}","currency":"USD","cost_type":"web_search","model":null,"token_type":null}"""
        : $$"""{"amount":"{{Dollars(hours, k) * 100}}","currency":"USD","cost_type":"tokens","model":"{{k.Model}}","token_type":"{{TokenType(k.Kind)}}","service_tier":"standard"}""")));

    /// <summary>OpenAI's organization/costs by line item.</summary>
    public string OpenAiCosts() => Page(false, "start_time", hour => Seconds(hour), "end_time", hours => string.Join(',', Kinds("openai").Select(k => $$"""
        {"object":"organization.costs.result","amount":{"value":{{Dollars(hours, k)}},"currency":"usd"},"line_item":"{{k.Model}}, {{(k.Kind == CostKinds.CacheRead ? "cached input" : k.Kind)}}","project_id":null}
        """)));

    private void Record(int hour, string model, IEnumerable<(string Kind, decimal Quantity)> uses, Faults faults)
    {
        bool hasPrice = model != Mini || !faults.HasFlag(Faults.UnpricedModel);
        unpriced += hasPrice ? 0 : 1;
        foreach (var (used, quantity) in uses)
        {
            if (model == Haiku && faults.HasFlag(Faults.LostCacheWrites) && (used is CostKinds.CacheWrite5m or CostKinds.CacheWrite1h))
            {
                continue;
            }
            string kind = model == Sonnet && faults.HasFlag(Faults.WrongTtl) && used == CostKinds.CacheWrite1h ? CostKinds.CacheWrite5m : used;
            var (events, sum, cost) = recorded.GetValueOrDefault((hour, model, kind));
            recorded[(hour, model, kind)] = (events + 1, sum + quantity, cost + (hasPrice ? quantity * Rates[(model, kind)] / CostKinds.Per(kind) : 0));
        }
    }

    private static List<(string Kind, decimal Quantity)> Call(string model, Random random)
    {
        List<(string, decimal)> uses = [(CostKinds.Input, random.Next(200, 4_000)), (CostKinds.Output, random.Next(50, 1_200))];
        if (random.Next(2) == 0)
        {
            uses.Add((CostKinds.CacheRead, random.Next(1_000, 20_000)));
        }
        if (model is Sonnet or Haiku && random.Next(4) == 0)
        {
            uses.Add((random.Next(2) == 0 ? CostKinds.CacheWrite5m : CostKinds.CacheWrite1h, random.Next(1_000, 9_000)));
        }
        if (model == Sonnet && random.Next(50) == 0)
        {
            uses.Add((CostKinds.WebSearch, 1));
        }
        return uses;
    }

    private static string Page(bool byHour, string begins, Func<int, string> time, string ends, Func<int[], string> results)
    {
        var page = new StringBuilder("""{"object":"page","data":[""");
        int width = byHour ? 1 : 24;
        for (int hour = 0; hour < 24; hour += width)
        {
            page.Append(CultureInfo.InvariantCulture, $$"""{{(hour > 0 ? "," : "")}}{"{{begins}}":{{time(hour)}},"{{ends}}":{{time(hour + width)}},"results":[{{results([.. Enumerable.Range(hour, width)])}}]}""");
        }
        return page.Append("""],"has_more":false,"next_page":null}""").ToString();
    }

    private static int HourOf(int ticket)
    {
        int hour = 0;
        while (ticket >= Traffic[hour])
        {
            ticket -= Traffic[hour++];
        }
        return hour;
    }

    private decimal Sum(int[] hours, string model, string kind) => hours.Sum(h => reported.GetValueOrDefault((h, model, kind)));

    private decimal Dollars(int[] hours, (string Model, string Kind) of) => Sum(hours, of.Model, of.Kind) * Rates[of] / CostKinds.Per(of.Kind);

    private static string ProviderOf(string model) => model.StartsWith("claude", StringComparison.Ordinal) ? "anthropic" : "openai";

    private static string[] Models(string provider) => provider == "anthropic" ? [Sonnet, Haiku] : [Gpt, Mini];

    private IEnumerable<(string Model, string Kind)> Kinds(string provider) => reported.Keys.Select(k => (k.Model, k.Kind)).Distinct().Where(k => ProviderOf(k.Model) == provider);

    private static string TokenType(string kind) => kind switch
    {
        CostKinds.Input => "uncached_input_tokens",
        CostKinds.CacheRead => "cache_read_input_tokens",
        CostKinds.CacheWrite5m => "cache_creation.ephemeral_5m_input_tokens",
        CostKinds.CacheWrite1h => "cache_creation.ephemeral_1h_input_tokens",
        _ => "output_tokens",
    };

    private static string Time(int hour) => UtcDays.StartOf(Day).ToDateTimeOffset().AddHours(hour).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Seconds(int hour) => UtcDays.StartOf(Day).ToDateTimeOffset().AddHours(hour).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    private static string Quote(string text) => $"\"{text}\"";
}
