using System.Globalization;
using McpBilling.Money;
using McpBilling.Usage;

namespace McpBilling.Storage.Reading;

/// <summary>A recorded event, with what its row says beside it.</summary>
internal readonly record struct EventRow(StoredEvent Event, long CustomerKey, long InputHash)
{
    public const string Columns = "customer_id, id, input_hash, event_type, at, timestamp, quantity, properties, subject, feature, charges, outcome, reversed, cost";

    /// <param name="first">Where the columns begin.</param>
    public static EventRow Read(long seq, Statement s, int first = 0)
    {
        var usage = new UsageEvent(
            s.Text(first + 1), s.Text(first + 3), new Instant(s.Long(first + 5)), decimal.Parse(s.Text(first + 6), CultureInfo.InvariantCulture),
            EventProperties.Parse(s.TextOrNull(first + 7)), RowText.Subject(s.TextOrNull(first + 8)), s.TextOrNull(first + 9))
        {
            Cost = s.TextOrNull(first + 13) is { } cost ? decimal.Parse(cost, CultureInfo.InvariantCulture) : null,
        };
        var charges = EventChargeText.Read(s.Text(first + 10));
        var stored = new StoredEvent(
            seq, new Instant(s.Long(first + 4)), usage, s.TextOrNull(first + 12) is { } reversed ? EventChargeText.Read(reversed) : charges, charges, s.Text(first + 11), !s.IsNull(first + 12));
        return new EventRow(stored, s.Long(first), s.Long(first + 2));
    }
}

/// <summary>An acknowledged command that is no usage event.</summary>
internal readonly record struct OperationRow(long CustomerKey, int Kind, string Key, long InputHash, string Outcome)
{
    public const string Columns = "customer_id, kind, idempotency_key, input_hash, outcome";

    public static OperationRow Read(Statement s) => new(s.Long(0), s.Int(1), s.Text(2), s.Long(3), s.Text(4));
}
