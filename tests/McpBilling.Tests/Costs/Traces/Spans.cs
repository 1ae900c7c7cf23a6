using McpBilling.Costs.Traces;
using McpBilling.Money;

namespace McpBilling.Tests.Costs.Traces;

/// <summary>Spans as a tracing library would export them.</summary>
internal static class Spans
{
    public static readonly Instant Start = Instant.From(new DateTimeOffset(2026, 7, 1, 10, 0, 0, TimeSpan.Zero));

    public static string Trace(int number = 1) => number.ToString("x32");

    public static string Id(int number) => number.ToString("x16");

    public static Span Of(int id, int? parent, params (string Name, object Value)[] attributes) => new(
        Trace(), Id(id), parent is { } above ? Id(above) : null, Start, Start + TimeSpan.FromSeconds(2), false, Attributes(attributes), SpanAttributes.None);

    public static SpanAttributes Attributes(params (string Name, object Value)[] attributes) =>
        new(attributes.Select(a => KeyValuePair.Create(a.Name, a.Value switch
        {
            string text => SpanValue.Of(text),
            double number => SpanValue.Of(number)!.Value,
            bool flag => SpanValue.Of(flag ? "true" : "false"),
            var whole => SpanValue.Of(Convert.ToInt64(whole)),
        })));

    /// <summary>One request to a provider.</summary>
    public static Span Call(int id, int? parent, int input, int output, string? responseId = null) => responseId is null
        ? Of(id, parent, ("gen_ai.operation.name", "chat"), ("gen_ai.request.model", "gpt-4o"), ("gen_ai.usage.input_tokens", input), ("gen_ai.usage.output_tokens", output))
        : Of(id, parent, ("gen_ai.operation.name", "chat"), ("gen_ai.request.model", "gpt-4o"), ("gen_ai.usage.input_tokens", input), ("gen_ai.usage.output_tokens", output), ("gen_ai.response.id", responseId));

    /// <summary>Shows usage and a model, and does not say what it is.</summary>
    public static Span Unsaid(int id, int? parent, int input, int output) =>
        Of(id, parent, ("gen_ai.request.model", "gpt-4o"), ("gen_ai.usage.input_tokens", input), ("gen_ai.usage.output_tokens", output));

    /// <summary>The ids of the spans that count, of one export.</summary>
    public static IEnumerable<string> Counted(this TraceMemory memory, params Span[] export) =>
        memory.Count(1, export).Zip(export).Where(c => c.First).Select(c => c.Second.SpanId);
}
