using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using McpBilling.Operations;
using McpBilling.Webhooks;

namespace McpBilling.Server.Mcp.Keys;

internal sealed record NewWebhookSecretInput
{
    [Description("The endpoint's id (endpoint_…)."), StringLength(64, MinimumLength = 1)]
    public required string EndpointId { get; init; }

    [Description("How long the present secret signs too, so that the receiver can change over; 0 when it has leaked."), Range(0, 168), DefaultValue(24)]
    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public int OverlapHours { get; set; } = 24;

    [Description("Path inside the project; a file named .env, .env.* or *.env."), DefaultValue(EnvPlace.DefaultName), StringLength(300, MinimumLength = 1)]
    public string EnvFile { get; set; } = EnvPlace.DefaultName;

    [Description("Makes a retry safe."), StringLength(255, MinimumLength = 1)]
    public required string IdempotencyKey { get; init; }
}

/// <summary>Gives an endpoint another secret and writes it where the app reads it.</summary>
internal sealed class RotateWebhookSecret : EnvFileTool<NewWebhookSecretInput, KeptWebhookSecret>
{
    private readonly McpSurface surface;
    private readonly McpBilling.Webhooks.RotateWebhookSecret operation = new();

    [SetsRequiredMembers]
    public RotateWebhookSecret(McpSurface surface)
    {
        this.surface = surface;
        Name = operation.Name;
        Title = operation.Title;
        Description =
            "Gives a webhook endpoint a new signing secret and writes it as MCP_BILLING_WEBHOOK_SECRET into an env file; no secret is shown. Both secrets sign while the old one " +
            "still counts. Next: restart the receiver, send_test_webhook.";
        ToolSet = operation.ToolSet;
        Scope = operation.Scope;
        Destroys = true;
    }

    protected override async ValueTask<KeptWebhookSecret> Write(NewWebhookSecretInput input, IReadOnlyList<string>? roots, Caller caller, CancellationToken cancellation) =>
        await WebhookSecret.Keep(surface, roots, input.EnvFile, async () =>
        {
            var asked = new RotateWebhookSecretInput { EndpointId = input.EndpointId, OverlapHours = input.OverlapHours, IdempotencyKey = input.IdempotencyKey };
            var made = await operation.Run(asked, caller, surface.Billing, cancellation);
            return (made.Endpoint, made.Secret);
        });
}
