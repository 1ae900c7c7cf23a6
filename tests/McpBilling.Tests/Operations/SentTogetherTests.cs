using McpBilling.Operations;

namespace McpBilling.Tests.Operations;

public class SentTogetherTests
{
    [Theory]
    [InlineData("0", "1", "2", "3")]
    // The last, all others, and those that do not get as far as the writer.
    [InlineData("0", "1", "2", "no 3")]
    [InlineData("no 0", "no 1", "no 2", "3")]
    [InlineData("bad 0", "1", "bad 2", "bad 3")]
    [InlineData("bad 0")]
    [InlineData]
    public async Task Each_is_answered_at_its_place(params string[] inputs)
    {
        var billing = new Slow();
        var running = Run(inputs, billing);
        // In whatever order they end.
        foreach (var (i, answer) in billing.Answers.Index().Reverse())
        {
            Assert.False(running.IsCompleted);
            await Task.Yield();
            Complete(billing.Sent[i], answer);
        }
        Assert.Equal(inputs.Select(i => i.Contains(' ', StringComparison.Ordinal) ? $"{i} refused" : $"{i} done"), await running);
    }

    [Fact]
    public async Task What_is_no_refusal_fails_the_whole()
    {
        var billing = new Slow();
        var running = Run(["0", "1"], billing);
        billing.Answers[0].SetException(new TimeoutException("0"));
        billing.Answers[1].SetResult("1 done");
        Assert.Equal("0", (await Assert.ThrowsAsync<TimeoutException>(() => running)).Message);
    }

    private static Task<string[]> Run(string[] inputs, Slow billing) => SentTogether.Run(
        inputs, i => i.StartsWith("bad", StringComparison.Ordinal) ? throw Refusal() : new Word(i), done => done, (i, _) => $"{i} refused", billing, null!, CancellationToken.None);

    private static BillingException Refusal() => new(ErrorCode.InvalidRequest, "no");

    private static void Complete(string input, TaskCompletionSource<string> answer)
    {
        if (input.StartsWith("no", StringComparison.Ordinal))
        {
            answer.SetException(Refusal());
        }
        else
        {
            answer.SetResult($"{input} done");
        }
    }

    private sealed class Word(string text) : Command<string>
    {
        public string Text => text;
    }

    private sealed class Slow : IBilling
    {
        public List<string> Sent { get; } = [];

        public List<TaskCompletionSource<string>> Answers { get; } = [];

        public ValueTask<TOutput> Commit<TOutput>(Command<TOutput> command, Caller caller, CancellationToken cancellation)
        {
            Sent.Add(((Word)(object)command).Text);
            Answers.Add(new TaskCompletionSource<string>());
            return new ValueTask<TOutput>((Task<TOutput>)(object)Answers[^1].Task);
        }

        public TPort Reads<TPort>() where TPort : class => throw new NotSupportedException();
    }
}
