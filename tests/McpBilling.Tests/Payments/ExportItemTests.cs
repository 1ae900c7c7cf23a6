using CsCheck;
using McpBilling.Money;
using McpBilling.Payments.Exporting;

namespace McpBilling.Tests.Payments;

/// <summary>How one event's usage is told to a biller: once, and what turns out otherwise is put right.</summary>
public sealed class ExportItemTests
{
    private static readonly ExportRules Rules = new(TimeSpan.FromDays(35), TimeSpan.FromMinutes(5), TimeSpan.FromHours(24), TimeSpan.FromHours(24), WholeOnly: true, MaxDigits: 15);
    private static readonly Instant Now = Instant.From(new DateTimeOffset(2026, 11, 26, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Usage_is_told_under_the_events_id()
    {
        var (item, message) = Item(7).Take("cus_1", Rules, Now);
        Assert.StartsWith("img-1:", message!.Identifier, StringComparison.Ordinal);
        Assert.Equal(("api_images", "cus_1", 7m), (message.EventName, message.Customer, message.Value));
        var done = item.After(ExportAnswer.Taken, Now);
        Assert.Equal((7m, false, null), (done.Sent, done.IsOpen, done.Reason));
    }

    [Fact]
    public void An_id_is_a_customers_own_and_so_is_what_is_made_of_it()
    {
        string[] made =
        [
            Identifier(Item(1)), Identifier(Item(1) with { CustomerId = "bob" }), Identifier(Item(1) with { EventName = "other" }), Identifier(Item(1) with { EventId = "img-2" }),
            Identifier(Item(1) with { EventId = new string('x', 255) }), Identifier(Item(1) with { EventId = new string('x', 254) }),
        ];
        Assert.Equal(made.Length, made.Distinct().Count());
        Assert.All(made, i => Assert.InRange(i.Length, 1, 100));
        // And the same after a restored backup, whatever the sequence.
        Assert.Equal(made[0], Identifier(Item(1) with { EventKey = 99 }));
    }

    [Fact]
    public void A_message_without_an_answer_is_repeated_as_it_was()
    {
        var (begun, first) = Item(7).Take("cus_1", Rules, Now);
        // A reversal in between changes nothing about the message that is out.
        var (again, second) = Stored(begun).With(3).Take("cus_1", Rules, Now.Plus(hours: 1));
        Assert.Equal(first, second);
        var (_, correction) = again.After(ExportAnswer.Taken, Now.Plus(hours: 1)).Take("cus_1", Rules, Now.Plus(hours: 1));
        Assert.Equal(-4m, correction!.Value);
        Assert.NotEqual(first!.Identifier, correction.Identifier);
    }

    [Theory]
    // Within a day the whole message is taken back; later it is told against.
    [InlineData(1, 0, true)]
    [InlineData(22, 0, true)]
    [InlineData(24, 0, false)]
    [InlineData(700, 0, false)]
    // What is reversed in part only is always told against.
    [InlineData(1, 3, false)]
    public void A_reversal_is_taken_back_or_told_against(int hoursLater, int left, bool takenBack)
    {
        var later = Now.Plus(hoursLater);
        var (begun, message) = Told(7).With(left).Take("cus_1", Rules, later);
        Assert.Equal(takenBack ? null : left - 7m, message!.Value);
        Assert.Equal(takenBack, message.Identifier == Identifier(Item(7)));
        Assert.Equal((left, false), (begun.After(ExportAnswer.Taken, later).Sent, begun.After(ExportAnswer.Taken, later).IsOpen));
    }

    [Fact]
    public void What_the_biller_does_not_take_back_is_told_against()
    {
        var (begun, message) = Told(7).With(0).Take("cus_1", Rules, Now.Plus(hours: 1));
        Assert.Null(message!.Value);
        var (_, against) = begun.After(ExportAnswer.Refused, Now.Plus(hours: 1)).Take("cus_1", Rules, Now.Plus(hours: 1));
        Assert.Equal(-7m, against!.Value);
    }

    [Fact]
    public void What_was_reversed_before_it_was_told_is_not_told()
    {
        var (item, message) = Item(7).With(0).Take("cus_1", Rules, Now);
        Assert.Null(message);
        Assert.False(item.IsOpen);
    }

    [Theory]
    [InlineData("7.5", "not_whole")]
    [InlineData("1000000000000000", "too_many_digits")]
    [InlineData("999999999999999", null)]
    public void What_the_biller_cannot_count_is_left_with_the_reason(string due, string? reason)
    {
        var (item, message) = Item(decimal.Parse(due, System.Globalization.CultureInfo.InvariantCulture)).Take("cus_1", Rules, Now);
        Assert.Equal((reason, reason is null, reason is null), (item.Reason, message is not null, item.IsOpen));
    }

    [Fact]
    public void Usage_of_the_future_waits_and_of_long_ago_is_left()
    {
        var (waits, none) = (Item(7) with { At = Now.Plus(hours: 2) }).Take("cus_1", Rules, Now);
        Assert.Equal((true, Now.Plus(hours: 2), true), (waits.IsOpen, waits.NextAt, none is null));
        var (left, nothing) = (Item(7) with { At = Now.Plus(hours: -35 * 24) }).Take("cus_1", Rules, Now);
        Assert.Equal((false, "too_old", true), (left.IsOpen, left.Reason, nothing is null));
    }

    [Fact]
    public void A_customer_whom_the_biller_does_not_know_yet_waits()
    {
        var (waits, none) = Item(7).Take(null, Rules, Now);
        Assert.Equal((true, "no_customer", true), (waits.IsOpen, waits.Reason, none is null));
        Assert.True(waits.NextAt > Now);
        Assert.NotNull(waits.Take("cus_1", Rules, waits.NextAt).Message);
    }

    [Fact]
    public void Refused_for_now_it_can_wait_for_weeks_but_unanswered_not_beyond_a_day()
    {
        var refused = Item(7).Take("cus_1", Rules, Now).Item.After(ExportAnswer.Later, Now);
        Assert.NotNull(Stored(refused).Take("cus_1", Rules, Now.Plus(hours: 20 * 24)).Message);
        var unanswered = Item(7).Take("cus_1", Rules, Now).Item.After(ExportAnswer.Unknown, Now);
        Assert.NotNull(Stored(unanswered).Take("cus_1", Rules, Now.Plus(hours: 22)).Message);
        var (left, none) = Stored(unanswered).Take("cus_1", Rules, Now.Plus(hours: 23));
        Assert.Equal((null, false, "unanswered"), (none, left.IsOpen, left.Reason));
        // Refused later, it may still have counted the first time.
        var both = Stored(unanswered).Take("cus_1", Rules, Now.Plus(hours: 1)).Item.After(ExportAnswer.Later, Now.Plus(hours: 1));
        Assert.Equal("unanswered", Stored(both).Take("cus_1", Rules, Now.Plus(hours: 23)).Item.Reason);
    }

    [Fact]
    public void However_answers_are_lost_the_biller_counts_what_is_due_or_a_person_is_told()
    {
        var move = Gen.Select(Gen.Int[0, 9], Gen.Int[0, 36], Gen.Int[0, 7]);
        Gen.Select(Gen.Int[1, 7], move.List[0, 12]).Sample((due, moves) =>
        {
            var biller = new Biller();
            var (item, now) = (Item(due), Now);
            foreach (var (kind, hours, left) in moves)
            {
                now = now.Plus(hours);
                item = kind switch
                {
                    0 when left < item.Due => item.With(left),
                    _ => Step(item, biller, now, kind),
                };
            }
            // Then all goes well, for as long as it takes.
            for (int i = 0; i < 20 && item.IsOpen; i++)
            {
                now = Instant.Max(now, item.NextAt);
                item = Step(item, biller, now, fate: 9);
            }
            Assert.True(!item.IsOpen && (item.Reason is not null || (biller.Total == item.Due && item.Sent == item.Due)), $"{item} {biller.Total}");
            Assert.True(item.Reason is null or "unanswered" or "too_old", item.Reason);
        }, iter: 5_000);
    }

    private static ExportItem Step(ExportItem item, Biller biller, Instant now, int fate)
    {
        if (!item.IsOpen || item.NextAt > now)
        {
            return item;
        }
        var (begun, message) = Stored(item).Take("cus_1", Rules, now);
        if (message is null)
        {
            return begun;
        }
        switch (fate)
        {
            // The program stops before it sent, and after.
            case 1:
                return begun;
            case 2:
                biller.Take(message, now);
                return begun;
            // The answer is lost, or nothing arrived.
            case 3:
                biller.Take(message, now);
                return begun.After(ExportAnswer.Unknown, now);
            case 4:
                return begun.After(ExportAnswer.Unknown, now);
            case 5:
                return begun.After(ExportAnswer.Later, now);
            default:
                return begun.After(biller.Take(message, now), now);
        }
    }

    private static ExportItem Item(decimal due) => new(1, "img-1", "anna", "api_images", Now, due) { NextAt = Now };

    private static ExportItem Told(decimal due) => Item(due).Take("cus_1", Rules, Now).Item.After(ExportAnswer.Taken, Now);

    // What is not stored is gone after a restart.
    private static ExportItem Stored(ExportItem item) => item with { MayHaveCounted = false };

    private static string Identifier(ExportItem item) => item.Take("cus_1", Rules, Now).Message!.Identifier;

    /// <summary>A biller as Stripe says it is: it knows an identifier for a day, and takes back within a day.</summary>
    private sealed class Biller
    {
        private readonly List<(string Identifier, decimal Value, Instant At)> _counted = [];
        private readonly Dictionary<string, Instant> _takenBack = [];

        public decimal Total => _counted.Sum(c => c.Value);

        public ExportAnswer Take(ExportMessage message, Instant now)
        {
            var known = _counted.Where(c => c.Identifier == message.Identifier && now < c.At + TimeSpan.FromHours(24)).ToList();
            if (message.Value is { } value)
            {
                if (known.Count == 0)
                {
                    _counted.Add((message.Identifier, value, now));
                }
                return ExportAnswer.Taken;
            }
            // Asked again under the same key, it answers as it did.
            if (_takenBack.TryGetValue(message.Identifier, out var before) && now < before + TimeSpan.FromHours(24))
            {
                return ExportAnswer.Taken;
            }
            if (known.Count == 0)
            {
                return ExportAnswer.Refused;
            }
            // Known still as taken, and counts nothing any more.
            _counted[_counted.IndexOf(known[0])] = known[0] with { Value = 0 };
            _takenBack[message.Identifier] = now;
            return ExportAnswer.Taken;
        }
    }
}

internal static class Hours
{
    public static Instant Plus(this Instant instant, int hours) => instant + TimeSpan.FromHours(hours);
}
