using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Operations;
using McpBilling.Server.Mcp;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace McpBilling.Server.Tests.Mcp;

/// <summary>Long tools tell how far they are, and stop when the client does not want them any more; in both protocol eras.</summary>
public sealed class ProgressTests
{
    public static TheoryData<string> Eras => [McpPair.Initialize, McpPair.Discover];

    [Theory]
    [MemberData(nameof(Eras))]
    public async Task A_client_that_gives_a_token_is_told_how_far_it_is(string era)
    {
        await using var pair = await McpPair.Connect(Surface(new CountUp()), era);
        var told = new Told();
        var result = await pair.Client.CallToolAsync("count_up", new Dictionary<string, object?>(), told);
        Assert.NotEqual(true, result.IsError);
        // A client may handle notifications side by side: in which order it saw them says nothing, what was sent does.
        await told.Arrived();
        var values = told.Values.ToArray();
        Assert.All(values, v => Assert.Equal((100f, "counting"), ((float)v.Total!, v.Message)));
        Assert.Equal(values.Length, values.Select(v => v.Progress).Distinct().Count());
        Assert.Equal(100, values.Max(v => v.Progress));
    }

    [Fact]
    public async Task Figures_go_out_one_after_the_other_and_only_grow()
    {
        var sent = new List<float>();
        var slow = new TaskCompletionSource();
        var progress = new ToolProgress(async value =>
        {
            sent.Add(value.Progress);
            await slow.Task;
        });
        foreach (int done in (int[])[1, 2, 5, 3, 9, 9])
        {
            progress.Report(new OperationProgress(done, 9, "counting"));
        }
        // The first is still on its way: of the others only the latest waits.
        Assert.Equal([1], sent);
        slow.SetResult();
        await progress.Finish();
        Assert.Equal([1, 9], sent);
        progress.Report(new OperationProgress(4, 9, "counting"));
        await progress.Finish();
        Assert.Equal([1, 9], sent);
    }

    [Theory]
    [MemberData(nameof(Eras))]
    public async Task A_client_that_gives_no_token_gets_the_answer_all_the_same(string era)
    {
        await using var pair = await McpPair.Connect(Surface(new CountUp()), era);
        var result = await pair.Client.CallToolAsync("count_up");
        Assert.Equal("""{"id":"counted","count":100}""", result.StructuredContent!.Value.GetRawText());
    }

    [Theory]
    [MemberData(nameof(Eras))]
    public async Task A_call_that_the_client_cancels_is_cancelled_in_the_operation(string era)
    {
        var waits = new WaitForEver();
        await using var pair = await McpPair.Connect(Surface(waits), era);
        using var stop = new CancellationTokenSource();
        var call = pair.Client.CallToolAsync("wait_for_ever", cancellationToken: stop.Token).AsTask();
        await waits.Started.Task.WaitAsync(TimeSpan.FromSeconds(60));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await waits.Cancelled.Task.WaitAsync(TimeSpan.FromSeconds(60));
        // The session goes on.
        Assert.NotEmpty(await pair.Client.ListToolsAsync());
    }

    private static McpSurface Surface(Operation operation) => new()
    {
        Operations = [operation],
        Billing = new FakeBilling(),
        Json = TestOperations.Json,
        LocalCaller = TestOperations.Local,
        RuntimeUrl = "http://127.0.0.1:7171",
    };

    private sealed class Told : IProgress<ProgressNotificationValue>
    {
        private readonly TaskCompletionSource last = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ConcurrentQueue<ProgressNotificationValue> Values { get; } = [];

        public void Report(ProgressNotificationValue value)
        {
            Values.Enqueue(value);
            if (value.Progress >= value.Total)
            {
                last.TrySetResult();
            }
        }

        public Task Arrived() => last.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    private sealed class CountUp : Operation<Nothing, NoteOutput>
    {
        [SetsRequiredMembers]
        public CountUp() => (Name, Title, Description, ToolSet, Scope, Reads) = ("count_up", "Count", "Counts.", ToolSet.Usage, Scopes.UsageRead, true);

        public override ValueTask<NoteOutput> Run(Nothing input, Caller caller, IBilling billing, CancellationToken cancellation) => Run(input, caller, billing, null, cancellation);

        public override async ValueTask<NoteOutput> Run(Nothing input, Caller caller, IBilling billing, IProgress<OperationProgress>? progress, CancellationToken cancellation)
        {
            for (int i = 1; i <= 100; i++)
            {
                progress?.Report(new OperationProgress(i, 100, "counting"));
                await Task.Yield();
            }
            return new NoteOutput("counted", 100, null);
        }
    }

    private sealed class WaitForEver : Operation<Nothing, NoteOutput>
    {
        [SetsRequiredMembers]
        public WaitForEver() => (Name, Title, Description, ToolSet, Scope, Reads) = ("wait_for_ever", "Wait", "Waits.", ToolSet.Usage, Scopes.UsageRead, true);

        public TaskCompletionSource Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override async ValueTask<NoteOutput> Run(Nothing input, Caller caller, IBilling billing, CancellationToken cancellation)
        {
            Started.TrySetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, cancellation);
            }
            catch (OperationCanceledException)
            {
                Cancelled.TrySetResult();
                throw;
            }
            return new NoteOutput("never", 0, null);
        }
    }
}
