using System.Globalization;
using System.Text.Json;
using McpBilling.Costs;
using McpBilling.Costs.Reconciliation;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Storage.Tests.Compliance;
using McpBilling.Storage.Tests.Sqlite;

namespace McpBilling.Storage.Tests.Costs;

/// <summary>Reconciliation on a real ledger: what was recorded call by call, read from its roll-ups, and adjusted beside the events.</summary>
public sealed class ReconciliationTests : IDisposable
{
    private const long Day = 20_781;

    private readonly SqliteStore _store = new();

    private Desk Desk => field ??= new Desk(() => _store.Billing, _store.Caller(Mode.Test));

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task What_was_recorded_call_by_call_ties_out_with_the_invoice()
    {
        await Record(10, "gpt-5-2025-08-07");
        string before = _store.Fingerprint();
        var answer = await Reconcile(Invoice("0.0125", "0.01"));
        Assert.Equal("green", answer.GetProperty("colour").GetString());
        Assert.Equal((2, 0, 0), (answer.GetProperty("green").GetInt32(), answer.GetProperty("amber").GetInt32(), answer.GetProperty("red").GetInt32()));
        Assert.Equal("0.0225", answer.GetProperty("totals")[0].GetProperty("recorded").GetString());
        Assert.False(answer.TryGetProperty("shown_as", out _));
        Assert.Equal(before, _store.Fingerprint());
    }

    [Fact]
    public async Task Adjustments_are_posted_as_they_were_shown_and_once()
    {
        await Record(10, "gpt-5-2025-08-07");
        string invoice = Invoice("0.015", "0.01");
        var shown = await Reconcile(invoice);
        string token = shown.GetProperty("shown_as").GetString()!;
        Assert.Equal(("red", "0.0025"), (shown.GetProperty("colour").GetString(), shown.GetProperty("adjustment").GetString()));
        Assert.Equal("preview_required", await Desk.Code("reconcile_costs", Input(invoice, "shown_0")));

        long events = _store.Number("SELECT SUM(cost_whole) FROM cost_event"), hours = _store.Number("SELECT SUM(cost_whole) FROM cost_line_hour");
        var posted = await Reconcile(invoice, token);
        var adjustment = Assert.Single(posted.GetProperty("adjustments").EnumerateArray());
        Assert.Equal(("2026-11-24", "gpt-5-2025-08-07", "input", "0.0025"), (Text(adjustment, "day"), Text(adjustment, "model"), Text(adjustment, "kind"), Text(adjustment, "amount")));
        Assert.Equal((events, hours), (_store.Number("SELECT SUM(cost_whole) FROM cost_event"), _store.Number("SELECT SUM(cost_whole) FROM cost_line_hour")));
        // The day's sum is what was billed; nobody said whose the difference is.
        Assert.Equal(25_000_000, Sum(0, ""));
        Assert.Equal(2_500_000, Sum(1, CostEvent.Unattributed));
        Assert.Equal(25_000_000, Sum(6, "openai/gpt-5-2025-08-07"));
        Assert.Equal(10, _store.Number($"SELECT events FROM cost_day WHERE dimension = 0 AND day = {Day}"));

        string after = _store.Fingerprint();
        var again = await Reconcile(invoice, token);
        Assert.Equal((true, Text(posted, "reconciliation_id")), (again.GetProperty("replayed").GetBoolean(), Text(again, "reconciliation_id")));
        Assert.Equal(after, _store.Fingerprint());

        Assert.Empty(await _store.Differences());

        var now = await Reconcile(invoice);
        Assert.Equal(("green", "0.0025"), (Text(now, "colour"), Text(now.GetProperty("totals")[0], "adjusted")));
        Assert.False(now.TryGetProperty("shown_as", out _));
    }

    [Fact]
    public async Task A_corrected_invoice_adjusts_only_by_what_it_changes()
    {
        await Record(10, "gpt-5-2025-08-07");
        await Adjust(Invoice("0.015", "0.01"));
        var corrected = await Adjust(Invoice("0.014", "0.01"));
        Assert.Equal("-0.001", Text(corrected, "adjustment"));
        Assert.Equal(24_000_000, Sum(0, ""));
        Assert.Empty(await _store.Differences());
        _store.Tamper("UPDATE reconciliation_adjustment SET amount_whole = amount_whole + 1");
        Assert.NotEmpty(await _store.Differences());
    }

