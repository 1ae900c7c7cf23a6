using CsCheck;
using McpBilling.Money;
using McpBilling.Webhooks;

namespace McpBilling.Tests.Webhooks;

/// <summary>When what failed is tried again, and when it is given up.</summary>
public sealed class RetryScheduleTests
{
    private static readonly Instant Start = Instant.From(new DateTimeOffset(2026, 11, 26, 8, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Attempts_go_on_for_three_days()
    {
        var pauses = Enumerable.Range(1, RetrySchedule.MostAttempts - 1).Select(n => RetrySchedule.After(n, 0.5)!.Value).ToArray();
        Assert.Equal(TimeSpan.FromSeconds(5), pauses[0]);
        Assert.InRange(pauses.Aggregate(TimeSpan.Zero, (a, b) => a + b), TimeSpan.FromHours(71), TimeSpan.FromHours(72));
        Assert.Equal(pauses.Order(), pauses);
        Assert.Null(RetrySchedule.After(RetrySchedule.MostAttempts, 0.5));
    }

    [Fact]
    public void Chance_moves_a_pause_by_a_tenth_at_most() =>
        Gen.Int[1, RetrySchedule.MostAttempts - 1].Select(Gen.Double[0, 1]).Sample((tries, chance) =>
        {
            double ratio = RetrySchedule.After(tries, chance)!.Value / RetrySchedule.After(tries, 0.5)!.Value;
            Assert.InRange(ratio, 0.8999, 1.1001);
        });

    [Theory]
    [InlineData(1, 60, "00:01:00")] // longer than its own five seconds
    [InlineData(5, 60, "02:00:00")] // shorter than its own two hours
    [InlineData(1, 10_000_000, "1.00:00:00")] // bounded
    public void What_a_receiver_asks_for_makes_a_pause_longer_and_never_shorter(int tries, int seconds, string pause) =>
        Assert.Equal(pause, RetrySchedule.After(tries, 0.5, TimeSpan.FromSeconds(seconds)).ToString());

    [Theory]
    [InlineData(AttemptOutcome.Delivered, 200, DeliveryStatus.Delivered, false)]
    [InlineData(AttemptOutcome.HttpError, 500, DeliveryStatus.Waiting, true)]
    [InlineData(AttemptOutcome.HttpError, 400, DeliveryStatus.Waiting, true)]
    [InlineData(AttemptOutcome.Redirected, 302, DeliveryStatus.Waiting, true)]
    [InlineData(AttemptOutcome.TimedOut, null, DeliveryStatus.Waiting, true)]
    [InlineData(AttemptOutcome.AddressRefused, null, DeliveryStatus.Waiting, true)]
    [InlineData(AttemptOutcome.Gone, 410, DeliveryStatus.Failed, false)]
    public void An_attempt_moves_a_delivery(AttemptOutcome outcome, int? status, DeliveryStatus then, bool isDue)
    {
        var state = DeliveryState.Begun(Start).After(new AttemptResult(outcome, status, TimeSpan.Zero), Start, 0.5);
        Assert.Equal((then, 1, isDue ? Start + TimeSpan.FromSeconds(5) : null), (state.Status, state.Tries, state.DueAt));
    }

    [Fact]
    public void What_never_succeeds_fails_after_the_last_attempt()
    {
        var (state, now) = (DeliveryState.Begun(Start), Start);
        var error = new AttemptResult(AttemptOutcome.HttpError, 503, TimeSpan.Zero);
        for (int tries = 1; tries < RetrySchedule.MostAttempts; tries++)
        {
            state = state.After(error, now, 1);
            now = state.DueAt!.Value;
        }
        Assert.InRange(now - Start, TimeSpan.FromDays(3), TimeSpan.FromDays(4));
        Assert.Equal(new DeliveryState(DeliveryStatus.Failed, RetrySchedule.MostAttempts, null), state.After(error, now, 1));
    }

    [Fact]
    public void What_was_skipped_while_it_was_sent_is_not_begun_again()
    {
        var skipped = new DeliveryState(DeliveryStatus.Skipped, 0, null);
        Assert.Equal(skipped with { Tries = 1 }, skipped.After(new AttemptResult(AttemptOutcome.HttpError, 500, TimeSpan.Zero), Start, 0.5));
        Assert.Equal(DeliveryStatus.Delivered, skipped.After(new AttemptResult(AttemptOutcome.Delivered, 200, TimeSpan.Zero), Start, 0.5).Status);
    }
}
