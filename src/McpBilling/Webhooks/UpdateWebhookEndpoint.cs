using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Operations;

namespace McpBilling.Webhooks;

/// <summary>Changes an endpoint. What is left out stays.</summary>
public sealed record UpdateWebhookEndpointInput
{
    [Description("The endpoint's id (endpoint_…)."), StringLength(64, MinimumLength = 1)]
    public required string EndpointId { get; init; }

    [Description("Another address."), StringLength(EndpointUrl.MaxLength, MinimumLength = 8)]
    public string? Url { get; init; }

    [Description("Which messages from now on; an empty list for all."), MaxLength(50)]
    public IReadOnlyList<string>? Types { get; init; }

    [Description("For people; an empty text for none."), StringLength(200)]
    public string? Description { get; init; }

    [Description("false: messages wait, up to three days; true: they are sent.")]
    public bool? Enabled { get; init; }
}

public sealed record UpdateWebhookEndpointOutput
{
    public required WebhookEndpointView Endpoint { get; init; }
}

/// <summary>The use case.</summary>
public sealed class UpdateWebhookEndpoint : Operation<UpdateWebhookEndpointInput, UpdateWebhookEndpointOutput>
{
    [SetsRequiredMembers]
    public UpdateWebhookEndpoint()
    {
        Name = "update_webhook_endpoint";
        Title = "Change a webhook endpoint";
        Description = "Another address or other messages for a webhook endpoint, or turns it off and on again. Its secret stays; rotate_webhook_secret changes that.";
        ToolSet = ToolSet.Admin;
        Scope = Scopes.WebhooksWrite;
        Route = "POST /v1/webhook-endpoints/{endpoint_id}";
    }

    public override async ValueTask<UpdateWebhookEndpointOutput> Run(UpdateWebhookEndpointInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        if (input.Url is { } url)
        {
            EndpointUrl.Require(url, caller.Mode);
        }
        MessageTypes.Require(input.Types ?? [], "types");
        return new UpdateWebhookEndpointOutput { Endpoint = await billing.Commit(new ChangeEndpoint(input.EndpointId, input), caller, cancellation) };
    }
}
