using System.Text.Json;
using CsCheck;
using McpBilling.Catalog;
using McpBilling.Costs;
using McpBilling.Costs.Imports;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Tests.Costs;

/// <summary>Exports of gateways and plain logs, written by hand after their documented formats (tests/fixtures/costs), with what each record costs.</summary>
public class CostFileTests
{
    private static readonly string[] Junk = ["", "\"", "}", "-1", "null", "{", "9e99", "\\ud800"];

    private static readonly Instant Now = Readings.At("2026-11-25T00:00:00Z");

    [Fact]
    public void Helicones_export_costs_what_the_provider_billed() => Assert.Equal(
    [
        "1 anna openai:chatcmpl-h1 openai.chat 0.00178",
        "2 bob helicone:7f0e0c4e-0002-4000-8000-0000000000a2 call.quantity 0.12058065",
        "3 left out: Helicone's cache answered: no provider was called",
        "4 left out: the call failed before anything was billed",
        "5 wrong: prompt_tokens must be a whole number from 0.",
        "6 wrong: not a JSON object",
        "7 unattributed helicone:7f0e0c4e-0006-4000-8000-0000000000a6 call.quantity 0.0075",
    ], Shown("helicone.jsonl", "helicone"));

    [Fact]
    public void A_named_field_tells_the_customer_and_the_gateways_user_is_the_customers() => Assert.Equal(
    [
        "2 carl helicone:7f0e0c4e-0007-4000-8000-000000000007 call.quantity 0.0075 end user user-7",
        "4 wrong: request_created_at must be a time such as 2026-11-24T10:00:00Z, or Unix seconds.",
    ], Shown("helicone.csv", "helicone", new ImportSettings { CustomerField = "request_properties.customer" }));

    [Fact]
    public void LiteLLMs_spend_logs_are_keyed_by_the_providers_id_and_have_cached_tokens_in_their_usage_object() => Assert.Equal(
    [
        "1 anna openai:chatcmpl-l1 call.quantity 0.0025 session s-2",
        "2 unattributed anthropic:msg_l2 call.quantity 0.13058065",
        "3 left out: LiteLLM's cache answered: no provider was called",
        "4 left out: the call failed before anything was billed",
        "5 wrong: startTime is missing: costs are priced by the time of their request.",
    ], Shown("litellm.json", "litellm"));

    [Fact]
    public void Langfuses_kinds_are_disjoint_unless_their_total_says_otherwise() => Assert.Equal(
    [
        "1 anna langfuse:obs-1 call.quantity 0.0025 session s-3",
        "2 bob langfuse:obs-2 call.quantity 0.042087",
        "3 bob langfuse:obs-3 call.quantity 0.0025",
        "4 left out: no call of a model: it has no model or no usage",
        "5 wrong: startTime must be a time such as 2026-11-24T10:00:00Z, or Unix seconds.",
        "6 wrong: provider is missing, and the model does not tell it; name one with --provider.",
    ], Shown("langfuse.jsonl", "langfuse"));

    [Fact]
    public void Plain_responses_find_their_customer_in_the_providers_own_fields()
    {
        var lines = Shown("raw.jsonl", "raw");
        Assert.Equal(
        [
            "1 anna openai:chatcmpl-h1 openai.chat 0.00178 end user u-1",
            "2 bob openai:resp_r2 openai.responses 0.0075",
            "3 carl anthropic:msg_r3 anthropic.messages 0.052087",
            "4 anna openai:chatcmpl-a1 openai.chat 0.0075 op_1/1",
            "4 anna openai:chatcmpl-a2 openai.chat 0.0073 op_1/2",
            "5 unattributed openai:chatcmpl-b1 openai.batch_line 0.00003123",
        ], lines[..6]);
        Assert.StartsWith("6 wrong: response.usage.prompt_tokens_details.cached_tokens is the number 11", lines[6], StringComparison.Ordinal);
        Assert.Contains("Did you mean \"openai.chat\"?", lines[7], StringComparison.Ordinal);
        Assert.StartsWith("8 wrong: customer_id is no customer's id", lines[8], StringComparison.Ordinal);
        Assert.StartsWith("9 wrong: requested_at is missing", lines[9], StringComparison.Ordinal);
    }

