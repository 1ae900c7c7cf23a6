using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using McpBilling.Operations;
using McpBilling.Server.Mcp;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpBilling.Server.Tests.Mcp;

/// <summary>Long tools tell how far they are, and stop when the client does not want them any more; in both protocol eras.</summary>
public sealed class ProgressTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static TheoryData<string> Eras => [McpPair.Initialize, McpPair.Discover];

    [Theory]
    [MemberData(nameof(Eras))]
    public async Task A_client_that_gives_a_token_is_told_how_far_it_is(string era)
    {
        var told = new Told();
        await using var pair = await McpPair.Connect(Surface(new CountUp(told.Arrived)), era);
        var result = await pair.Client.CallToolAsync("count_up", new Dictionary<string, object?>(), told);
        Assert.NotEqual(true, result.IsError);
        // A client may handle notifications side by side: in which order it saw them says nothing, what was sent does. The operation waited for the last one,
        // since a client forgets whom to tell as soon as it has the answer.
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
        await using var pair = await McpPair.Connect(Surface(new CountUp(() => Task.CompletedTask)), era);
        var result = await pair.Client.CallToolAsync("count_up");
        Assert.Equal("""{"id":"counted","count":100}""", result.StructuredContent!.Value.GetRawText());
    }

    // Written by hand: which notifications a client library sends when its own caller cancels is the library's affair.
    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"wait_for_ever","arguments":{}}}""", "7", true)]
    [InlineData("""{"jsonrpc":"2.0","id":"seven","method":"tools/call","params":{"name":"wait_for_ever","arguments":{}}}""", "\"seven\"", true)]
    [InlineData(
        """{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"wait_for_ever","arguments":{},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"x","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}}}""",
        "7", false)]
    public async Task A_call_that_the_client_cancels_is_cancelled_in_the_operation(string call, string id, bool initialize)
    {
        var waits = new WaitForEver();
        Pipe up = new(), down = new();
        using var stop = new CancellationTokenSource();
        var serving = new BillingServer(Surface(waits)).Run(new StreamServerTransport(up.Reader.AsStream(), down.Writer.AsStream(), "mcp-billing"), stop.Token);
        await using var to = new StreamWriter(up.Writer.AsStream()) { AutoFlush = true, NewLine = "\n" };
        using var from = new StreamReader(down.Reader.AsStream());
        if (initialize)
        {
            await to.WriteLineAsync("""{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}""");
            Assert.Contains("serverInfo", await from.ReadLineAsync().WaitAsync(Patience), StringComparison.Ordinal);
            await to.WriteLineAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""");
        }
        await to.WriteLineAsync(call);
        await waits.Started.Task.WaitAsync(Patience);
        await to.WriteLineAsync($$"""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{{id}},"reason":"enough"} }""");
        await waits.Cancelled.Task.WaitAsync(Patience);
        await stop.CancelAsync();
        await serving.WaitAsync(Patience).ContinueWith(_ => { }, TaskScheduler.Default);
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

        public Task Arrived() => last.Task.WaitAsync(Patience);
    }

    private sealed class CountUp : Operation<Nothing, NoteOutput>
    {
        private readonly Func<Task> arrived;

        [SetsRequiredMembers]
        public CountUp(Func<Task> arrived) => (this.arrived, Name, Title, Description, ToolSet, Scope, Reads) = (arrived, "count_up", "Count", "Counts.", ToolSet.Usage, Scopes.UsageRead, true);

        public override ValueTask<NoteOutput> Run(Nothing input, Caller caller, IBilling billing, CancellationToken cancellation) => Run(input, caller, billing, null, cancellation);

        public override async ValueTask<NoteOutput> Run(Nothing input, Caller caller, IBilling billing, IProgress<OperationProgress>? progress, CancellationToken cancellation)
        {
            for (int i = 1; i <= 100; i++)
            {
                progress?.Report(new OperationProgress(i, 100, "counting"));
                await Task.Yield();
            }
            await arrived();
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
