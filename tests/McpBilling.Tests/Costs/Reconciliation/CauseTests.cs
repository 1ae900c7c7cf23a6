using McpBilling.Costs;
using McpBilling.Costs.Reconciliation;

namespace McpBilling.Tests.Costs.Reconciliation;

/// <summary>Each cause by the pattern that only it makes, and what looks like it and is not.</summary>
public sealed class CauseTests
{
    private const string Model = "claude-sonnet-4-5";
    private const string In = CostKinds.Input, Out = CostKinds.Output, Read = CostKinds.CacheRead, W5 = CostKinds.CacheWrite5m, W1 = CostKinds.CacheWrite1h;

    [Theory]
    [InlineData(1_000_000, 1_000_000, DriftColour.Green)]
    [InlineData(1_000_000, 990_001, DriftColour.Green)]
    [InlineData(1_000_000, 990_000, DriftColour.Amber)]
    [InlineData(990_000, 1_000_000, DriftColour.Amber)]
    [InlineData(1_000_000, 950_000, DriftColour.Amber)]
    [InlineData(1_000_000, 949_999, DriftColour.Red)]
    [InlineData(0, 1, DriftColour.Red)]
    [InlineData(0, 0, DriftColour.Green)]
    public void Under_one_percent_is_green_to_five_amber_over_it_red(int reported, int recorded, DriftColour colour) => Assert.Equal(colour, Drift.Colour(reported, recorded));

    [Fact]
    public void Cached_tokens_counted_as_input_are_swapped_kinds() =>
        AssertOne(DriftCause.KindsSwapped, [Read, In], new TwoSides().Reported(Model, In, 100).Reported(Model, Read, 900).Reported(Model, Out, 50).Recorded(Model, In, 960).Recorded(Model, Read, 40).Recorded(Model, Out, 50));

    [Fact]
    public void A_kind_that_is_never_recorded_is_lost() =>
        AssertOne(DriftCause.KindLost, [Read], new TwoSides().Reported(Model, In, 100).Reported(Model, Read, 900).Reported(Model, Out, 50).Recorded(Model, In, 100).Recorded(Model, Out, 50));

    [Fact]
    public void A_tools_fee_that_is_never_recorded_is_a_tool() =>
        AssertOne(DriftCause.ToolUseUnmodelled, [CostKinds.WebSearch], new TwoSides().Reported(Model, In, 100).Reported(Model, Out, 50).Reported(Model, CostKinds.WebSearch, 9).Recorded(Model, In, 100).Recorded(Model, Out, 50));

    [Fact]
    public void A_kind_that_the_ledger_does_not_have_is_a_tool() =>
        AssertOne(DriftCause.ToolUseUnmodelled, [ProviderKinds.CodeExecution], new TwoSides().Reported(Model, In, amount: 3).Reported("", ProviderKinds.CodeExecution, amount: 9).Recorded(Model, In, 1_000_000, 3));

    [Fact]
    public void Input_that_lacks_alone_is_what_tools_add_to_a_prompt() =>
        AssertOne(DriftCause.ToolUseUnmodelled, [In], new TwoSides().Reported(Model, In, 110).Reported(Model, Read, 900).Reported(Model, Out, 50).Recorded(Model, In, 100).Recorded(Model, Read, 900).Recorded(Model, Out, 50));

    [Fact]
    public void Input_and_output_that_lack_alike_are_retries() =>
        AssertOne(DriftCause.RetriesUnlogged, [In, Read, Out], new TwoSides().Reported(Model, In, 106).Reported(Model, Read, 955).Reported(Model, Out, 53).Recorded(Model, In, 100).Recorded(Model, Read, 900).Recorded(Model, Out, 50));

    [Fact]
    public void Retries_that_fail_before_they_answer_repeat_only_the_input() =>
        AssertOne(DriftCause.RetriesUnlogged, [In, Read], new TwoSides().Reported(Model, In, 106).Reported(Model, Read, 955).Reported(Model, Out, 50).Recorded(Model, In, 100).Recorded(Model, Read, 900).Recorded(Model, Out, 50));

    [Theory]
    [InlineData(250, DriftCause.RetriesUnlogged)]
    [InlineData(240, DriftCause.ToolUseUnmodelled)]
    public void The_count_of_requests_tells_retries_from_tool_tokens(int requests, DriftCause cause) =>
        AssertOne(cause, [In], new TwoSides("openai").Reported("gpt-5", In, 1_040).Reported("gpt-5", Out, 500).Reported("gpt-5", ProviderKinds.Requests, requests).Recorded("gpt-5", In, 1_000).Recorded("gpt-5", Out, 500));

    [Fact]
    public void A_lifetime_that_was_not_told_is_a_wrong_one() =>
        AssertOne(DriftCause.WrongCacheTtl, [W1, W5], new TwoSides().Reported(Model, In, 100).Reported(Model, W5, 400).Reported(Model, W1, 600).Recorded(Model, In, 100).Recorded(Model, W5, 1_000));

