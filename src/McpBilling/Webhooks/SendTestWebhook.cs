using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Operations;

namespace McpBilling.Webhooks;

/// <summary>Asks for a message to try an endpoint with.</summary>
public sealed record SendTestWebhookInput
{
    [Description("The endpoint's id (endpoint_…)."), StringLength(64, MinimumLength = 1)]
    public required string EndpointId { get; init; }
}

public sealed record SendTestWebhookOutput
{
    public required WebhookDeliveryView Delivery { get; init; }
}

/// <summary>The use case.</summary>
public sealed class SendTestWebhook : Operation<SendTestWebhookInput, SendTestWebhookOutput>
{
    [SetsRequiredMembers]
    public SendTestWebhook()
    {
        Name = "send_test_webhook";
        Title = "Send a test webhook";
        Description = "Sends a signed message of type webhook.test to one endpoint, whatever it listens to. Next: list_webhook_deliveries shows what its receiver answered.";
        ToolSet = ToolSet.Admin;
        Scope = Scopes.WebhooksWrite;
        Route = "POST /v1/webhook-endpoints/{endpoint_id}/test";
        Idempotent = false;
    }

    public override async ValueTask<SendTestWebhookOutput> Run(SendTestWebhookInput input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        new() { Delivery = await billing.Commit(new SendTest(input.EndpointId), caller, cancellation) };
}
