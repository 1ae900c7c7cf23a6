using Dapper;
using McpBilling.Money;
using McpBilling.Usage;

namespace McpBilling.Storage.Reading;

/// <summary>Pages of recorded events, newest first: a customer's by following the chain back, a workspace's by sequence.</summary>
internal sealed class UsagePages(PooledReader reader, WorkspaceRecord workspace)
{
    // Rows of the largest question for a workspace's.
    private const int AtOnce = 1024;

    private readonly CustomerIds _customers = new(reader, workspace);

    /// <summary>Null when the customer is named and unknown.</summary>
    public (IReadOnlyList<UsageEventView> Events, long? Next, long Total)? Page(ListUsageInput query, long? from)
    {
        if (query.CustomerId is not { } id)
        {
            // Customers are fewer than events, and each knows how many it has.
            long total = reader.Connection.ExecuteScalar<long>("SELECT COALESCE(CAST(SUM(event_count) AS BIGINT), 0) FROM customer WHERE workspace_id = @ws", new { ws = workspace.Key });
            var (events, next) = Collect(query, InWorkspace(from ?? long.MaxValue, query.Limit));
            return (events, next, total);
        }
        if (reader.Ledger.Customer(workspace, id) is not { } record)
        {
            return null;
        }
        // A cursor made up to point at another customer's event leads nowhere.
        var page = Collect(query, OfCustomer(from ?? record.LastEvent, query.Limit).TakeWhile(e => e.CustomerKey == record.Customer.Key));
        return (page.Events, page.Next, record.EventCount);
    }

    private (IReadOnlyList<UsageEventView> Events, long? Next) Collect(ListUsageInput query, IEnumerable<EventRow> newestFirst)
    {
        var found = new List<EventRow>();
        long? next = null;
        foreach (var row in newestFirst)
        {
            // The ledger takes events in the order of their arrival: once they arrived too early to have happened at or after `from`, none follows.
            if (query.From is { } start && row.Event.At < start - UsageEvent.MaxAhead)
            {
                break;
            }
            var at = row.Event.Event.Timestamp;
            if (at < (query.From ?? Instant.Beginning) || at >= (query.To ?? Instant.Never))
            {
                continue;
            }
            if (found.Count == query.Limit)
            {
                next = row.Event.Key;
                break;
            }
            found.Add(row);
        }
        var customers = _customers.Of(found.Select(f => f.CustomerKey));
        return ([.. found.Select(f => View(f.Event, customers[f.CustomerKey]))], next);
    }

    private IEnumerable<EventRow> OfCustomer(long last, int limit)
    {
        using var chain = new ChainRows(reader.Connection, "usage_event", EventRow.Columns);
        foreach (var row in chain.From(workspace.Key, last, limit + 1))
        {
            yield return EventRow.Read(row.Long(0), row, ChainRows.Columns);
        }
    }

    private IEnumerable<EventRow> InWorkspace(long last, int limit)
    {
        using var rows = reader.Connection.Statement($"SELECT {EventRow.Columns}, seq FROM usage_event WHERE workspace_id = ? AND seq <= ? ORDER BY seq DESC LIMIT ?");
        for (int block = limit + 1; ; block = Math.Min(block * 4, AtOnce))
        {
            int read = 0;
            rows.Bind(1, workspace.Key).Bind(2, last).Bind(3, (long)block);
            for (; rows.Next(); read++)
            {
                last = rows.Long(14) - 1;
                yield return EventRow.Read(last + 1, rows);
            }
            if (read < block)
            {
                yield break;
            }
        }
    }

    private UsageEventView View(StoredEvent stored, string customer)
    {
        var e = stored.Event;
        decimal reversed = stored.Charges.Length == 0 ? 0 : stored.Charges.Max(c => c.Metered - c.Left);
        return new UsageEventView
        {
            Id = e.Id,
            CustomerId = customer,
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