    [Fact]
    public async Task A_token_ends_with_what_it_was_shown_on()
    {
        await Record(10, "gpt-5-2025-08-07");
        string invoice = Invoice("0.015", "0.01");
        string token = Text(await Reconcile(invoice), "shown_as");
        await Record(1, "gpt-5-2025-08-07", "late");
        Assert.Equal("preview_required", await Desk.Code("reconcile_costs", Input(invoice, token)));
        Assert.Equal(0, _store.Number("SELECT COUNT(*) FROM reconciliation_adjustment"));
    }

    [Fact]
    public async Task What_waits_for_a_price_is_named_and_not_adjusted()
    {
        await Record(10, "gpt-5-2025-08-07", priced: false);
        var answer = await Reconcile(Invoice("0.0125", "0.01"));
        var finding = Assert.Single(answer.GetProperty("findings").EnumerateArray());
        Assert.Equal("unpriced_model", Text(finding, "cause"));
        Assert.Contains("10 recorded calls of gpt-5-2025-08-07 have no price", finding.GetProperty("evidence")[0].GetString(), StringComparison.Ordinal);
        Assert.False(answer.TryGetProperty("shown_as", out _));
    }

    [Fact]
    public async Task A_day_that_is_not_over_and_a_report_with_missing_pages_are_shown_and_not_adjusted()
    {
        await Record(10, "gpt-5-2025-08-07");
        string invoice = Invoice("0.015", "0.01");
        Assert.False((await Reconcile(invoice.Replace("\"has_more\":false", "\"has_more\":true", StringComparison.Ordinal))).TryGetProperty("shown_as", out _));
        using var another = new SqliteStore();
        var desk = new Desk(() => another.Billing, another.Caller(Mode.Test));
        await desk.Clock("2026-11-24T23:00:00Z");
        var today = await desk.Do("reconcile_costs", Input(invoice));
        Assert.Equal("red", Text(today, "colour"));
        Assert.False(today.TryGetProperty("shown_as", out _));
        Assert.Contains(today.GetProperty("notes").EnumerateArray(), n => n.GetString()!.StartsWith("The last day is not over", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Kept_answers_are_listed_and_read_by_their_workspace_alone()
    {
        await Record(10, "gpt-5-2025-08-07");
        var kept = await Desk.Do("reconcile_costs", new { documents = new[] { new { name = "november.json", text = Invoice("0.0125", "0.01") } }, keep = true });
        string id = Text(kept, "reconciliation_id");
        var line = Assert.Single((await Desk.Do("list_reconciliations", new { })).GetProperty("reconciliations").EnumerateArray());
        Assert.Equal((id, "green", "2026-11-24", "november.json"), (Text(line, "id"), Text(line, "colour"), Text(line, "first_day"), line.GetProperty("documents")[0].GetString()));
        var whole = await Desk.Do("get_reconciliation", new { reconciliation_id = id });
        Assert.Equal("0.0225", whole.GetProperty("answer").GetProperty("totals")[0].GetProperty("reported").GetString());

        var stranger = new Desk(() => _store.Billing, _store.AnotherWorkspace());
        Assert.Empty((await stranger.Do("list_reconciliations", new { })).GetProperty("reconciliations").EnumerateArray());
        Assert.Equal("not_found", await stranger.Code("get_reconciliation", new { reconciliation_id = id }));
        var theirs = await stranger.Do("reconcile_costs", Input(Invoice("0.0125", "0.01")));
        Assert.Equal("0", theirs.GetProperty("totals")[0].GetProperty("recorded").GetString());
    }

    [Theory]
    [InlineData(true, null)]
    [InlineData(false, "shown_1")]
    public async Task Keeping_and_adjusting_need_the_right_to_write(bool keep, string? adjust)
    {
        var reader = new Desk(() => _store.Billing, _store.Caller(Mode.Test) with { ScopeNames = Scopes.ReadOnly });
        object input = new { documents = new[] { new { name = "x", text = Invoice("1", "1") } }, keep, adjust };
        Assert.Equal("forbidden", await reader.Code("reconcile_costs", input));
    }

    [Theory]
    [InlineData("2026-11-24T10:00:00Z", null, "from is 2026-11-24T10:00:00Z")]
    [InlineData("2026-11-24T00:00:00Z", "2026-11-24T00:00:00Z", "must be after from")]
    [InlineData("2024-11-24T00:00:00Z", "2026-11-24T00:00:00Z", "more than 400 days")]
    public async Task Periods_are_whole_days_and_bounded(string from, string? to, string says)
    {
        var refused = await Assert.ThrowsAsync<BillingException>(() => Desk.Do("reconcile_costs", new { documents = new[] { new { name = "x", text = Invoice("1", "1") } }, from, to }));
        Assert.Contains(says, refused.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_that_two_documents_tell_is_refused_and_the_same_document_counts_once()
    {
        await Record(10, "gpt-5-2025-08-07");
        string invoice = Invoice("0.0125", "0.01");
        var twice = await Desk.Do("reconcile_costs", new { documents = new[] { new { name = "a", text = invoice }, new { name = "b", text = invoice } } });
        Assert.Equal("green", Text(twice, "colour"));
        var refused = await Assert.ThrowsAsync<BillingException>(() => Desk.Do("reconcile_costs", new { documents = new[] { new { name = "a", text = invoice }, new { name = "b", text = invoice + " " } } }));
        Assert.Contains("it would count twice", refused.Detail, StringComparison.Ordinal);
    }

    private async Task<JsonElement> Adjust(string invoice) => await Reconcile(invoice, Text(await Reconcile(invoice), "shown_as"));

    private Task<JsonElement> Reconcile(string invoice, string? adjust = null) => Desk.Do("reconcile_costs", Input(invoice, adjust));

    private static object Input(string invoice, string? adjust = null) => new { documents = new[] { new { name = "costs.json", text = invoice } }, adjust, green = true };

    // Of what there is when nothing waits to be added.
    private long Sum(int dimension, string key)
    {
        _store.Fold(Desk.Caller).GetAwaiter().GetResult();
        return _store.Number(string.Create(CultureInfo.InvariantCulture, $"SELECT cost_whole FROM cost_day WHERE dimension = {dimension} AND day = {Day} AND key = '{key}'"));
    }

    private static string Invoice(string input, string output) => $$"""
        {"object":"page","data":[{"object":"bucket","start_time":1795478400,"end_time":1795564800,"results":[
          {"object":"organization.costs.result","amount":{"value":{{input}},"currency":"usd"},"line_item":"gpt-5-2025-08-07, input"},
          {"object":"organization.costs.result","amount":{"value":{{output}},"currency":"usd"},"line_item":"gpt-5-2025-08-07, output"}]}],"has_more":false,"next_page":null}
        """;

    // Calls at noon: a thousand tokens in, a hundred out, $0.00225 each.
    private async Task Record(int calls, string model, string prefix = "call", bool priced = true)
    {
        await Desk.Clock("2026-11-26T10:00:00Z");
        for (int i = 0; i < calls; i++)
        {
            CostLine[] lines = priced
                ? [new("input", 1000, 1.25m, 1_000_000, 0.00125m, "row"), new("output", 100, 10m, 1_000_000, 0.001m, "row")]
                : [new("input", 1000, null, 1_000_000, null, null), new("output", 100, null, 1_000_000, null, null)];
            var cost = new CostEvent
            {
                Id = $"{prefix}-{i}",
                Provider = "openai",
                Model = model,
                RequestedAt = new Instant((Day * 24 + 12) * 3_600_000_000),
                Cost = priced ? new PricedCost(CostStatus.Priced, [.. lines], 0.00225m, null) : new PricedCost(CostStatus.Unpriced, [.. lines], null, "no price"),
            };
            await _store.Billing.Commit(new RecordCostCommand(new CostDraft { Event = cost, InputHash = i }, CostEvent.Internal), Desk.Caller, CancellationToken.None);
        }
    }

    private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString()!;
}
