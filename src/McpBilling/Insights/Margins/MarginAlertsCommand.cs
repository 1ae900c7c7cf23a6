using System.Text.Json;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Webhooks;

namespace McpBilling.Insights.Margins;

/// <summary>Why a customer needs to be looked at.</summary>
public enum MarginAlertKind
{
    /// <summary>It costs more than it brings in.</summary>
    NegativeMargin,

    /// <summary>It is one of the 5 % that cost most.</summary>
    TopCost,
}

/// <summary>What was found, as it was then.</summary>
/// <param name="Month">The calendar month, such as <c>2026-10</c>.</param>
public sealed record MarginAlert(string Month, MarginAlertKind Kind, string CustomerId, string Revenue, string Cost, string Margin);

/// <summary>
/// Keeps the alerts of a month that are not kept yet: a month, a kind and a customer are one alert, however often it is looked for. One that was kept stays as it
/// was found, since somebody may have been told.
/// </summary>
public sealed class MarginAlertsCommand(string month, IReadOnlyList<MarginAlert> found) : Command<IReadOnlyList<MarginAlertView>>
{
    public string Month { get; } = month;
    public IReadOnlyList<MarginAlert> Found { get; } = found;
}

/// <summary>Reads kept alerts.</summary>
public interface IMarginAlertReads
{
    /// <summary>A page, newest first; <c>Next</c> is the key of its last one when there are older ones.</summary>
    /// <param name="before">Only older ones than the alert of this key.</param>
    ValueTask<(IReadOnlyList<MarginAlertView> Alerts, long? Next, long Total)> Alerts(Caller caller, long? before, int limit, CancellationToken cancellation);
}

/// <summary>A kept alert.</summary>
public sealed record MarginAlertView
{
    public required string Id { get; init; }
    public required Instant FoundAt { get; init; }
    public required string Month { get; init; }
    public required MarginAlertKind Kind { get; init; }
    public required string CustomerId { get; init; }
    public required string Revenue { get; init; }
    public required string Cost { get; init; }
    public required string Margin { get; init; }

    /// <summary>What is told of it to whoever listens.</summary>
    public OutboxMessage Message() => new(MessageTypes.MarginAlert, FoundAt, CustomerId, JsonSerializer.Serialize(this, BillingJson.TypeInfo<MarginAlertView>()));

    public static MarginAlertView Of(MarginAlert alert, string id, Instant at) => new()
    {
        Id = id,
        FoundAt = at,
        Month = alert.Month,
        Kind = alert.Kind,
        CustomerId = alert.CustomerId,
        Revenue = alert.Revenue,
        Cost = alert.Cost,
        Margin = alert.Margin,
    };
}
