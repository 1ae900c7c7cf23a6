using System.ComponentModel;
using System.Text.Json;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Webhooks;

/// <summary>One attempt as it travels.</summary>
public sealed record WebhookAttemptView
{
    public required Instant At { get; init; }
    public required AttemptOutcome Outcome { get; init; }

    [Description("Absent when there was no answer.")]
    public int? HttpStatus { get; init; }

    [Description("How long it took.")]
    public required long Milliseconds { get; init; }
}

/// <summary>A delivery as it travels.</summary>
public sealed record WebhookDeliveryView
{
    [Description("The delivery's id (delivery_…).")]
    public required string Id { get; init; }

    public required string EndpointId { get; init; }

    [Description("The header webhook-id, the same at every attempt and in every replay.")]
    public required string MessageId { get; init; }

    public required string Type { get; init; }

    [Description("Whom the message is about; absent when it is about the workspace.")]
    public string? CustomerId { get; init; }

    public required DeliveryStatus Status { get; init; }
    public required Instant CreatedAt { get; init; }

    [Description("When it is tried next; absent when it is not.")]
    public Instant? NextAttemptAt { get; init; }

    [Description("How often it was tried.")]
    public required long Attempts { get; init; }

    [Description("The attempts, the last first; at most 20.")]
    public IReadOnlyList<WebhookAttemptView>? History { get; init; }

    [JsonShape(JsonShapeAttribute.AnyObject), Description("The message's data.")]
    public JsonElement? Data { get; init; }
}