    [Fact]
    public void Writes_of_one_lifetime_that_are_lost_are_lost() =>
        AssertOne(DriftCause.CacheWriteLost, [W1], new TwoSides().Reported(Model, In, 100).Reported(Model, W5, 400).Reported(Model, W1, 600).Recorded(Model, In, 100).Recorded(Model, W5, 400));

    [Fact]
    public void A_model_on_one_side_alone_is_not_recorded_or_not_in_the_report()
    {
        var found = new TwoSides().Reported("claude-opus-5", In, 100).Recorded("claude-haiku-4-5", In, 70).Reconcile();
        Assert.Equal([("claude-haiku-4-5", DriftCause.NotInReport), ("claude-opus-5", DriftCause.ModelNotRecorded)], found.Findings.Select(f => (f.Model, f.Cause)).Order());
    }

    [Fact]
    public void What_lacks_today_and_is_too_much_tomorrow_is_a_border()
    {
        var found = new TwoSides().Reported(Model, In, 1_000).Reported(Model, In, 900, day: 1).Recorded(Model, In, 900).Recorded(Model, In, 1_000, day: 1).Reconcile(days: 2);
        Assert.Equal([DriftCause.DayBorder, DriftCause.DayBorder], found.Findings.Select(f => f.Cause));
        Assert.Contains("input: +100 on 2026-11-24 and −100 on 2026-11-25", found.Findings[0].Evidence[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_day_that_differs_only_in_its_last_hour_has_a_late_border()
    {
        var sides = new TwoSides();
        for (int hour = 0; hour < 24; hour++)
        {
            sides.Reported(Model, In, hour == 23 ? 40 : 100, hour: hour).Recorded(Model, In, 100, hour: hour, events: 5);
        }
        AssertOne(DriftCause.DayBorder, [In], sides);
    }

    [Fact]
    public void A_report_whose_days_begin_at_another_hour_says_so_itself() =>
        AssertOne(DriftCause.DayBorder, [In], new TwoSides { DayBegins = 8 }.Reported(Model, In, 1_000).Recorded(Model, In, 900));

    [Fact]
    public void An_hour_of_one_model_is_missing_where_the_others_were_recorded()
    {
        var sides = new TwoSides();
        for (int hour = 0; hour < 24; hour++)
        {
            sides.Reported(Model, In, 100, hour: hour).Reported("claude-opus-5", In, 100, hour: hour).Recorded("claude-opus-5", In, 100, hour: hour, events: 5);
            if (hour is not 7 and not 8)
            {
                sides.Recorded(Model, In, 100, hour: hour, events: 5);
            }
        }
        AssertOne(DriftCause.MissingHours, [In], sides);
        Assert.Equal("no call was recorded in 07:00–09:00 UTC of this model; others were", sides.Reconcile().Findings[0].Evidence[0]);
    }

    [Fact]
    public void Quiet_nights_are_no_missing_hours()
    {
        var sides = new TwoSides();
        for (int hour = 6; hour < 24; hour++)
        {
            sides.Recorded(Model, In, 100, hour: hour, events: hour is 6 or 23 ? 5 : 50).Recorded(Model, Out, 10, hour: hour, events: hour is 6 or 23 ? 5 : 50);
        }
        AssertOne(DriftCause.RetriesUnlogged, [In, Out], sides.Reported(Model, In, 2_000).Reported(Model, Out, 200));
    }

    [Fact]
    public void A_kind_that_agrees_has_no_part_in_a_missing_hour()
    {
        var sides = new TwoSides();
        for (int hour = 0; hour < 24; hour++)
        {
            if (hour != 13)
            {
                sides.Recorded(Model, In, 100, hour: hour, events: 50).Recorded(Model, Out, 10, hour: hour, events: 50);
            }
        }
        AssertOne(DriftCause.MissingHours, [In, Out], sides.Recorded(Model, CostKinds.WebSearch, 9, hour: 3, events: 9)
            .Reported(Model, In, 2_400).Reported(Model, Out, 240).Reported(Model, CostKinds.WebSearch, 9));
    }

    [Fact]
    public void A_batch_that_was_not_told_shows_in_the_split_and_in_the_money() =>
        AssertOne(DriftCause.BatchOrTierUntold, [In, Out], new TwoSides()
            .Reported(Model, In, 600, batch: true).Reported(Model, In, 400, batch: false).Reported(Model, Out, 60, batch: true).Reported(Model, Out, 40, batch: false)
            .Reported(Model, In, amount: 7).Reported(Model, Out, amount: 3.5m)
            .Recorded(Model, In, 1_000, 10).Recorded(Model, Out, 100, 5));

    [Fact]
    public void A_tier_that_was_not_told_changes_every_rate_alike() =>
        AssertOne(DriftCause.BatchOrTierUntold, [In, Out], new TwoSides().Reported(Model, In, 1_000).Reported(Model, Out, 100).Reported(Model, In, amount: 5).Reported(Model, Out, amount: 2.5m).Recorded(Model, In, 1_000, 10).Recorded(Model, Out, 100, 5));

    [Fact]
    public void One_rate_that_differs_is_named_with_both_rates()
    {
        var sides = new TwoSides().Reported(Model, In, 1_000_000).Reported(Model, Out, 100_000).Reported(Model, In, amount: 3.75m).Reported(Model, Out, amount: 1.5m).Recorded(Model, In, 1_000_000, 3).Recorded(Model, Out, 100_000, 1.5m);
        AssertOne(DriftCause.RateDiffers, [In], sides);
        Assert.Equal("input: billed at $3.75 for 1,000,000, recorded at $3.00", sides.Reconcile().Findings[0].Evidence[0]);
    }

    [Fact]
    public void Calls_without_a_price_explain_money_and_never_tokens() =>
        AssertOne(DriftCause.UnpricedModel, [In], new TwoSides().Reported(Model, In, 1_000).Reported(Model, In, amount: 3).Recorded(Model, In, 1_000).Unpriced(Model, 240));

    [Fact]
    public void Figures_without_any_pattern_are_called_unexplained() =>
        AssertOne(DriftCause.Unexplained, [In, Out], new TwoSides().Reported(Model, In, 1_000).Reported(Model, Out, 60).Recorded(Model, In, 2_000).Recorded(Model, Out, 100));

    [Fact]
    public void An_invoice_that_is_not_split_is_held_against_the_sum()
    {
        var found = new TwoSides("openai").Reported("", "", amount: 12).Recorded("gpt-5", In, 24, 7.2m).Recorded("gpt-5-mini", Out, 24, 4.8m).Reconcile();
        var row = Assert.Single(found.Rows);
        Assert.Equal(("", "", 12m, 12m, DriftColour.Green), (row.Model, row.Kind, row.Reported, row.Recorded, row.Colour));
    }

    [Fact]
    public void The_causes_of_usage_explain_an_invoice_that_is_not_split()
    {
        var found = new TwoSides().Reported(Model, In, 100).Reported(Model, W1, 900).Reported("", "", amount: 12).Recorded(Model, In, 100, 7).Reconcile();
        Assert.Equal([DriftCause.CacheWriteLost], found.Rows.Single(r => r.Measure == Measure.Amount).Causes);
        Assert.Single(found.Findings);
    }

    [Fact]
    public void What_no_report_would_tell_of_is_not_compared()
    {
        var found = new TwoSides("openai").Reported("gpt-5", In, 100).Recorded("gpt-5", In, 100).Recorded("gpt-5", CostKinds.WebSearch, 5).Recorded("text-embedding-3-small", In, 70).Recorded("whisper-1", CostKinds.AudioSecond, 8).Reconcile();
        Assert.Equal(("gpt-5", In), Assert.Single(found.Rows) is var row ? (row.Model, row.Kind) : default);
    }

    [Theory]
    [InlineData("gpt-5-2025-08-07", "gpt-5", "gpt-5")]
    [InlineData("Claude Haiku 4.5", "claude-haiku-4-5-20251001", "claude-haiku-4-5")]
    [InlineData("Claude Haiku 3.5", "claude-3-5-haiku-20241022", "claude-haiku-3-5")]
    [InlineData("claude-sonnet-4-20250514", "claude-sonnet-4-20250514", "claude-sonnet-4-20250514")]
    public void A_model_has_several_names(string theirs, string ours, string shown)
    {
        var row = Assert.Single(new TwoSides().Reported(theirs, In, 100).Recorded(ours, In, 100).Reconcile().Rows);
        Assert.Equal((shown, DriftColour.Green), (row.Model, row.Colour));
    }

    [Fact]
    public void Two_dates_of_a_model_are_two_models() =>
        Assert.Equal(2, new TwoSides().Reported("claude-sonnet-4-20250514", In, 100).Recorded("claude-sonnet-4-20250701", In, 100).Reconcile().Findings.Length);

    private static void AssertOne(DriftCause cause, string[] kinds, TwoSides sides)
    {
        var found = sides.Reconcile();
        var finding = Assert.Single(found.Findings);
        Assert.Equal(cause, finding.Cause);
        Assert.Equal(kinds.Order(StringComparer.Ordinal), finding.Kinds.Order(StringComparer.Ordinal));
        Assert.NotEmpty(finding.Evidence);
        Assert.All(found.Rows.Where(r => r.Colour != DriftColour.Green), r => Assert.Equal([cause], r.Causes));
    }
}
