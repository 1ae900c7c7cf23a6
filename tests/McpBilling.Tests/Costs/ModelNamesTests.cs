using McpBilling.Costs;
using static McpBilling.Tests.Costs.Readings;

namespace McpBilling.Tests.Costs;

/// <summary>Names as providers and SDKs write them, against the shipped book.</summary>
public class ModelNamesTests
{
    private static (string? Row, bool Assumed) Found(string provider, string model)
    {
        var line = PriceBook.Shipped.Price(provider, model, At("2026-11-24T12:00:00Z"), Of("input 1000")).Lines[0];
        return (line.RowId, line.Assumed);
    }

    [Theory]
    [InlineData("openai", "gpt-4o-2024-08-06", "openai/gpt-4o")]
    [InlineData("openai", "openai/gpt-4o", "openai/gpt-4o")]
    [InlineData("OpenAI", "GPT-4o", "openai/gpt-4o")]
    [InlineData("openai", "gpt-4o-2024-05-13", "openai/gpt-4o-2024-05-13")]
    [InlineData("openai", "gpt-5.6", "openai/gpt-5.6-sol@2026-08-21")]
    [InlineData("openai", "ft:gpt-4o-2024-08-06:acme::AbC123", "openai/ft:gpt-4o")]
    [InlineData("anthropic", "claude-sonnet-4-5-20250929", "anthropic/claude-sonnet-4-5@2026-05-01")]
    [InlineData("anthropic", "claude-3-5-haiku-latest", "anthropic/claude-3-5-haiku")]
    [InlineData("anthropic", "anthropic/claude-opus-5", "anthropic/claude-opus-5")]
    [InlineData("aws.bedrock", "global.anthropic.claude-sonnet-4-5-20250929-v1:0", "aws/global.anthropic.claude-sonnet-4-5-20250929-v1:0")]
    [InlineData("bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "aws/us.anthropic.claude-sonnet-4-5-20250929-v1:0")]
    [InlineData("aws", "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-4-5-20250929-v1:0", "aws/us.anthropic.claude-sonnet-4-5-20250929-v1:0")]
    [InlineData("aws", "amazon.nova-lite-v1:0", "aws/amazon.nova-lite-v1:0")]
    [InlineData("azure.ai.openai", "gpt-4o-2024-11-20", "azure/gpt-4o-2024-11-20")]
    [InlineData("gcp.gemini", "models/gemini-2.5-flash", "google/gemini-2.5-flash")]
    [InlineData("vertex_ai", "projects/p/locations/us-central1/publishers/google/models/gemini-2.5-pro", "google/gemini-2.5-pro")]
    [InlineData("google", "claude-sonnet-4-5@20250929", "google/claude-sonnet-4-5")]
    [InlineData("mistral_ai", "mistral-medium-latest", "mistral/mistral-medium-latest@2026-06-16")]
    [InlineData("xai", "grok-3-latest", "x-ai/grok-3")]
    [InlineData("x_ai", "xai/grok-3", "x-ai/grok-3")]
    [InlineData("groq", "openai/gpt-oss-120b", "groq/openai/gpt-oss-120b")]
    [InlineData("voyage", "voyage-3.5", "voyageai/voyage-3.5")]
    [InlineData("cohere", "rerank-v3.5", null)]
    public void A_name_finds_its_row_without_a_guess(string provider, string model, string? row) => Assert.Equal((row, false), Found(provider, model));

    [Theory]
    [InlineData("openai", "gpt-4o-2031-01-31", "openai/gpt-4o")]
    [InlineData("anthropic", "claude-opus-5-20310131", "anthropic/claude-opus-5")]
    [InlineData("openai", "gpt-4.1-mini-latest", "openai/gpt-4.1-mini")]
    public void A_snapshot_that_no_row_names_is_taken_for_its_model_and_says_so(string provider, string model, string row)
    {
        Assert.Equal((row, true), Found(provider, model));
        Assert.Contains("taken for", PriceBook.Shipped.Price(provider, model, At("2026-11-24T12:00:00Z"), Of("input 1000")).Reason);
    }

    [Theory]
    [InlineData("openai", "gpt-4o-ultra")]
    [InlineData("openai", "gpt-5.6-sol-pro")]
    [InlineData("openai", "anthropic/claude-opus-5")]
    [InlineData("mistral", "mistral-large-3112")]
    [InlineData("cohere", "command-r-plus-08-2031")]
    [InlineData("aws", "moon.anthropic.claude-sonnet-4-5-20250929-v1:0")]
    [InlineData("aws", "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123")]
    [InlineData("azure", "our-deployment")]
    [InlineData("some-gateway", "gpt-4o")]
    public void What_is_only_alike_is_not_matched(string provider, string model) => Assert.Equal((null, false), Found(provider, model));
}
