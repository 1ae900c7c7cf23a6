using CsCheck;
using McpBilling.Costs.Traces;

namespace McpBilling.Tests.Costs.Traces;

/// <summary>Usage that a parent repeats counts once, in whatever exports the two come.</summary>
public sealed class TraceMemoryTests
{
    public static TheoryData<string, string> RollUps { get; } = new()
    {
        { "gen_ai.operation.name", "invoke_agent" },
        { "gen_ai.operation.name", "invoke_workflow" },
        { "gen_ai.operation.name", "execute_tool" },
        { "gen_ai.operation.name", "create_agent" },
        { "openinference.span.kind", "CHAIN" },
        { "openinference.span.kind", "AGENT" },
        { "openinference.span.kind", "TOOL" },
        { "traceloop.span.kind", "workflow" },
        { "traceloop.span.kind", "task" },
        { "traceloop.span.kind", "agent" },
        { "ai.operationId", "ai.generateText" },
        { "ai.operationId", "ai.streamObject" },
        { "langfuse.observation.type", "span" },
    };

    [Theory]
    [MemberData(nameof(RollUps))]
    public void A_roll_up_by_name_never_counts_whenever_it_comes(string name, string value)
    {
        var parent = Spans.Of(1, null, (name, value), ("gen_ai.request.model", "gpt-4o"), ("gen_ai.usage.input_tokens", 10), ("gen_ai.usage.output_tokens", 5));
        var child = Spans.Call(2, 1, 10, 5);
        Assert.Equal([child.SpanId], new TraceMemory().Counted(parent, child));
        Assert.Empty(new TraceMemory().Counted(parent));
        var memory = new TraceMemory();
        Assert.Equal([child.SpanId], memory.Counted(child));
        Assert.Empty(memory.Counted(parent));
    }

    [Theory]
    [InlineData("gen_ai.operation.name", "chat")]
    [InlineData("gen_ai.operation.name", "text_completion")]
    [InlineData("gen_ai.operation.name", "generate_content")]
    [InlineData("gen_ai.operation.name", "embeddings")]
    [InlineData("llm.request.type", "completion")]
    [InlineData("openinference.span.kind", "LLM")]
    [InlineData("openinference.span.kind", "EMBEDDING")]
    [InlineData("ai.operationId", "ai.generateText.doGenerate")]
    [InlineData("ai.operationId", "ai.embed.doEmbed")]
    [InlineData("langfuse.observation.type", "generation")]
    public void A_call_counts_also_without_usage_which_is_not_zero(string name, string value) =>
        Assert.Equal([Spans.Id(1)], new TraceMemory().Counted(Spans.Of(1, null, (name, value))));

    [Fact]
    public void A_span_without_models_or_usage_is_no_call() => Assert.Empty(new TraceMemory().Counted(Spans.Of(1, null, ("user.id", "u")), Spans.Of(2, 1)));

    [Fact]
    public void Usage_without_kind_and_model_is_a_sum_of_something() => Assert.Empty(new TraceMemory().Counted(Spans.Of(1, null, ("gen_ai.usage.input_tokens", 10))));

    [Fact]
    public void A_parent_that_does_not_say_what_it_is_repeats_its_children() =>
        Assert.Equal([Spans.Id(3), Spans.Id(4)], new TraceMemory().Counted(Spans.Unsaid(1, null, 30, 15), Spans.Of(2, 1), Spans.Call(3, 2, 10, 5), Spans.Call(4, 2, 20, 10)));

    [Fact]
    public void So_it_does_when_its_children_came_before_it()
    {
        var memory = new TraceMemory();
        Assert.Equal([Spans.Id(3)], memory.Counted(Spans.Call(3, 2, 10, 5)));
        Assert.Equal([Spans.Id(4)], memory.Counted(Spans.Call(4, 2, 20, 10)));
        Assert.Empty(memory.Counted(Spans.Of(2, 1), Spans.Unsaid(1, null, 30, 15)));
    }

    [Fact]
    public void Children_that_come_after_it_are_counted_with_it()
    {
        var memory = new TraceMemory();
        Assert.Equal([Spans.Id(1)], memory.Counted(Spans.Unsaid(1, null, 30, 15)));
        Assert.Empty(memory.Counted(Spans.Call(3, 1, 10, 5), Spans.Call(4, 1, 20, 10)));
    }

    [Fact]
    public void Two_libraries_that_report_one_call_count_once()
    {
        Assert.Equal([Spans.Id(2)], new TraceMemory().Counted(Spans.Call(1, null, 10, 5), Spans.Call(2, 1, 10, 5)));
        Assert.Equal([Spans.Id(2)], new TraceMemory().Counted(Spans.Call(1, null, 11, 5, "r1"), Spans.Call(2, 1, 10, 5, "r1")));
        Assert.Equal([Spans.Id(2)], new TraceMemory().Counted(Spans.Of(1, null, ("openinference.span.kind", "LLM")), Spans.Call(2, 1, 10, 5)));
        var memory = new TraceMemory();
        Assert.Equal([Spans.Id(2)], memory.Counted(Spans.Call(2, 1, 10, 5)));
        Assert.Empty(memory.Counted(Spans.Call(1, null, 10, 5)));
    }

