using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using McpBilling.Operations;

namespace McpBilling.Webhooks;

/// <summary>Asks for a new secret.</summary>
public sealed record RotateWebhookSecretInput
{
    [Description("The endpoint's id (endpoint_…)."), StringLength(64, MinimumLength = 1)]
    public required string EndpointId { get; init; }

    [Description("How long the present secret signs too, so that the receiver can change over; 0 when it has leaked."), Range(0, 168), DefaultValue(24)]
    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public int OverlapHours { get; set; } = 24;

    [Description("Makes a retry safe."), StringLength(255, MinimumLength = 1)]
    public required string IdempotencyKey { get; init; }
}

/// <summary>The endpoint, and its new secret.</summary>
public sealed record RotateWebhookSecretOutput
{
    public required WebhookEndpointView Endpoint { get; init; }

    [Description("Verifies the signatures from now on (whsec_…). Keep it; it is shown only here.")]
    public required string Secret { get; init; }

    [Description("True when this is the answer of an earlier request with the same key.")]
    public bool Replayed { get; init; }
}

/// <summary>The use case. Its answer holds a secret, which no tool result may: the tool of this name (in the server) writes it into an env file.</summary>
public sealed class RotateWebhookSecret : Operation<RotateWebhookSecretInput, RotateWebhookSecretOutput>
{
    [SetsRequiredMembers]
    public RotateWebhookSecret()
    {
        Name = "rotate_webhook_secret";
        Title = "Rotate a webhook secret";
        Description =
            "Gives a webhook endpoint a new signing secret and answers it once. Messages carry two signatures while the old secret still counts, at most two: " +
            "rotated again meanwhile, the oldest ends at once.";
        ToolSet = ToolSet.Admin;
        Scope = Scopes.WebhooksWrite;
        Route = "POST /v1/webhook-endpoints/{endpoint_id}/rotate";
        HasTool = false;
    }

    public override ValueTask<RotateWebhookSecretOutput> Run(RotateWebhookSecretInput input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        billing.Commit(new RotateSecret(input), caller, cancellation);
}