    [Fact]
    public void A_gateways_log_and_the_apps_own_report_of_one_response_are_one_cost()
    {
        var gateway = Read("helicone.jsonl", "helicone")[0].Draft!;
        var app = Read("raw.jsonl", "raw")[0].Draft!;
        Assert.Equal((gateway.Event.Id, gateway.InputHash), (app.Event.Id, app.InputHash));
    }

    [Theory]
    [InlineData("helicone.jsonl", "helicone")]
    [InlineData("langfuse.jsonl", "langfuse")]
    [InlineData("litellm.json", "litellm")]
    [InlineData("raw.jsonl", "raw")]
    public void Nothing_of_a_prompt_or_an_answer_is_in_what_is_recorded(string file, string format) =>
        Assert.All(Read(file, format), i => Assert.DoesNotContain("must not be kept", i.Draft is { } draft ? JsonSerializer.Serialize(new { draft.Event, draft.Reading }) : i.Problem ?? "", StringComparison.Ordinal));

    [Fact]
    public void An_unknown_format_is_refused_with_the_nearest_name() =>
        Assert.Contains("Did you mean \"langfuse\"?", Assert.Throws<BillingException>(() => CostFile.Read(new StringReader("{}"), "langfus", new ImportSettings())).Detail, StringComparison.Ordinal);

    [Theory]
    [InlineData("[{\"a\":1}", "not JSON")]
    [InlineData("a,b\n1,\"2", "not closed")]
    public void A_file_that_is_nothing_is_refused_as_a_whole(string text, string words) =>
        Assert.Contains(words, Assert.Throws<FormatException>(() => CostFile.Read(new StringReader(text), "raw", new ImportSettings()).ToList()).Message, StringComparison.Ordinal);

    [Fact]
    public void An_empty_file_has_no_costs() => Assert.Empty(CostFile.Read(new StringReader(" \n"), "raw", new ImportSettings()));

    // Any damage to a line is the line's: named, or read as what it has become; never an exception that ends the file.
    [Fact]
    public void A_damaged_line_holds_back_no_other()
    {
        var files = new[] { ("helicone.jsonl", "helicone"), ("langfuse.jsonl", "langfuse"), ("raw.jsonl", "raw") }.Select(f => (Lines: File.ReadAllLines(PathOf(f.Item1)), Format: f.Item2)).ToArray();
        Gen.Select(Gen.Int[0, files.Length - 1], Gen.Int[0, 8], Gen.Int[0, 2_000], Gen.Int[0, Junk.Length - 1]).Sample((at, line, place, junk) =>
        {
            var (lines, format) = files[at];
            string good = lines[0];
            string damaged = lines[line % lines.Length];
            place %= damaged.Length;
            damaged = "{" + damaged[1..].Remove(Math.Max(0, place - 1), place == 0 ? 0 : 1).Insert(Math.Max(0, place - 1), Junk[junk]).ReplaceLineEndings("");
            var read = CostFile.Read(new StringReader(good + "\n" + damaged + "\n" + good), format, new ImportSettings()).ToList();
            Assert.NotNull(read[0].Cost);
            Assert.NotNull(read[^1].Cost);
            Assert.Equal(3, read[^1].Line);
        }, iter: 1_000);
    }

    private static string[] Shown(string file, string format, ImportSettings? settings = null) => [.. Read(file, format, settings).Select(i =>
    {
        if (i.Draft is not { } draft)
        {
            return $"{i.Line} {(i.Skipped is { } reason ? "left out: " + reason : "wrong: " + i.Problem)}";
        }
        var priced = draft.Price(PriceBook.Shipped, FailurePolicy.Attribute, Now);
        string more = (priced.Subject?.EndUser is { } user ? $" end user {user}" : "") + (format != "helicone" && priced.Subject?.Session is { } session ? $" session {session}" : "")
            + (format == "raw" && priced.OperationId is { } operation ? $" {operation}/{priced.Attempt}" : "");
        return $"{i.Line} {i.Cost!.CustomerId} {priced.Id} {priced.Api} {(priced.Cost.Amount is { } amount ? Quantity.Format(amount) : priced.Cost.Status.ToString())}{more}";
    })];

    private static List<ImportedCost> Read(string file, string format, ImportSettings? settings = null)
    {
        using var text = File.OpenText(PathOf(file));
        return [.. CostFile.Read(text, format, settings ?? new ImportSettings())];
    }

    private static string PathOf(string file) => Path.Combine(Needs.RepositoryFolder, "tests", "fixtures", "costs", file);
}
