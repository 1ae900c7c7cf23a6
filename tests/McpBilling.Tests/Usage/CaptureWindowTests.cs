using CsCheck;
using McpBilling.Usage;

namespace McpBilling.Tests.Usage;

/// <summary>What holds are learned from: a window on the last captures, by nearest rank.</summary>
public sealed class CaptureWindowTests
{
    [Theory]
    [InlineData("5", 5)]
    [InlineData("5 1", 5)]
    // Of 19 the 95th percentile is the greatest, of 20 the last but one.
    [InlineData("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19", 19)]
    [InlineData("20 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19", 19)]
    [InlineData("-3", 0)]
    public void The_usual_capture_is_the_95th_percentile_by_nearest_rank(string amounts, long usual)
    {
        var window = new CaptureWindow(CaptureWindow.OwnHorizon);
        foreach (var (i, amount) in amounts.Split(' ').Index())
        {
            window.Add(i + 1, holdKey: 1_000 + i, long.Parse(amount));
        }
        Assert.Equal(usual, window.Usual(100));
    }

    [Fact]
    public void A_hold_captured_in_parts_is_one_capture()
    {
        var window = new CaptureWindow(CaptureWindow.OwnHorizon);
        window.Add(1, 7, 3);
        window.Add(2, 8, 4);
        window.Add(3, 7, 3);
        Assert.Equal(6, window.Usual(3));
    }

    [Fact]
    public void What_lies_beyond_the_horizon_or_the_newest_hundred_is_forgotten()
    {
        var window = new CaptureWindow(horizon: 200);
        Assert.Null(window.Usual(0));
        window.Add(1, 1, 1_000_000);
        Assert.Equal(1_000_000, window.Usual(200));
        Assert.Null(window.Usual(201));
        for (int i = 2; i <= 101; i++)
        {
            window.Add(i, i, 5);
        }
        Assert.Equal(5, window.Usual(101));
    }

    [Fact]
    public void Whoever_reads_the_captures_back_finds_what_whoever_counted_along_has() =>
        Gen.Select(Gen.Int[1, 60], Gen.Select(Gen.Int[1, 8], Gen.Int[0, 400], Gen.Long[-5, 100]).Array[1, 300]).Sample((horizon, steps) =>
        {
            var counted = new CaptureWindow(horizon);
            var ledger = new List<(long Position, long Hold, long Amount)>();
            long position = 0;
            foreach (var (gap, hold, amount) in steps)
            {
                position += gap;
                ledger.Add((position, hold, amount));
                counted.Add(position, hold, amount);
                var read = new CaptureWindow(horizon);
                foreach (var (at, of, what) in ledger.AsEnumerable().Reverse().TakeWhile(l => l.Position > position - horizon).Take(CaptureWindow.MaxEvents).Reverse())
                {
                    read.Add(at, of, what);
                }
                Assert.Equal(read.Usual(position), counted.Usual(position));
                Assert.Equal(read.Usual(position + 3), counted.Copy().Usual(position + 3));
            }
        }, iter: 200);
}
