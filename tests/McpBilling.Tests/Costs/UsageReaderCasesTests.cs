using System.Globalization;
using System.Text.Json;
using McpBilling.Costs;
using McpBilling.Costs.UsageReaders;
using McpBilling.Money;

namespace McpBilling.Tests.Costs;

/// <summary>Every response of the shared data read: kinds and quantities as expected there, whichever way the response is sent.</summary>
public class UsageReaderCasesTests
{
    [Fact]
    public void Every_worked_case_gives_its_kinds_and_quantities()
    {
        var cases = CostCases.Cases();
        var wrong = cases.Select(c => (Id: c.Text("id"), Found: CostCases.Shown(CostCases.Readings(c)), Expected: Expected(c))).Where(c => c.Found != c.Expected)
            .Select(c => $"{c.Id}: {c.Found} instead of {c.Expected}").ToList();
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
        Assert.True(cases.Count >= 65, $"only {cases.Count} cases");
    }

    [Fact]
    public void Every_worked_case_is_complete_but_for_the_stream_that_was_cut_off() =>
        Assert.All(CostCases.Cases(), c => Assert.All(CostCases.Readings(c), r =>
            Assert.Equal(c.GetProperty("expected").Text("status") == "incomplete" ? ReadingState.Partial : ReadingState.Complete, r.State)));

    [Fact]
    public void Only_a_cache_write_without_a_lifetime_is_assumed() =>
        Assert.Equal(["anth-no-ttl-breakdown"], CostCases.Cases().Where(c => CostCases.Readings(c).Any(r => r.Uses.Any(u => u.Assumed))).Select(c => c.Text("id")));

    [Fact]
    public void Usage_sent_alone_reads_as_within_its_response()
    {
        foreach (var given in CostCases.Cases().Where(c => c.Text("api") is not (AllUsageReaders.Sequence or "cohere.embed" or "anthropic.messages.stream")))
        {
            var reader = AllUsageReaders.Find(given.Text("api"));
            var whole = reader.Read(given.GetProperty("response"), CostCases.Told(given));
            var alone = reader.ReadUsage(given.GetProperty("response").GetProperty(reader.UsageField), CostCases.Told(given));
            // Searches are counted in the output, not in the usage.
            Assert.Equal(CostCases.Shown([whole with { Uses = [.. whole.Uses.Where(u => u.Kind is not (CostKinds.WebSearch or CostKinds.GroundedPrompt))] }]),
                CostCases.Shown([alone with { Uses = [.. alone.Uses.Where(u => u.Kind is not (CostKinds.WebSearch or CostKinds.GroundedPrompt))] }]));
        }
    }

    [Fact]
    public void A_response_tells_which_API_it_came_from()
    {
        // Shapes that several providers share go by the provider; the rest, and who is missing here, cannot be told from one another.
        string[] alike = ["anthropic.messages.stream", "openai.batch_line", "groq.batch_line", "anthropic.batch_line", "anthropic.messages.iterations", "voyage.embeddings", "openai.images"];
        foreach (var given in CostCases.Cases().Where(c => !alike.Contains(c.Text("api")) && c.Text("api") != AllUsageReaders.Sequence))
        {
            Assert.Equal((given.Text("id"), given.Text("api")), (given.Text("id"), ResponseShape.ApiOf(given.GetProperty("response"), given.Text("provider"))));
        }
    }

