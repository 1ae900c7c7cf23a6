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
        Send("t", 30, together: true);
        Send("a", 2, together: false);
        Assert.Equal(["a0", "a1"], Take());
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"t{i}"), Take());
        Assert.Equal(Enumerable.Range(20, 10).Select(i => $"t{i}"), Take());
    }

    [Fact]
    public void However_many_come_alone_the_others_advance_with_every_other_transaction()
    {
        Send("t", 40, together: true);
        int together = 0;
        for (int i = 0; i < 4; i++)
        {
            Send($"a{i}-", 1, together: false);
            var names = Take();
            Assert.Contains($"a{i}-0", names);
            together += names.Count(n => n[0] == 't');
        }
        Assert.Equal(40, together);
    }

    [Fact]
    public void After_many_transactions_without_one_alone_none_is_waited_for()
    {
        Send("a", 1, together: false);
        Take();
        Send("t", 3_000, together: true);
        var counts = new List<int>();
        while (counts.Sum() < 3_000)
        {
            counts.Add(Take().Count);
        }
        Assert.Equal(100, counts.Count(c => c == 20));
        Assert.Equal(256, counts[100]);
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
