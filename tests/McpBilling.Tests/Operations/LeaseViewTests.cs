using CsCheck;
using McpBilling.Operations;

namespace McpBilling.Tests.Operations;

/// <summary>Who may do periodic work, as each process judges it by its own clock.</summary>
public class LeaseViewTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    // seconds of the process's own clock at which a version and its owner are read; then whether it may take the lease at another second.
    [Theory]
    [InlineData("never looked", "", 100, false)]
    [InlineData("free from the beginning", "0:0-", 0, true)]
    [InlineData("given back", "0:7-", 0, true)]
    [InlineData("held by another, just seen", "0:3b", 0, false)]
    [InlineData("held by another, seen unchanged almost long enough", "0:3b 7:3b", 7, false)]
    [InlineData("held by another, seen unchanged long enough", "0:3b 7.5:3b", 7.5, true)]
    [InlineData("renewed in between", "0:3b 5:4b 9:4b", 9, false)]
    [InlineData("renewed and then abandoned", "0:3b 5:4b 12.5:4b", 12.5, true)]
    [InlineData("stolen by a third in between", "0:3b 7.4:4c 8:4c", 8, false)]
    [InlineData("given back by another after it was held", "0:3b 1:4-", 1, true)]
    [InlineData("held by itself, as after an answer that never came", "0:3a", 0, true)]
    [InlineData("an older reading that came late changes nothing", "0:4b 7.5:3-", 7, false)]
    public void It_is_wanted_when_nobody_has_it_or_its_holder_is_gone(string what, string readings, double at, bool wanted)
    {
        var view = new LeaseView("sweep", "a");
        foreach (string[] r in readings.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(r => r.Split(':')))
        {
            string owner = r[1][^1..];
            view.See(new StoredLease("sweep", owner == "-" ? null : owner, long.Parse(r[1][..^1], System.Globalization.CultureInfo.InvariantCulture)), Second * double.Parse(r[0], System.Globalization.CultureInfo.InvariantCulture));
        }
        Assert.Equal((what, wanted), (what, view.Wanted(Second * at) is not null));
        Assert.False(view.IsHeld(Second * at));
    }

    [Fact]
    public void It_is_held_from_before_it_was_asked_for_and_no_longer_than_its_time()
    {
        var view = Taken(sentAt: 10, answeredAt: 12);
        Assert.True(view.IsHeld(Second * 15.9));
        Assert.False(view.IsHeld(Second * 16));
        Assert.Equal(Second * 2, view.Left(Second * 14));
    }

    [Fact]
    public void An_answer_that_came_after_its_time_gives_nothing_but_the_right_to_ask_again_at_once()
    {
        var view = Taken(sentAt: 10, answeredAt: 17);
        Assert.False(view.IsHeld(Second * 17));
        Assert.Equal(new LeaseChange("sweep", 1, "a"), view.Wanted(Second * 17));
    }

    [Fact]
    public void Renewed_it_is_held_on_and_a_renewal_that_was_too_late_ends_it()
    {
        var view = Taken(sentAt: 0, answeredAt: 0);
        var renewal = view.Wanted(Second * 2.5)!;
        view.Answered(renewal, new StoredLease("sweep", "a", 2), Second * 2.5, Second * 3);
        Assert.True(view.IsHeld(Second * 8));
        var late = view.Wanted(Second * 8)!;
        view.Answered(late, new StoredLease("sweep", "b", 3), Second * 8, Second * 8);
        Assert.False(view.IsHeld(Second * 8));
        Assert.Null(view.Wanted(Second * 8));
    }

    [Fact]
    public void Whoever_gives_it_back_does_not_take_itself_for_the_holder_while_it_asks()
    {
        var view = Taken(sentAt: 0, answeredAt: 0);
        Assert.Equal(new LeaseChange("sweep", 1, null), view.GiveBack());
        Assert.False(view.IsHeld(Second));
        Assert.Null(new LeaseView("sweep", "b").GiveBack());
    }

    // A suspended machine: the one case in which two believe it. It ends with the next look, which comes before the next round.
    [Fact]
    public void A_holder_whose_clock_stood_still_finds_out_when_it_looks()
    {
        var view = Taken(sentAt: 0, answeredAt: 0);
        Assert.True(view.IsHeld(Second));
        view.See(new StoredLease("sweep", "b", 2), Second);
        Assert.False(view.IsHeld(Second));
        Assert.Null(view.Wanted(Second));
    }

    [Theory]
    [InlineData(3, "a", 4, "a")]
    [InlineData(3, null, 4, null)]
    [InlineData(2, "a", 3, "b")]
    [InlineData(4, "a", 3, "b")]
    public void The_writer_changes_what_is_still_as_it_was_when_it_was_judged(long judged, string? wanted, long version, string? owner) =>
        Assert.Equal(new StoredLease("sweep", owner, version), new StoredLease("sweep", "b", 3).After(new LeaseChange("sweep", judged, wanted)));

    [Fact]
    public void Whatever_the_clocks_show_and_whoever_pauses_when_no_two_ever_hold_it_at_once()
    {
        var pace = Gen.Select(Gen.Long[-3_600_000, 3_600_000], Gen.Int[95, 110]);
        var steps = Gen.Select(Gen.Int[0, 2], Gen.Int[0, 3], Gen.OneOf(Gen.Int[0, 40], Gen.Int[0, 40], Gen.Int[0, 40], Gen.Int[0, 3_000], Gen.Int[0, 3_000], Gen.Int[0, 30_000])).List[1, 200];
        int held = 0, handed = 0;
        Gen.Select(pace.Array[3], steps).Sample((clocks, moves) =>
        {
            var world = new World(clocks);
            foreach (var (who, what, milliseconds) in moves)
            {
                world.Pass(milliseconds);
                world.Move(who, what);
            }
            Interlocked.Add(ref held, world.TimesHeld);
            Interlocked.Add(ref handed, world.TimesHandedOn);
        }, iter: 3_000);
        // Else it would prove nothing.
        Assert.True(held > 1_000 && handed > 100, $"held {held} times, handed on {handed} times");
    }

    private static LeaseView Taken(double sentAt, double answeredAt)
    {
        var view = new LeaseView("sweep", "a");
        view.See(new StoredLease("sweep", null, 0), Second * sentAt);
        var asked = view.Wanted(Second * sentAt)!;
        view.Answered(asked, new StoredLease("sweep", null, 0).After(asked), Second * sentAt, Second * answeredAt);
        return view;
    }

    /// <summary>Three processes and one row. Each reads, asks and hears late, in its own time; a process that makes no move is frozen.</summary>
    private sealed class World((long Offset, int Pace)[] clocks)
    {
        private readonly LeaseView[] _views = [.. Enumerable.Range(0, 3).Select(i => new LeaseView("sweep", $"p{i}"))];
        private readonly StoredLease?[] _read = new StoredLease?[3];
        private readonly (LeaseChange Asked, TimeSpan SentAt, StoredLease? Answer)?[] _asked = new (LeaseChange, TimeSpan, StoredLease?)?[3];
        private StoredLease _row = new("sweep", null, 0);
        private long _now;
        private string? _last;

        public int TimesHeld { get; private set; }

        public int TimesHandedOn { get; private set; }

        public void Pass(int milliseconds) => _now += milliseconds;

        public void Move(int who, int what)
        {
            var view = _views[who];
            if (_asked[who] is { } told)
            {
                if (told.Answer is { } answer)
                {
                    view.Answered(told.Asked, answer, told.SentAt, Now(who));
                    _asked[who] = null;
                }
                else
                {
                    // Carried out now, heard of at its next move.
                    _row = _row.After(told.Asked);
                    _asked[who] = told with { Answer = _row };
                }
            }
            else if (_read[who] is { } read)
            {
                view.See(read, Now(who));
                _read[who] = null;
            }
            else if (what > 0 && view.Wanted(Now(who)) is { } wanted)
            {
                _asked[who] = (wanted, Now(who), null);
            }
            else
            {
                _read[who] = _row;
            }
            string[] holders = [.. Enumerable.Range(0, 3).Where(i => _views[i].IsHeld(Now(i))).Select(i => $"p{i}")];
            Assert.True(holders.Length <= 1, $"{string.Join(" and ", holders)} hold it");
            if (holders is [var one])
            {
                TimesHeld++;
                TimesHandedOn += _last is not null && _last != one ? 1 : 0;
                _last = one;
            }
        }

        // Any reading, at nearly the same pace.
        private TimeSpan Now(int who) => TimeSpan.FromMilliseconds(clocks[who].Offset + _now * clocks[who].Pace / 100.0);
    }
}
