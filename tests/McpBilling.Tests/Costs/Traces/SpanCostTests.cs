using System.Text.Json;
using McpBilling.Costs;
using McpBilling.Costs.Traces;
using McpBilling.Operations;

namespace McpBilling.Tests.Costs.Traces;

/// <summary>What a span says becomes the report of a call, whichever convention it follows.</summary>
public sealed class SpanCostTests
{
    /// <summary>Convention; attributes as JSON; provider; model; what the reader is handed.</summary>
    public static TheoryData<string, string, string, string, string> Conventions { get; } = new()
    {
        {
            "semantic conventions", """{"gen_ai.operation.name":"chat","gen_ai.provider.name":"openai","gen_ai.request.model":"gpt-4o","gen_ai.response.model":"gpt-4o-2024-08-06","gen_ai.response.id":"r1","gen_ai.usage.input_tokens":1000,"gen_ai.usage.output_tokens":100,"gen_ai.usage.cache_read.input_tokens":800,"gen_ai.usage.cache_creation.input_tokens":20,"gen_ai.usage.reasoning.output_tokens":7}""",
            "openai", "gpt-4o", """{"gen_ai.operation.name":"chat","gen_ai.provider.name":"openai","gen_ai.request.model":"gpt-4o","gen_ai.response.model":"gpt-4o-2024-08-06","gen_ai.response.id":"r1","gen_ai.usage.input_tokens":1000,"gen_ai.usage.output_tokens":100,"gen_ai.usage.cache_read.input_tokens":800,"gen_ai.usage.cache_creation.input_tokens":20,"gen_ai.usage.reasoning.output_tokens":7}"""
        },
        {
            "semantic conventions before 1.27", """{"gen_ai.system":"anthropic","gen_ai.request.model":"claude-sonnet-4-5","gen_ai.usage.prompt_tokens":12,"gen_ai.usage.completion_tokens":3}""",
            "anthropic", "claude-sonnet-4-5", """{"gen_ai.operation.name":"chat","gen_ai.provider.name":"anthropic","gen_ai.request.model":"claude-sonnet-4-5","gen_ai.usage.input_tokens":12,"gen_ai.usage.output_tokens":3}"""
        },
        {
            "OpenInference", """{"openinference.span.kind":"LLM","llm.provider":"mistralai","llm.system":"mistralai","llm.model_name":"mistral-large-2512","llm.token_count.prompt":12,"llm.token_count.completion":3,"llm.token_count.total":15,"llm.token_count.prompt_details.cache_read":5,"llm.token_count.prompt_details.cache_write":1,"llm.token_count.completion_details.reasoning":2}""",
            "mistral", "mistral-large-2512", """{"gen_ai.operation.name":"chat","gen_ai.provider.name":"mistral","gen_ai.request.model":"mistral-large-2512","gen_ai.usage.input_tokens":12,"gen_ai.usage.output_tokens":3,"gen_ai.usage.cache_read.input_tokens":5,"gen_ai.usage.cache_creation.input_tokens":1,"gen_ai.usage.reasoning.output_tokens":2}"""
        },
        {
            "OpenInference embedding", """{"openinference.span.kind":"EMBEDDING","embedding.model_name":"text-embedding-3-small","llm.token_count.prompt":9}""",
            "openai", "text-embedding-3-small", """{"gen_ai.operation.name":"embeddings","gen_ai.provider.name":"openai","gen_ai.request.model":"text-embedding-3-small","gen_ai.usage.input_tokens":9}"""
        },
        {
            "OpenLLMetry", """{"gen_ai.system":"OpenAI","llm.request.type":"chat","gen_ai.request.model":"gpt-4o","gen_ai.response.model":"gpt-4o-2024-08-06","gen_ai.usage.prompt_tokens":10,"gen_ai.usage.completion_tokens":2,"llm.usage.total_tokens":12,"gen_ai.usage.cache_read_input_tokens":4}""",
            "openai", "gpt-4o", """{"gen_ai.operation.name":"chat","gen_ai.provider.name":"openai","gen_ai.request.model":"gpt-4o","gen_ai.response.model":"gpt-4o-2024-08-06","gen_ai.usage.input_tokens":10,"gen_ai.usage.output_tokens":2,"gen_ai.usage.cache_read.input_tokens":4}"""
        },
        {
            "OpenLLMetry, old", """{"llm.vendor":"Cohere","llm.request.type":"chat","llm.request.model":"command-r","llm.response.model":"command-r-08-2024","llm.usage.prompt_tokens":10,"llm.usage.completion_tokens":2}""",
            "cohere", "command-r", """{"gen_ai.operation.name":"chat","gen_ai.provider.name":"cohere","gen_ai.request.model":"command-r","gen_ai.response.model":"command-r-08-2024","gen_ai.usage.input_tokens":10,"gen_ai.usage.output_tokens":2}"""
        },
        {
            "Vercel AI SDK", """{"ai.operationId":"ai.generateText.doGenerate","gen_ai.system":"openai.responses","gen_ai.request.model":"gpt-5","gen_ai.response.id":"r2","gen_ai.usage.input_tokens":10,"gen_ai.usage.output_tokens":2,"ai.usage.cachedInputTokens":4,"ai.usage.reasoningTokens":1}""",
            "openai", "gpt-5", """{"gen_ai.operation.name":"chat","gen_ai.provider.name":"openai","gen_ai.request.model":"gpt-5","gen_ai.response.id":"r2","gen_ai.usage.input_tokens":10,"gen_ai.usage.output_tokens":2,"gen_ai.usage.cache_read.input_tokens":4,"gen_ai.usage.reasoning.output_tokens":1}"""
        },
        {
            "counts as other types", """{"gen_ai.provider.name":"openai","gen_ai.request.model":"gpt-4o","gen_ai.usage.input_tokens":12.0,"gen_ai.usage.output_tokens":"3"}""",
            "openai", "gpt-4o", """{"gen_ai.operation.name":"chat","gen_ai.provider.name":"openai","gen_ai.request.model":"gpt-4o","gen_ai.usage.input_tokens":12,"gen_ai.usage.output_tokens":3}"""
        },
        {
            "counts that are none are handed on, to be refused", """{"gen_ai.provider.name":"openai","gen_ai.request.model":"gpt-4o","gen_ai.usage.input_tokens":1.5,"gen_ai.usage.output_tokens":"many"}""",
            "openai", "gpt-4o", """{"gen_ai.operation.name":"chat","gen_ai.provider.name":"openai","gen_ai.request.model":"gpt-4o","gen_ai.usage.input_tokens":1.5,"gen_ai.usage.output_tokens":"many"}"""
        },
    };

