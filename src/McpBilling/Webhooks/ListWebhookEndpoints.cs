using System.Diagnostics.CodeAnalysis;
using McpBilling.Operations;

namespace McpBilling.Webhooks;

public sealed record ListWebhookEndpointsInput;

public sealed record ListWebhookEndpointsOutput
{
    public required IReadOnlyList<WebhookEndpointView> Endpoints { get; init; }
}

/// <summary>The endpoints of a workspace, the newest first. The scope is the one of writing: an address may hold a token.</summary>
public sealed class ListWebhookEndpoints : Operation<ListWebhookEndpointsInput, ListWebhookEndpointsOutput>
{
    [SetsRequiredMembers]
    public ListWebhookEndpoints()
    {
        Name = "list_webhook_endpoints";
        Title = "List webhook endpoints";
        Description = "Where messages are sent, which ones, and whether an endpoint was turned off. Secrets are not shown. Next: list_webhook_deliveries.";
        ToolSet = ToolSet.Admin;
        Scope = Scopes.WebhooksWrite;
        Route = "GET /v1/webhook-endpoints";
        Reads = true;
    }

    public override async ValueTask<ListWebhookEndpointsOutput> Run(ListWebhookEndpointsInput input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        new() { Endpoints = await billing.Reads<IWebhookReads>().Endpoints(caller, cancellation) };
}
