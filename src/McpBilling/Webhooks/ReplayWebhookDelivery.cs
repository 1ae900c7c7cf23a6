using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Operations;

namespace McpBilling.Webhooks;

/// <summary>Asks for a message to be sent again.</summary>
public sealed record ReplayWebhookDeliveryInput
{
    [Description("The delivery's id (delivery_…)."), StringLength(64, MinimumLength = 1)]
    public required string DeliveryId { get; init; }
}

public sealed record ReplayWebhookDeliveryOutput
{
    public required WebhookDeliveryView Delivery { get; init; }
}

/// <summary>The use case.</summary>
public sealed class ReplayWebhookDelivery : Operation<ReplayWebhookDeliveryInput, ReplayWebhookDeliveryOutput>
{
    [SetsRequiredMembers]
    public ReplayWebhookDelivery()
    {
        Name = "replay_webhook_delivery";
        Title = "Replay a webhook delivery";
        Description = "Sends a message to its endpoint again at once, whatever became of it, with the same webhook-id and a new series of attempts.";
        ToolSet = ToolSet.Admin;
        Scope = Scopes.WebhooksWrite;
        Route = "POST /v1/webhook-deliveries/{delivery_id}/replay";
        Idempotent = false;
    }

    public override async ValueTask<ReplayWebhookDeliveryOutput> Run(ReplayWebhookDeliveryInput input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        new() { Delivery = await billing.Commit(new ReplayDelivery(input.DeliveryId), caller, cancellation) };
}
