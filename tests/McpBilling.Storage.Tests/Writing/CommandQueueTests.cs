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
        Send("t", 25, together: true);
        Send("a", 2, together: false);
        Assert.Equal(["a0", "a1", .. Enumerable.Range(0, 10).Select(i => $"t{i}")], Take());
        Assert.Equal(Enumerable.Range(10, 10).Select(i => $"t{i}"), Take());
        Assert.Equal(Enumerable.Range(20, 5).Select(i => $"t{i}"), Take());
    }

    [Fact]
    public void What_comes_alone_while_a_transaction_is_decided_joins_it()
    {
        Send("t", 11, together: true);
        Send("a", 1, together: false);
        Take();
        Send("u", 1, together: true);
        Send("b", 2, together: false);
        queue.Join(taken);
        Assert.Equal(["b0", "b1"], taken.Skip(11).Select(c => names[c]));
        Assert.Equal(["t10", "u0"], Take());
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
    public void However_many_come_alone_the_others_advance_with_every_transaction()
    {
        Send("t", 40, together: true);
        Send("a", 1_000, together: false);
        for (int i = 0; i < 4; i++)
        {
            var names = Take();
            Assert.Equal((10, 246), (names.Count(n => n[0] == 't'), names.Count(n => n[0] == 'a')));
        }
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
        Assert.Equal(200, counts.Count(c => c == 10));
        Assert.Equal(256, counts[200]);
    }

    [Fact]
    public void Closed_it_gives_out_what_waits_and_takes_no_more()
    {
        Send("t", 1, together: true);
        Send("a", 1, together: false);
        queue.Close();
        Assert.Equal(ErrorCode.ShuttingDown, Assert.Throws<BillingException>(() => Send("b", 1, together: false)).Code);
        Assert.Equal(["a0", "t0"], Take());
        Assert.False(queue.Take(taken));
    }

    [Fact]
    public void Beyond_what_may_wait_the_sender_is_told_to_try_again()
    {
        Send("t", 65_536, together: true);
        Assert.Equal(ErrorCode.TryAgain, Assert.Throws<BillingException>(() => Send("a", 1, together: false)).Code);
    }

    private void Send(string name, int count, bool together)
    {
        for (int i = 0; i < count; i++)
        {
            var command = new PendingCommand<object>(new Caller(0, Mode.Test, FrozenSet<string>.Empty), static batch => batch) { IsOneOfMany = together };
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
