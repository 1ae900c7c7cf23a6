using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Operations;

namespace McpBilling.Webhooks;

/// <summary>Takes an endpoint away.</summary>
public sealed record DeleteWebhookEndpointInput
{
    [Description("The endpoint's id (endpoint_…)."), StringLength(64, MinimumLength = 1)]
    public required string EndpointId { get; init; }
}

public sealed record DeleteWebhookEndpointOutput
{
    public required WebhookEndpointView Endpoint { get; init; }
}

/// <summary>The use case.</summary>
public sealed class DeleteWebhookEndpoint : Operation<DeleteWebhookEndpointInput, DeleteWebhookEndpointOutput>
{
    [SetsRequiredMembers]
    public DeleteWebhookEndpoint()
    {
        Name = "delete_webhook_endpoint";
        Title = "Delete a webhook endpoint";
        Description = "Sends nothing more to an endpoint: what waited for it is skipped, and its secrets never sign again. To pause it, update_webhook_endpoint with enabled false.";
        ToolSet = ToolSet.Admin;
        Scope = Scopes.WebhooksWrite;
        Route = "DELETE /v1/webhook-endpoints/{endpoint_id}";
        Destroys = true;
    }

    public override async ValueTask<DeleteWebhookEndpointOutput> Run(DeleteWebhookEndpointInput input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        new() { Endpoint = await billing.Commit(new ChangeEndpoint(input.EndpointId, null), caller, cancellation) };
}
