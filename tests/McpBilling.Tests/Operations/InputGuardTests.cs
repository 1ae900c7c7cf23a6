using System.Text;
using System.Text.Json;
using McpBilling.Catalog;
using McpBilling.Operations;

namespace McpBilling.Tests.Operations;

public class InputGuardTests
{
    private static readonly InputSchema Price = JsonSchemas.ForInput(BillingJson.Default.DefinePriceInput);
    private static readonly InputSchema Meter = JsonSchemas.ForInput(BillingJson.Default.DefineMeterInput);

    /// <summary>A field of a price, its value, and what is said about it; null: it passes.</summary>
    public static TheoryData<string, string, string?> Fields => new()
    {
        { "unit_price", "\"0.04\"", null },
        { "unit_price", "0.04", null },
        { "unit_price", "4e-2", null },
        { "unit_price", "null", null },
        { "unit_price", "\"NaN\"", "must be a decimal number such as \"12.50\", but is the text \"NaN\"" },
        { "unit_price", "\"Infinity\"", "must be a decimal number" },
        { "unit_price", "\"1e3\"", "must be a decimal number" },
        { "unit_price", "\"0,04\"", "must be a decimal number" },
        { "unit_price", "\"$4\"", "must be a decimal number" },
        { "unit_price", "\"\"", "must be a decimal number" },
        { "unit_price", "\"0.0000000000001\"", "more than 12 digits" },
        { "unit_price", "0.0000000000001", "more than 12 digits" },
        { "unit_price", "\"1000000000000000.1\"", "beyond 10^15" },
        { "unit_price", "1e400", "must be a decimal number" },
        { "unit_price", "true", "must be a decimal number such as \"12.50\", but is true" },
        { "unit_price", "[]", "but is a list" },
        { "max_per_period", "null", null },
        { "max_per_period", "\"x\"", "must be a decimal number" },
        { "period", "\"day\"", null },
        { "period", "\"monht\"", "must be one of month, day, event, ever" },
        { "period", "1", "must be one of month, day, event, ever, but is the number 1" },
        { "period", "null", null },
        { "free_events", "3", null },
        { "free_events", "-1", "must be a whole number from 0" },
        { "free_events", "1.5", "must be a whole number" },
        { "free_events", "99999999999999999999", "must be a whole number" },
        { "free_events", "\"3\"", null },
        { "free_events", "\"x\"", "must be a whole number, but is the text" },
        { "carry", "\"yes\"", "must be true or false" },
        { "carry", "null", null },
        { "tiers", "{}", "must be a list" },
        { "tiers", "[{\"up_to\":\"x\"}]", "must be a decimal number" },
        { "tiers", "[null]", "must be an object, but is null" },
        { "effective_at", "\"2026-11-24T10:00:00Z\"", null },
        { "effective_at", "\"2026-11-24\"", "RFC 3339" },
        { "effective_at", "\"2026-11-24T10:00:00\"", "RFC 3339" },
        { "effective_at", "0", "must be a text" },
        { "where", "{\"model\":[\"flux\"]}", null },
        { "where", "{\"model\":\"flux\"}", "must be a list, but is the text \"flux\"" },
        { "where", "{\"n\":[4]}", "must be a text, but is the number 4" },
        { "model", "\"flat\\u0000\"", "control character" },
        { "model", "\"\\ud800\"", "surrogate" },
        { "price", "\"0.04\"", "is not a known field" },
    };

    [Theory]
    [MemberData(nameof(Fields))]
    public void A_field_passes_or_is_refused_in_words(string field, string value, string? message)
    {
        var input = Parse($$"""{"id":"p","product":"x","meter":"m","asset":"usd","{{(field == "model" ? "model_" : "model")}}":"flat","{{field}}":{{value}}}""".Replace("\"model_\":\"flat\",", "", StringComparison.Ordinal));
        var problems = InputGuard.Check(input, Price);
        if (message is null)
        {
            Assert.Empty(problems);
            Assert.NotNull(InputGuard.WithoutNulls(input, Price).Deserialize(BillingJson.Default.DefinePriceInput));
            return;
        }
        var problem = Assert.Single(problems);
        Assert.StartsWith("/" + field, problem.Pointer);
        Assert.Contains(message, problem.Message);
    }

