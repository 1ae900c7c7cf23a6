using McpBilling.Customers;
using McpBilling.Operations;

namespace McpBilling.Costs.Imports;

/// <summary>Whose a record is, and who answered.</summary>
internal static class Attribution
{
    /// <summary>
    /// The customer: the named field, else where the format says it. Providers' own fields for the end user are an insurance: an app that sent its customer's id as OpenAI's
    /// <c>user</c> or <c>safety_identifier</c>, or as Anthropic's <c>metadata.user_id</c>, finds it again in its logs.
    /// </summary>
    /// <exception cref="BillingException"><c>invalid_request</c>: what stands there is no customer's id.</exception>
    public static string CustomerOf(FileRecord record, ICostFileFormat format, ImportSettings settings)
    {
        foreach (string field in settings.CustomerField is { } named ? [named] : format.CustomerFields)
        {
            if (record.Text(field) is { } id)
            {
                return PlainText.FitsId(id, Customer.MaxIdLength) ? id
                    : throw new BillingException(ErrorCode.InvalidRequest, $"{field} is no customer's id: it must have 1 to {Customer.MaxIdLength} visible ASCII characters and no space.", field);
            }
        }
        return settings.Customer;
    }

    /// <summary>The provider by its name, else by the model's.</summary>
    /// <exception cref="BillingException"><c>invalid_request</c>: nothing tells.</exception>
    public static string ProviderOf(string? named, string? model, ImportSettings settings) =>
        named is not null ? CostProviders.Canonical(named)
        : (model is null ? null : OfModel(model.ToLowerInvariant())) ?? settings.Provider
            ?? throw new BillingException(ErrorCode.InvalidRequest, "provider is missing, and the model does not tell it; name one with --provider.", "provider");

    /// <summary>The model without the provider's prefix that gateways put before it.</summary>
    public static string? ModelOf(string? model) =>
        model?.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash && CostProviders.IsKnown(model[..slash]) ? model[(slash + 1)..] : model;

    private static string? OfModel(string model)
    {
        int slash = model.IndexOf('/', StringComparison.Ordinal);
        if (slash > 0 && CostProviders.IsKnown(model[..slash]))
        {
            return CostProviders.Canonical(model[..slash]);
        }
        // Bedrock puts the maker, and often a region, before the model.
        if (model.Contains("anthropic.claude", StringComparison.Ordinal) || model.Contains("amazon.nova", StringComparison.Ordinal))
        {
            return CostProviders.Aws;
        }
        (string Beginning, string Provider)[] makers =
        [
            ("gpt-", CostProviders.OpenAi), ("chatgpt-", CostProviders.OpenAi), ("o1", CostProviders.OpenAi), ("o3", CostProviders.OpenAi), ("o4", CostProviders.OpenAi), ("text-embedding-", CostProviders.OpenAi),
            ("whisper-", CostProviders.OpenAi), ("claude-", CostProviders.Anthropic), ("gemini-", CostProviders.Google), ("mistral-", CostProviders.Mistral), ("magistral-", CostProviders.Mistral),
            ("ministral-", CostProviders.Mistral), ("codestral-", CostProviders.Mistral), ("pixtral-", CostProviders.Mistral), ("command-", CostProviders.Cohere), ("embed-", CostProviders.Cohere), ("rerank-", CostProviders.Cohere),
            ("grok-", CostProviders.XAi), ("deepseek-", CostProviders.DeepSeek), ("voyage-", CostProviders.Voyage),
        ];
        return Array.Find(makers, m => model.StartsWith(m.Beginning, StringComparison.Ordinal)).Provider;
    }
}
