using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Webhooks;

namespace McpBilling.Storage.Reading;

/// <summary>Reads deliveries with what was attempted.</summary>
internal sealed class DeliveryReader(DbConnection connection, PublicIds ids, long workspaceKey)
{
    private const int MostAttempts = 20;

    /// <summary>Those that fit, newest first.</summary>
    /// <param name="before">Only older ones than the delivery of this key.</param>
    public List<WebhookDeliveryView> Read(DeliveryFilter filter, long? before, int limit) => [.. Rows(filter, before, limit).Select(r => r.View)];

    /// <summary>The same, each with its key.</summary>
    public List<(long Key, WebhookDeliveryView View)> Rows(DeliveryFilter filter, long? before, int limit)
    {
        long? endpoint = null;
        if (filter.EndpointId is { } id && (endpoint = ids.Parse(IdKind.WebhookEndpoint, workspaceKey, id)) is null)
        {
            throw new BillingException(ErrorCode.WebhookEndpointNotFound, "There is no webhook endpoint of this id.", "endpoint_id");
        }
        using var command = connection.Prepare(
            $"""
            SELECT d.seq, d.endpoint_seq, e.created_at, d.message_seq, m.at, m.type, m.customer, d.status, d.created_at, d.due_at, d.attempts, m.data
            FROM webhook_delivery d JOIN outbox m ON m.workspace_id = d.workspace_id AND m.seq = d.message_seq
                JOIN webhook_endpoint e ON e.workspace_id = d.workspace_id AND e.endpoint_seq = d.endpoint_seq
            WHERE d.workspace_id = @ws AND d.seq < @before
                {(endpoint is null ? "" : "AND d.endpoint_seq = @endpoint")} {(filter.Status is null ? "" : "AND d.status = @status")}
                {(filter.Type is null ? "" : "AND m.type = @type")} {(filter.CustomerId is null ? "" : "AND m.customer = @customer")}
            ORDER BY d.seq DESC LIMIT @limit
            """,
            ("@ws", workspaceKey), ("@before", before ?? long.MaxValue), ("@endpoint", endpoint), ("@status", (long?)filter.Status), ("@type", filter.Type),
            ("@customer", filter.CustomerId), ("@limit", (long)limit));
        var found = new List<(long, WebhookDeliveryView)>();
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            var createdAt = new Instant(row.GetInt64(8));
            found.Add((row.GetInt64(0), new WebhookDeliveryView
            {
                Id = ids.Format(IdKind.Delivery, workspaceKey, row.GetInt64(0), createdAt),
                EndpointId = ids.Format(IdKind.WebhookEndpoint, workspaceKey, row.GetInt64(1), new Instant(row.GetInt64(2))),
                MessageId = ids.Format(IdKind.WebhookMessage, workspaceKey, row.GetInt64(3), new Instant(row.GetInt64(4))),
                Type = row.GetString(5),
                CustomerId = row.IsDBNull(6) ? null : row.GetString(6),
                Status = (DeliveryStatus)row.GetInt64(7),
                CreatedAt = createdAt,
                NextAttemptAt = row.IsDBNull(9) ? null : new Instant(row.GetInt64(9)),
                Attempts = row.GetInt64(10),
                Data = filter.WithData ? JsonElement.Parse(row.GetString(11)) : null,
            }));
        }
        return filter.WithData ? WithHistory(found) : found;
    }

    private List<(long Key, WebhookDeliveryView View)> WithHistory(List<(long Key, WebhookDeliveryView View)> deliveries)
    {
        using var rows = connection.Statement(
            $"SELECT at, outcome, http_status, milliseconds FROM webhook_attempt WHERE workspace_id = ? AND delivery_seq = ? ORDER BY number DESC LIMIT {MostAttempts.ToString(CultureInfo.InvariantCulture)}");
        var histories = Statement.ForEach(deliveries, d => rows.Bind(1, workspaceKey).Bind(2, d.Key), attempts => attempts.All(AttemptOf));
        return [.. deliveries.Zip(histories, (d, history) => (d.Key, d.View with { History = history }))];
    }

    private static WebhookAttemptView AttemptOf(Statement s) => new()
    {
        At = new Instant(s.Long(0)),
        Outcome = (AttemptOutcome)s.Int(1),
        HttpStatus = (int?)s.LongOrNull(2),
        Milliseconds = s.Long(3),
    };
}