    [Fact]
    public void A_call_inside_a_call_with_other_usage_is_work_of_its_own() =>
        Assert.Equal([Spans.Id(1), Spans.Id(2)], new TraceMemory().Counted(Spans.Call(1, null, 1000, 50), Spans.Call(2, 1, 20, 0)));

    [Fact]
    public void A_call_of_a_tool_within_a_call_is_work_of_its_own_even_with_equal_usage() => Assert.Equal(
        [Spans.Id(1), Spans.Id(3)],
        new TraceMemory().Counted(Spans.Call(1, null, 10, 5), Spans.Of(2, 1, ("gen_ai.operation.name", "execute_tool")), Spans.Call(3, 2, 10, 5)));

    [Fact]
    public void An_export_that_is_sent_again_is_counted_as_it_was()
    {
        var memory = new TraceMemory();
        Span[] export = [Spans.Unsaid(1, null, 30, 15)];
        memory.Counted(export);
        memory.Counted(Spans.Call(2, 1, 30, 15));
        Assert.Equal([Spans.Id(1)], memory.Counted(export));
    }

    [Fact]
    public void Traces_of_workspaces_do_not_meet()
    {
        var memory = new TraceMemory();
        Assert.Equal([true], memory.Count(1, [Spans.Call(2, 1, 10, 5)]));
        Assert.Equal([true], memory.Count(2, [Spans.Unsaid(1, null, 10, 5)]));
    }

    [Fact]
    public void A_circle_of_parents_ends()
    {
        Assert.Equal([Spans.Id(3)], new TraceMemory().Counted(Spans.Of(1, 2), Spans.Of(2, 1), Spans.Call(3, 1, 1, 1)));
        Assert.Equal([Spans.Id(1)], new TraceMemory().Counted(Spans.Call(1, 1, 1, 1)));
    }

    [Fact]
    public void An_endless_trace_and_many_traces_lose_no_call()
    {
        var memory = new TraceMemory(maxSpans: 100);
        Assert.Equal(12_000, memory.Counted([.. Enumerable.Range(2, 12_000).Select(i => Spans.Call(i, 1, i, 1))]).Count());
        var other = Spans.Call(1, null, 1, 1) with { TraceId = Spans.Trace(2) };
        Assert.Equal([other.SpanId], memory.Counted(other));
    }

    // Calls under agents, steps and parents of no said kind. Children end before their parents, so they are exported with them or before.
    [Fact]
    public void However_a_trace_is_cut_into_exports_its_calls_are_counted_once() =>
        Gen.Select(Gen.Int[0, 3].Array[1, 25], Gen.Int[0, 1_000_000].Array[25], Gen.Int[1, 6]).Sample((kinds, seeds, size) =>
        {
            var trace = Tree(kinds, seeds);
            var calls = trace.Where(s => s.Own.Find("gen_ai.operation.name")?.Text == "chat").Select(s => s.SpanId).Order(StringComparer.Ordinal).ToList();
            var memory = new TraceMemory();
            var counted = trace.AsEnumerable().Reverse().Chunk(size).SelectMany(export => memory.Counted(export)).Order(StringComparer.Ordinal);
            Assert.Equal(calls, counted);
        });

    // A call is a leaf here; what has no call beneath it shows no usage, as a roll-up of nothing.
    private static List<Span> Tree(int[] kinds, int[] seeds)
    {
        int?[] parents = [.. kinds.Select((_, i) => i == 0 ? (int?)null : Enumerable.Range(0, i).Where(p => kinds[p] != 0).ToArray() is { Length: > 0 } may ? may[seeds[i] % may.Length] : null)];
        bool HasCall(int at) => kinds[at] == 0 || Enumerable.Range(at + 1, kinds.Length - at - 1).Any(c => parents[c] == at && HasCall(c));
        return [.. kinds.Select((kind, i) => (kind, HasCall(i)) switch
        {
            (0, _) => Spans.Call(i + 1, parents[i] + 1, seeds[i] % 50, 1),
            (1, true) => Spans.Unsaid(i + 1, parents[i] + 1, 7, 7),
            (2, _) => Spans.Of(i + 1, parents[i] + 1, ("gen_ai.operation.name", "invoke_agent"), ("gen_ai.usage.input_tokens", 7)),
            _ => Spans.Of(i + 1, parents[i] + 1),
        })];
    }
}
