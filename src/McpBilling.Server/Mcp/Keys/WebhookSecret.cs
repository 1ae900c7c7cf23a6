using System.ComponentModel;
using McpBilling.Operations;
using McpBilling.Webhooks;

namespace McpBilling.Server.Mcp.Keys;

internal sealed record KeptWebhookSecret(
    WebhookEndpointView Endpoint,
    [property: Description("The file that now holds MCP_BILLING_WEBHOOK_SECRET.")] string WrittenTo,
    IReadOnlyList<string> Warnings);

/// <summary>Takes an endpoint's signing secret from the operation that makes it into the env file, past the conversation.</summary>
internal static class WebhookSecret
{
    /// <param name="roots">The client's; null when it has none to tell of.</param>
    /// <param name="make">Carried out once it is sure that the file can be written.</param>
    /// <exception cref="BillingException"><c>env_file_refused</c>, or what making it says.</exception>
    public static async Task<KeptWebhookSecret> Keep(McpSurface surface, IReadOnlyList<string>? roots, string envFile, Func<Task<(WebhookEndpointView Endpoint, string Secret)>> make)
    {
        string path = EnvPlace.Find(roots, surface.LocalFolder!, envFile);
        List<string> warnings = [.. GitCheck.Warnings(path)];
        using var file = EnvFile.Open(path);
        warnings.AddRange(file.Warnings);
        var (endpoint, secret) = await make();
        try
        {
            file.Save((EnvFile.WebhookSecretVariable, secret));
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new BillingException(ErrorCode.EnvFileRefused, $"{path} could not be written; {endpoint.Id} is there, and the same call with the same idempotency_key writes its secret.", "env_file");
        }
        return new(endpoint, path, warnings);
    }
}