    [Fact]
    public void Every_worked_case_costs_what_it_must_to_the_last_digit()
    {
        var wrong = new List<string>();
        foreach (var given in CostCases.Cases())
        {
            var expected = given.GetProperty("expected");
            var costs = CostCases.Readings(given).Select(r => PriceBook.Shipped.Price(given.Text("provider"), given.Text("model"), Readings.At(given.Text("at")), r)).ToList();
            string found = $"{costs[0].Status} {Text(costs.Any(c => c.Amount is null) ? null : costs.Sum(c => c.Amount!.Value))}: "
                + Sorted(costs.SelectMany(c => c.Lines).Select(l => $"{l.Kind} {Text(l.Quantity)} × {Text(l.Rate)} / {Text(l.Per)} = {Text(l.Amount)}"));
            string wanted = $"{expected.Text("status")} {Text(expected, "cost_usd")}: "
                + Sorted(expected.GetProperty("line_items").EnumerateArray().Select(l => $"{l.Text("kind")} {Text(l, "quantity")} × {Text(l, "rate_usd")} / {Text(l, "per")} = {Text(l, "amount_usd")}"));
            if (!string.Equals(found, wanted, StringComparison.OrdinalIgnoreCase))
            {
                wrong.Add($"{given.Text("id")}: {found} instead of {wanted}; {costs[0].Reason}");
            }
        }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    [Fact]
    public void Every_recorded_response_costs_what_was_computed_for_it()
    {
        var wrong = new List<string>();
        foreach (var given in CostCases.Recorded())
        {
            var reading = AllUsageReaders.Find(given.Text("api")).Read(given.GetProperty("payload"), PriceContext.None);
            // Tokens of the top level: what the other project computed knows no tool fees and no iterations.
            var cost = PriceBook.Shipped.Price(given.Text("provider"), given.Text("model"), Readings.At("2026-06-01T00:00:00Z"),
                reading with { Uses = [.. reading.Uses.Where(u => CostKinds.IsToken(u.Kind) && u.Part is null)] });
            if (cost.Amount != decimal.Parse(given.Text("tokens_cost_usd"), NumberStyles.Float))
            {
                wrong.Add($"{given.GetProperty("payload")}: {Readings.Text(cost)} instead of {given.Text("tokens_cost_usd")}; {cost.Reason}");
            }
        }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    [Fact]
    public void Every_recorded_response_gives_what_its_usage_was_read_as_there()
    {
        var recorded = CostCases.Recorded();
        var wrong = recorded.Select(p => (p, Reading: AllUsageReaders.Find(p.Text("api")).Read(p.GetProperty("payload"), PriceContext.None)))
            .Where(p => p.Reading.State != ReadingState.Complete || Input(p.Reading) != Normalized(p.p, "input_tokens") || Output(p.Reading) != Normalized(p.p, "output_tokens")
                || Of(p.Reading, CostKinds.CacheRead) + Of(p.Reading, CostKinds.CacheReadAudio) != Normalized(p.p, "cache_read_tokens")
                || Of(p.Reading, CostKinds.CacheWrite) + Of(p.Reading, CostKinds.CacheWrite5m) + Of(p.Reading, CostKinds.CacheWrite1h) != Normalized(p.p, "cache_write_tokens")
                || Of(p.Reading, CostKinds.OutputImage) != Normalized(p.p, "output_image_tokens") || Of(p.Reading, CostKinds.InputAudio) != Normalized(p.p, "input_audio_tokens"))
            .Select(p => $"{p.p.GetProperty("payload")} read as {CostCases.Shown([p.Reading])} instead of {p.p.GetProperty("normalized_usage")}").ToList();
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
        Assert.True(recorded.Count >= 215, $"only {recorded.Count} recorded");
    }

    private static string Expected(JsonElement given) => string.Join(", ", given.GetProperty("expected").GetProperty("line_items").EnumerateArray().Select(line =>
        // A line names its model where it differs from the response's.
        CostCases.Shown(line.Text("kind"), decimal.Parse(line.Text("quantity")), line.TryGetProperty("model", out var model) && model.GetString() != given.Text("model") ? model.GetString() : null))
        .Order(StringComparer.Ordinal));

    private static string Sorted(IEnumerable<string> lines) => string.Join(", ", lines.Order(StringComparer.Ordinal));

    private static string Text(decimal? value) => value is { } number ? Quantity.Format(number) : "unknown";

    private static string Text(JsonElement of, string name) => Text(of.GetProperty(name).GetString() is { } text ? decimal.Parse(text) : null);

    // What its iterations bill beside the usage, the other project did not read.
    private static decimal Of(UsageReading reading, string kind) => reading.Uses.Where(u => u.Kind == kind && u.Part is null).Sum(u => u.Quantity);

    private static decimal Input(UsageReading reading) => reading.ContextTokens;

    private static decimal Output(UsageReading reading) => Of(reading, CostKinds.Output) + Of(reading, CostKinds.OutputAudio) + Of(reading, CostKinds.OutputImage);

    private static decimal Normalized(JsonElement recorded, string name) => recorded.GetProperty("normalized_usage").TryGetProperty(name, out var found) ? found.GetDecimal() : 0;
}
