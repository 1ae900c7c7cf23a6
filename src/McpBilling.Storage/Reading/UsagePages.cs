using Dapper;
using McpBilling.Money;
using McpBilling.Usage;

namespace McpBilling.Storage.Reading;

/// <summary>Pages of recorded events, newest first: a customer's by following the chain back, a workspace's by sequence.</summary>
internal sealed class UsagePages(PooledReader reader, WorkspaceRecord workspace)
{
    private readonly CustomerIds _customers = new(reader, workspace);

    /// <summary>Null when the customer is named and unknown.</summary>
    public (IReadOnlyList<UsageEventView> Events, long? Next, long Total)? Page(ListUsageInput query, long? from)
    {
        if (query.CustomerId is not { } id)
        {
            long total = reader.Connection.ExecuteScalar<long>("SELECT COUNT(*) FROM usage_event WHERE workspace_id = @ws", new { ws = workspace.Key });
            return Collect(query, from ?? long.MaxValue, seq => PreviousInWorkspace(seq), null) is var (events, next) ? (events, next, total) : null;
        }
        if (reader.Ledger.Customer(workspace, id) is not { } record)
        {
            return null;
        }
        var page = Collect(query, from ?? record.LastEvent, seq => seq, record.Customer.Key);
        return (page.Events, page.Next, record.EventCount);
    }

    private (IReadOnlyList<UsageEventView> Events, long? Next) Collect(ListUsageInput query, long from, Func<long, long?> locate, long? customerKey)
    {
        var events = new List<UsageEventView>();
        long? seq = locate(from);
        while (seq is { } key and > 0 && reader.Ledger.Event(workspace.Key, key) is { } found)
        {
            // The ledger takes events in the order of their arrival: once they arrived too early to have happened at or after `from`, none follows.
            if ((customerKey is { } owner && owner != found.CustomerKey) || (query.From is { } start && found.Event.At < start - UsageEvent.MaxAhead))
            {
                return (events, null);
            }
            var at = found.Event.Event.Timestamp;
            if (at >= (query.From ?? Instant.Beginning) && at < (query.To ?? Instant.Never))
            {
                if (events.Count == query.Limit)
                {
                    return (events, key);
                }
                events.Add(View(found.Event, found.CustomerKey));
            }
            seq = customerKey is null ? locate(key - 1) : found.Previous;
        }
        return (events, null);
    }

    private long? PreviousInWorkspace(long seq) =>
        reader.Connection.ExecuteScalar<long?>("SELECT MAX(seq) FROM usage_event WHERE workspace_id = @ws AND seq <= @seq", new { ws = workspace.Key, seq });

    private UsageEventView View(StoredEvent stored, long customerKey)
    {
        var e = stored.Event;
        decimal reversed = stored.Charges.Length == 0 ? 0 : stored.Charges.Max(c => c.Metered - c.Left);
        return new UsageEventView
        {
            Id = e.Id,
            CustomerId = _customers[customerKey],
            EventType = e.EventType,
            Timestamp = e.Timestamp,
            RecordedAt = stored.At,
            Quantity = Quantity.Format(e.Quantity),
            Properties = e.Properties.Json is null ? null : e.Properties,
            Subject = e.Subject,
            Feature = e.Feature,
            Charges = [.. stored.FirstCharges.Select(c => ChargeView.Of(workspace.Catalog.Versions[c.VersionKey], c))],
            Reversed = reversed == 0 ? null : Quantity.Format(reversed),
        };
    }
}