    [Theory]
    [MemberData(nameof(Conventions))]
    public void Each_convention_is_read(string what, string attributes, string provider, string model, string handed)
    {
        var read = SpanCost.Of(Spans.Of(1, null, Parse(attributes)), []);
        Assert.Equal((provider, model, "otel.span"), (read.Provider, read.Model, read.Api));
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse($$"""{"attributes":{{handed}}}"""), read.Response!.Value), $"{what}: {read.Response}");
        Assert.True(read.IsWithinBounds());
    }

    [Theory]
    [InlineData("openai", "openai")]
    [InlineData("OpenAI", "openai")]
    [InlineData("azure.ai.openai", "azure")]
    [InlineData("az.ai.inference", "azure")]
    [InlineData("azure-openai.chat", "azure")]
    [InlineData("gcp.gemini", "google")]
    [InlineData("gcp.vertex_ai", "google")]
    [InlineData("vertex_ai", "google")]
    [InlineData("google.generative-ai", "google")]
    [InlineData("aws.bedrock", "aws")]
    [InlineData("amazon-bedrock", "aws")]
    [InlineData("mistral_ai", "mistral")]
    [InlineData("x_ai", "x-ai")]
    [InlineData("xai.chat", "x-ai")]
    [InlineData("deepseek", "deepseek")]
    [InlineData("anthropic.messages", "anthropic")]
    [InlineData("perplexity", "perplexity")]
    public void Providers_get_the_price_books_names(string said, string name) =>
        Assert.Equal(name, SpanCost.Of(Spans.Of(1, null, ("gen_ai.provider.name", said), ("gen_ai.request.model", "m")), []).Provider);

    [Theory]
    [InlineData("gpt-5", "openai")]
    [InlineData("claude-opus-4-5", "anthropic")]
    [InlineData("gemini-2.5-pro", "google")]
    [InlineData("grok-4", "x-ai")]
    [InlineData("openrouter/auto", "openrouter")]
    [InlineData("models/some", "unknown")]
    [InlineData("my-own", "unknown")]
    public void Where_no_provider_is_said_the_model_tells_its_maker(string model, string provider)
    {
        Assert.Equal(provider, SpanCost.Of(Spans.Of(1, null, ("gen_ai.request.model", model)), []).Provider);
        Assert.Equal(provider, SpanCost.Of(Spans.Of(1, null, ("gen_ai.system", "langchain"), ("gen_ai.request.model", model)), []).Provider);
    }

    [Fact]
    public void The_key_is_the_responses_id_else_trace_and_span()
    {
        Assert.Null(SpanCost.Of(Spans.Call(2, 1, 1, 1, "r1"), []).Id);
        Assert.Equal($"{Spans.Trace()}:{Spans.Id(2)}", SpanCost.Of(Spans.Call(2, 1, 1, 1), []).Id);
    }

    [Fact]
    public void Its_times_and_its_interaction_are_the_spans()
    {
        var read = SpanCost.Of(Spans.Call(2, 1, 1, 1), []);
        Assert.Equal((Spans.Start, Spans.Start + TimeSpan.FromSeconds(2)), (read.RequestedAt, read.CompletedAt));
        Assert.Equal((Spans.Trace(), 1), (read.OperationId, read.Attempt));
        read = SpanCost.Of(Spans.Of(2, 1, ("gen_ai.request.model", "gpt-4o"), ("mcp_billing.operation_id", "req-1"), ("mcp_billing.attempt", 2)), []);
        Assert.Equal(("req-1", 2), (read.OperationId, read.Attempt));
    }

    [Theory]
    [InlineData("mcp_billing.customer_id", "anna", "anna", null, null, null, null)]
    [InlineData("customer.id", "anna", "anna", null, null, null, null)]
    [InlineData("traceloop.association.properties.customer_id", "anna", "anna", null, null, null, null)]
    [InlineData("ai.telemetry.metadata.customerId", "anna", "anna", null, null, null, null)]
    [InlineData("customer.id", 42, "42", null, null, null, null)]
    [InlineData("customer.id", "internal", "internal", null, null, null, null)]
    [InlineData("user.id", "u1", "unattributed", "u1", null, null, null)]
    [InlineData("enduser.id", "u1", "unattributed", "u1", null, null, null)]
    [InlineData("traceloop.association.properties.user_id", "u1", "unattributed", "u1", null, null, null)]
    [InlineData("session.id", "s1", "unattributed", null, "s1", null, null)]
    [InlineData("gen_ai.conversation.id", "s1", "unattributed", null, "s1", null, null)]
    [InlineData("mcp_billing.task", "t1", "unattributed", null, null, "t1", null)]
    [InlineData("mcp_billing.feature", "search", "unattributed", null, null, null, "search")]
    [InlineData("traceloop.workflow.name", "search", "unattributed", null, null, null, "search")]
    public void For_whom_it_was_is_said_by_the_span_its_parents_or_the_process(string name, object value, string customer, string? endUser, string? session, string? task, string? feature)
    {
        var call = Spans.Call(2, 1, 1, 1);
        var said = Spans.Attributes((name, value));
        var parent = Spans.Of(1, null, (name, value));
        foreach (var read in new[]
        {
            SpanCost.Of(call with { Own = Spans.Attributes(("gen_ai.request.model", "gpt-4o"), (name, value)) }, []), SpanCost.Of(call, [parent]), SpanCost.Of(call with { Resource = said }, []),
        })
        {
            Assert.Equal((customer, endUser, session, task, feature), (read.CustomerId, read.Subject?.EndUser, read.Subject?.Session, read.Subject?.Task, read.Feature));
        }
    }

    [Fact]
    public void The_nearest_word_on_the_customer_counts()
    {
        var call = Spans.Call(3, 2, 1, 1) with { Resource = Spans.Attributes(("customer.id", "process")) };
        Assert.Equal("process", SpanCost.Of(call, [Spans.Of(2, 1)]).CustomerId);
        Assert.Equal("near", SpanCost.Of(call, [Spans.Of(2, 1, ("customer.id", "near")), Spans.Of(1, null, ("customer.id", "far"))]).CustomerId);
    }

    [Fact]
    public void An_error_is_a_failed_call()
    {
        Assert.Equal(CostOutcome.Succeeded, SpanCost.Of(Spans.Call(1, null, 1, 1), []).Outcome);
        Assert.Equal(CostOutcome.Failed, SpanCost.Of(Spans.Call(1, null, 1, 1) with { Failed = true }, []).Outcome);
        Assert.Equal(CostOutcome.Failed, SpanCost.Of(Spans.Of(1, null, ("gen_ai.request.model", "gpt-4o"), ("error.type", "timeout")), []).Outcome);
    }

    [Fact]
    public void The_served_tier_and_a_batch_are_told()
    {
        var context = SpanCost.Of(
            Spans.Of(1, null, ("gen_ai.request.model", "gpt-4o"), ("gen_ai.openai.response.service_tier", "flex"), ("openai.request.service_tier", "auto"), ("mcp_billing.batch", true)), []).PriceContext!;
        Assert.Equal(("flex", "auto", true), (context.ServiceTier, context.RequestedServiceTier, context.Batch));
        Assert.Null(SpanCost.Of(Spans.Call(1, null, 1, 1), []).PriceContext);
    }

    [Fact]
    public void What_cannot_be_a_report_is_refused_by_name()
    {
        Assert.Equal("gen_ai.request.model", Refused(Spans.Of(1, null, ("gen_ai.operation.name", "chat"))));
        Assert.Equal("start_time_unix_nano", Refused(Spans.Call(1, null, 1, 1) with { Start = null, End = null }));
        Assert.Equal("mcp_billing.attempt", Refused(Spans.Of(1, null, ("gen_ai.request.model", "gpt-4o"), ("mcp_billing.attempt", 0))));
    }

    [Fact]
    public void Prompts_are_not_attributes_that_are_read()
    {
        var attributes = Spans.Attributes(("gen_ai.input.messages", "secret"), ("gen_ai.prompt.0.content", "secret"), ("llm.input_messages.0.message.content", "secret"), ("ai.prompt", "secret"), ("input.value", "secret"));
        Assert.All(new[] { "gen_ai.input.messages", "gen_ai.prompt.0.content", "llm.input_messages.0.message.content", "ai.prompt", "input.value" }, name => Assert.Null(attributes.Find(name)));
    }

    private static string? Refused(Span span) => Assert.Throws<BillingException>(() => SpanCost.Of(span, [])).Field;

    private static (string, object)[] Parse(string attributes) =>
        [.. JsonElement.Parse(attributes).EnumerateObject().Select(a => (a.Name, a.Value.ValueKind == JsonValueKind.String ? a.Value.GetString()!
            : a.Value.GetRawText().Contains('.', StringComparison.Ordinal) ? a.Value.GetDouble() : (object)a.Value.GetInt64()))];
}
