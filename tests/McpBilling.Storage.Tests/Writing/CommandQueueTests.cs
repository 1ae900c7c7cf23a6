using System.Collections.Frozen;
using McpBilling.Operations;
using McpBilling.Storage.Writing;

namespace McpBilling.Storage.Tests.Writing;

/// <summary>Who goes first: what was sent alone, without starving what was sent together.</summary>
public sealed class CommandQueueTests
{
    private readonly CommandQueue queue = new();
    private readonly Dictionary<PendingCommand, string> names = [];
    private readonly List<PendingCommand> taken = [];

    [Fact]
    public void Alone_it_all_goes_at_once()
    {
        Send("t", 300, together: true);
        Assert.Equal([256, 44], [Take().Count, Take().Count]);
    }

    [Fact]
    public void What_was_sent_alone_passes_what_was_sent_together_and_each_keeps_its_order()
    {
        Send("t", 10, together: true);
        Send("a", 2, together: false);
        Assert.Equal(["a0", "a1"], Take());
        Assert.Equal(Enumerable.Range(0, 4).Select(i => $"t{i}"), Take());
        Assert.Equal(Enumerable.Range(4, 4).Select(i => $"t{i}"), Take());
        Assert.Equal(Enumerable.Range(8, 2).Select(i => $"t{i}"), Take());
    }

    [Fact]
    public void What_comes_alone_while_a_transaction_is_decided_joins_it()
    {
        Send("t", 5, together: true);
        Send("a", 1, together: false);
        Take();
        Send("u", 1, together: true);
        Send("b", 2, together: false);
        queue.Join(taken);
        Assert.Equal(["a0", "b0", "b1"], taken.Select(c => names[c]));
        Assert.Equal(Enumerable.Range(0, 4).Select(i => $"t{i}"), Take());
        Send("c", 1, together: false);
        queue.Join(taken);
        Assert.Equal("c0", names[taken[^1]]);
        Assert.Equal(["t4", "u0"], Take());
    }

    [Fact]
    public void A_transaction_that_is_full_is_joined_by_nobody()
    {
        Send("a", 300, together: false);
        Take();
        queue.Join(taken);
        Assert.Equal(256, taken.Count);
        queue.Join(taken);
        Assert.Equal(256, taken.Count);
        Assert.Equal(44, Take().Count);
    }

    [Fact]
    public void However_many_come_alone_the_others_advance_with_every_second_transaction()
    {
        Send("t", 20, together: true);
        Send("a", 2_100, together: false);
        for (int i = 0; i < 8; i++)
        {
            var names = Take();
            Assert.Equal((i % 2 * 4, 252), (names.Count(n => n[0] == 't'), names.Count(n => n[0] == 'a')));
        }
    }

    [Theory]
    [InlineData(4, 4)]
    [InlineData(31, 4)]
    [InlineData(32, 5)]
    [InlineData(640, 24)]
    [InlineData(1_151, 39)]
    [InlineData(1_152, 40)]
    [InlineData(20_000, 40)]
    public void The_more_wait_that_were_sent_together_the_more_are_taken(int waiting, int taken)
    {
        Send("t", waiting, together: true);
        Send("a", 1, together: false);
        Assert.Equal(["a0"], Take());
        Assert.Equal(taken, Take().Count(c => c[0] == 't'));
    }

    [Fact]
    public void After_many_without_one_alone_none_is_waited_for()
    {
        Send("a", 1, together: false);
        Take();
        Send("t", 3_000, together: true);
        var counts = new List<int>();
        while (counts.Sum() < 3_000)
        {
            counts.Add(Take().Count);
        }
        var few = counts.TakeWhile(c => c <= 40).ToList();
        Assert.InRange(few.Sum(), 2_000, 2_039);
        Assert.Equal(256, counts[few.Count]);
    }

    [Fact]
    public void What_goes_along_is_one_in_each_transaction_and_more_in_a_large_one()
    {
        Send("w", 3, along: true);
        Assert.Equal([["w0"], ["w1"], ["w2"]], [Take(), Take(), Take()]);
        Send("w", 40, along: true);
        Send("a", 2);
        Assert.Equal(["a0", "a1", "w0"], Take());
        Send("t", 20, together: true);
        var many = Take();
        Assert.Equal((4, 1), (many.Count(n => n[0] == 't'), many.Count(n => n[0] == 'w')));
    }

    [Fact]
    public void Beside_what_was_sent_together_alone_it_does_not_count_as_sent_alone()
    {
        Send("w", 40, along: true);
        Send("t", 600, together: true);
        Assert.Equal([(256, 17), (256, 17), (88, 6)], Enumerable.Range(0, 3).Select(_ => Take()).Select(n => (n.Count(c => c[0] == 't'), n.Count(c => c[0] == 'w'))));
    }

    [Fact]
    public void Closed_it_gives_out_what_waits_and_takes_no_more()
    {
        Send("t", 1, together: true);
        Send("a", 1, together: false);
        queue.Close();
        Assert.Equal(ErrorCode.ShuttingDown, Assert.Throws<BillingException>(() => Send("b", 1, together: false)).Code);
        Assert.Equal(["a0"], Take());
        Assert.Equal(["t0"], Take());
        Assert.False(queue.Take(taken));
    }

    [Fact]
    public void Beyond_what_may_wait_the_sender_is_told_to_try_again()
    {
        Send("t", 65_536, together: true);
        Assert.Equal(ErrorCode.TryAgain, Assert.Throws<BillingException>(() => Send("a", 1, together: false)).Code);
    }

    private void Send(string name, int count, bool together = false, bool along = false)
    {
        for (int i = 0; i < count; i++)
        {
            var command = new PendingCommand<object>(new Caller(0, Mode.Test, FrozenSet<string>.Empty), static batch => batch) { IsOneOfMany = together, GoesAlong = along };
            queue.Add(command);
            names[command] = $"{name}{i}";
        }
    }

    private List<string> Take()
    {
        Assert.True(queue.Take(taken));
        return [.. taken.Select(c => names[c])];
    }
}
