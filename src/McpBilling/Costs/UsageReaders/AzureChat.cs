namespace McpBilling.Costs.UsageReaders;

/// <summary>Azure OpenAI. The response names the base model; what it costs depends on the deployment, which only the caller knows.</summary>
internal sealed class AzureChat() : ChatCompletions("azure", "azure.chat", "azure.chat.stream");
