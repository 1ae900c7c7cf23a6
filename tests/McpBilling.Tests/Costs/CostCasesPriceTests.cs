using System.Text.Json.Nodes;
using McpBilling.Costs;
using McpBilling.Money;
using static McpBilling.Tests.Costs.Readings;

namespace McpBilling.Tests.Costs;

/// <summary>The worked cases of ../shared/data, priced from their own quantities: what the price book has to do with them. The readers are tested beside it.</summary>
public class CostCasesPriceTests
{
    [Fact]
    public void Every_line_of_the_worked_cases_comes_out_to_the_last_digit()
    {
        var cases = JsonNode.Parse(File.ReadAllText(Needs.Shared("data/cost_cases.json")))!["cases"]!.AsArray();
        Assert.True(cases.Count >= 60, $"only {cases.Count} cases");
        Assert.Empty(cases.Select(c => Failure(c!.AsObject())).OfType<string>());
    }

    private static string? Failure(JsonObject given)
    {
        var expected = given["expected"]!;
        string model = (string)given["model"]!;
        var items = expected["line_items"]!.AsArray().Select(l => l!.AsObject()).ToList();
        var reading = Of("", Context(given["flags"]!.AsObject())) with
        {
            State = (string)expected["status"]! == "incomplete" ? ReadingState.Partial : ReadingState.Complete,
            Uses =
            [
                .. items.Select((l, i) => new MeteredUse((string)l["kind"]!, decimal.Parse((string)l["quantity"]!))
                {
                    Model = (string?)l["model"] is { } other && other != model ? other : null,
                    Part = l["attempt_id"] is null && l["iteration"] is null ? null : i / 2,
                }),
            ],
        };
        var cost = PriceBook.Shipped.Price((string)given["provider"]!, model, At((string)given["at"]!), reading);
        string Shown(IEnumerable<string> lines) => string.Join(", ", lines);
        string wanted = $"{expected["status"]} {Plain((string?)expected["cost_usd"])}: {Shown(items.Select(l => $"{l["kind"]} {l["quantity"]} {Plain((string?)l["rate_usd"])}/{l["per"]} {Plain((string?)l["amount_usd"])}"))}";
        string found = $"{cost.Status.ToString().ToLowerInvariant()} {Plain(cost.Amount)}: {Shown(cost.Lines.Select(l => $"{l.Kind} {Quantity.Format(l.Quantity)} {Plain(l.Rate)}/{l.Per} {Plain(l.Amount)}"))}";
        return wanted == found ? null : $"{given["id"]}: {found} instead of {wanted}; {cost.Reason}";
    }

    [Fact]
    public void Every_row_of_the_shared_price_book_is_shipped()
    {
        var rows = JsonNode.Parse(File.ReadAllText(Needs.Shared("data/cost_pricebook.json")))!["rows"]!.AsArray().Select(r => r!.AsObject()).ToList();
        Assert.True(rows.Count >= 75, $"only {rows.Count} rows");
        var missing =
            from row in rows
            where row["rates"] is not null && row["when"]?["utc_windows"] is null
            let shipped = PriceBook.Shipped.RowsOf((string)row["provider"]!, (string)row["model"]!).FirstOrDefault(r =>
                r.Model == (string)row["model"]! && (r.EffectiveFrom == Instant.Beginning ? null : r.EffectiveFrom.ToString()) == (string?)row["effective_from"]
                && (r.EffectiveTo == Instant.Never ? null : r.EffectiveTo.ToString()) == (string?)row["effective_to"]
                && r.When.Request.Length == (row["when"]?.AsObject().Count ?? 0) && r.When.Request.All(c => row["when"]![c.Key]?.ToString() == c.Value)
                && string.Equals(r.Status.ToString(), (string)row["status"]!, StringComparison.OrdinalIgnoreCase))
            where shipped is null || !Holds(shipped.Rates, row["rates"]) || !Holds(shipped.OverRates, row["over_threshold_rates"])
                || (row["context_threshold"] is { } t && (shipped.Threshold?.Tokens != (long)t["tokens"]! || shipped.Threshold.Inclusive != ((string)t["op"]! == "gte")))
            select row.ToJsonString();
        Assert.Empty(missing);

        static bool Holds(IReadOnlyDictionary<string, decimal> rates, JsonNode? wanted) =>
            wanted?.AsObject().All(w => rates.TryGetValue(w.Key, out decimal rate) && rate == decimal.Parse((string)w.Value!)) ?? true;
    }

    [Fact]
    public void The_recorded_payloads_cost_what_was_computed_for_them()
    {
        var payloads = JsonNode.Parse(File.ReadAllText(Needs.Shared("data/cost_payloads_recorded.json")))!["payloads"]!.AsArray();
        Assert.True(payloads.Count >= 215, $"only {payloads.Count} payloads");
        Assert.Empty(payloads.Select(p => RecordedFailure(p!.AsObject())).OfType<string>());
    }

    /// <summary>A time whose prices they were computed with: after o3 became cheaper, before mistral-medium-latest moved, deepseek rose and gpt-5.6-sol fell.</summary>
    private const string Recorded = "2026-06-01T00:00:00Z";

    private static string? RecordedFailure(JsonObject given)
    {
        var usage = given["normalized_usage"]!.AsObject();
        decimal Count(string name) => (decimal?)usage[name] ?? 0;
        // Totals there contain their parts; kinds here are disjoint.
        decimal read = Count("cache_read_tokens"), fiveMinutes = Count("cache_write_5m_tokens"), written = Count("cache_write_tokens") - fiveMinutes, audio = Count("input_audio_tokens"), image = Count("output_image_tokens");
        (string, decimal)[] uses =
        [
            ("input", Count("input_tokens") - read - written - fiveMinutes - audio), ("cache_read", read), ("cache_write", written), ("cache_write_5m", fiveMinutes), ("input_audio", audio),
            ("output", Count("output_tokens") - image), ("output_image", image),
        ];
        string model = (string)given["model"]!;
        var reading = Of("") with { Uses = [.. uses.Where(u => u.Item2 > 0).Select(u => new MeteredUse(u.Item1, u.Item2))], Model = model };
        var cost = PriceBook.Shipped.Price((string)given["provider"]!, model, At(Recorded), reading);
        return cost.Amount == decimal.Parse((string)given["tokens_cost_usd"]!, System.Globalization.NumberStyles.Float) ? null : $"{model} {usage.ToJsonString()}: {Text(cost)} instead of {given["tokens_cost_usd"]}; {cost.Reason}";
    }

    private static PriceContext Context(JsonObject flags) => new()
    {
        Batch = (bool?)flags["batch"] ?? false,
        ServiceTier = (string?)flags["service_tier"],
        RequestedServiceTier = (string?)flags["requested_service_tier"],
        Speed = (string?)flags["speed"],
        InferenceGeo = (string?)flags["inference_geo"],
        DataResidency = (string?)flags["data_residency"],
        Deployment = (string?)flags["deployment"],
        GroundingUnit = (string?)flags["grounding_unit"],
    };

    private static string Plain(decimal? value) => value is { } v ? Quantity.Format(v) : "null";

    private static string Plain(string? value) => value is null ? "null" : Quantity.Format(decimal.Parse(value));
}
