using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Customers;
using McpBilling.Operations;

namespace McpBilling.Webhooks;

/// <summary>Asks what became of messages.</summary>
public sealed record ListWebhookDeliveriesInput
{
    [Description("Only those to this endpoint (endpoint_…)."), StringLength(64, MinimumLength = 1)]
    public string? EndpointId { get; init; }

    [Description("Only those that stand so.")]
    public DeliveryStatus? Status { get; init; }

    [Description("Only messages of this type, such as balance.low."), StringLength(64, MinimumLength = 1)]
    public string? Type { get; init; }

    [Description("Only messages about this customer."), RegularExpression(Customer.IdPattern), StringLength(Customer.MaxIdLength, MinimumLength = 1)]
    public string? CustomerId { get; init; }

    [Description("next_cursor of the page before."), StringLength(64)]
    public string? Cursor { get; init; }

    [Description("Deliveries a page."), Range(1, 200)]
    public int Limit { get; set; } = 50;

    [Description("concise: without data and history."), DefaultValue(Detail.Detailed)]
    public Detail Detail { get; init; }
}

/// <summary>A page of deliveries.</summary>
public sealed record ListWebhookDeliveriesOutput
{
    public required IReadOnlyList<WebhookDeliveryView> Deliveries { get; init; }

    [Description("Give it back as cursor for older deliveries; absent on the last page.")]
    public string? NextCursor { get; init; }
}

/// <summary>What was sent, is being sent and could not be sent, newest first, for thirty days.</summary>
public sealed class ListWebhookDeliveries : Operation<ListWebhookDeliveriesInput, ListWebhookDeliveriesOutput>
{
    [SetsRequiredMembers]
    public ListWebhookDeliveries()
    {
        Name = "list_webhook_deliveries";
        Title = "List webhook deliveries";
        Description = "Which messages were delivered to webhook endpoints, which wait, failed or were skipped, and why: every attempt with its outcome. Next: replay_webhook_delivery.";
        ToolSet = ToolSet.Admin;
        Scope = Scopes.WebhooksWrite;
        Route = "GET /v1/webhook-deliveries";
        Reads = true;
    }

    public override async ValueTask<ListWebhookDeliveriesOutput> Run(ListWebhookDeliveriesInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        var filter = new DeliveryFilter(input.EndpointId, input.Status, input.Type, input.CustomerId, input.Detail == Detail.Detailed);
        var (deliveries, next) = await billing.Reads<IWebhookReads>().Deliveries(caller, filter, Cursors.ReadOne(input.Cursor), input.Limit, cancellation);
        return new ListWebhookDeliveriesOutput { Deliveries = deliveries, NextCursor = Cursors.Write(next) };
    }
}