    [Fact]
    public void Every_problem_is_reported_with_its_place_and_fix()
    {
        var problems = InputGuard.Check(Parse("""{"id":7,"evnt_type":"a","aggregation":"summ","filter":{"a/b":[1]},"dry_run":"no"}"""), Meter);
        Assert.Equal(["/id", "/evnt_type", "/aggregation", "/filter/a~1b/0", "/dry_run", "/event_type"], problems.Select(p => p.Pointer));
        Assert.Equal("Did you mean \"event_type\"?", problems[1].Hint);
        Assert.Equal("Did you mean \"sum\"?", problems[2].Hint);
        var refusal = InputGuard.Refusal(problems);
        Assert.Equal(ErrorCode.InvalidRequest, refusal.Code);
        Assert.Equal("id", refusal.Field);
        Assert.All(problems, p => Assert.Contains(p.Message, refusal.Detail));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"{}\"")]
    [InlineData("7")]
    public void An_input_that_is_no_object_is_refused(string json) => Assert.Equal("", Assert.Single(InputGuard.Check(Parse(json), Price)).Pointer);

    [Fact]
    public void A_doubled_field_is_refused()
    {
        using var document = JsonDocument.Parse("""{"id":"a","id":"b","event_type":"e","aggregation":"count"}""");
        Assert.Contains("twice", Assert.Single(InputGuard.Check(document.RootElement, Meter)).Message);
    }

    [Theory]
    [InlineData("id", "a\\nb", "control character")]
    [InlineData("event_type", "a\\tb", "control character")]
    [InlineData("event_type", "", "is empty")]
    public void Names_hold_no_control_characters_and_are_not_empty(string field, string value, string message)
    {
        string other = field == "id" ? "event_type" : "id";
        var problem = Assert.Single(InputGuard.Check(Parse($$"""{"{{field}}":"{{value}}","{{other}}":"x","aggregation":"count"}"""), Meter));
        Assert.Contains(message, problem.Message);
    }

    [Fact]
    public void A_text_that_is_too_long_is_refused() =>
        Assert.Contains("at most 200", Assert.Single(InputGuard.Check(Parse($$"""{"id":"a","event_type":"{{new string('x', 201)}}","aggregation":"count"}"""), Meter)).Message);

    [Fact]
    public void Nesting_is_bounded()
    {
        string deep = new StringBuilder().Insert(0, "[", 100).Append(']', 100).ToString();
        using var document = JsonDocument.Parse("{\"document\":{\"x\":" + deep + "}}", new JsonDocumentOptions { MaxDepth = 200 });
        Assert.Contains("deeper than 64", Assert.Single(InputGuard.Check(document.RootElement, JsonSchemas.ForInput(BillingJson.Default.ApplyCatalogInput))).Message);
    }

    [Fact]
    public void A_hostile_document_does_not_make_an_endless_answer()
    {
        string many = string.Join(",", Enumerable.Range(0, 5_000).Select(i => $"\"f{i}\":{i}"));
        var problems = InputGuard.Check(Parse("{" + many + "}"), Meter);
        Assert.Equal(InputGuard.MaxProblems, problems.Count);
        Assert.True(InputGuard.Refusal(problems).Detail.Length < 10_000);
    }

    [Fact]
    public void Require_throws_only_when_something_is_wrong()
    {
        InputGuard.Require(Parse("""{"id":"a","event_type":"e","aggregation":"count"}"""), Meter);
        Assert.Equal("event_type", Assert.Throws<BillingException>(() => InputGuard.Require(Parse("""{"id":"a","aggregation":"count"}"""), Meter)).Field);
    }

    private static JsonElement Parse(string json) => JsonDocument.Parse(json).RootElement;
}
