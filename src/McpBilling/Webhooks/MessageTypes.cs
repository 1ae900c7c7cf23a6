using McpBilling.Operations;

namespace McpBilling.Webhooks;

/// <summary>Something that endpoints can be told of.</summary>
/// <param name="Name">What a message's <c>type</c> says.</param>
/// <param name="When">When it is sent.</param>
/// <param name="Data">What its <c>data</c> holds.</param>
public sealed record MessageType(string Name, string When, string Data)
{
    /// <summary>Its place in <see cref="MessageTypes.All"/> as a bit, so that asking who listens costs nothing.</summary>
    internal ulong Bit { get; set; }
}

/// <summary>Every type of message, with its data: a contract with whoever listens. <c>docs/topics/webhooks.md</c> says the same.</summary>
public static class MessageTypes
{
    public const string BalanceLow = "balance.low";
    public const string BalanceExhausted = "balance.exhausted";
    public const string BalanceRecovered = "balance.recovered";
    public const string GrantExpiring = "grant.expiring";
    public const string HoldExpired = "hold.expired";
    public const string MarginAlert = "margin.alert";

    /// <summary>Sent by hand to one endpoint, whatever it listens to; nobody can ask for it.</summary>
    public const string Test = "webhook.test";

    /// <summary>What endpoints may ask for.</summary>
    public static IReadOnlyList<MessageType> All { get; } = Numbered(
    [
        new(BalanceLow, "a balance falls below its threshold in alerts.low_balance, or rises above zero without reaching it", "`account` (asset, balance, held, available, debt), `below`"),
        new(BalanceExhausted, "a balance with a threshold falls to zero or below", "`account`, `below`"),
        new(BalanceRecovered, "a balance that was low or exhausted reaches its threshold again", "`account`, `below`"),
        new(GrantExpiring, "a grant with credit left expires within alerts.grant_expiring_hours", "`grant` (id, asset, remaining, expires_at …)"),
        new(HoldExpired, "a hold ended by its time: what was authorized was neither captured nor voided", "`hold` (id, status, amounts …)"),
        new("top_up.paid", "a top-up was paid and its credit granted", "the top-up"),
        new("top_up.failed", "an attempt to pay a top-up failed; the same top-up may still be paid", "the top-up"),
        new("auto_recharge.turned_off", "auto-recharge was turned off, by the customer or after failures", "the customer's auto-recharge"),
        new("refund.succeeded", "money went back to the customer", "the refund"),
        new("refund.failed", "it did not; the credit is back", "the refund"),
        new("dispute.opened", "the customer's bank asks for a payment back; its credit is held", "the dispute"),
        new("dispute.closed", "a dispute is over, won or lost", "the dispute"),
        new(MarginAlert, "a customer lost money in a month, or is one of those that cost most", "the alert (month, kind, customer_id, revenue, cost, margin)"),
    ]);

    private static readonly Dictionary<string, MessageType> ByName = All.ToDictionary(t => t.Name, StringComparer.Ordinal);

    /// <exception cref="InvalidOperationException">There is no such type: a mistake of the program, not of a caller.</exception>
    public static MessageType Of(string name) => ByName.GetValueOrDefault(name) ?? throw new InvalidOperationException($"{name} is no type of message");

    /// <summary>Checks what a caller asks for.</summary>
    /// <param name="field">The input field, for the refusal.</param>
    /// <exception cref="BillingException"><c>invalid_request</c> with the nearest name.</exception>
    public static void Require(IReadOnlyList<string> names, string field)
    {
        foreach (var (i, name) in names.Index())
        {
            if (!ByName.ContainsKey(name))
            {
                string all = string.Join(", ", All.Select(t => t.Name));
                string shown = name.Length > 64 ? name[..64] + "…" : name;
                throw InputGuard.Refusal([new($"/{field}/{i}", $"there is no type of message \"{shown}\"", NearestName.Hint(name, ByName.Keys) ?? $"Use one of {all}.") { Found = $"\"{shown}\"", Allowed = all }]);
            }
        }
    }

    private static MessageType[] Numbered(MessageType[] types)
    {
        for (int i = 0; i < types.Length; i++)
        {
            types[i].Bit = 1UL << i;
        }
        return types;
    }
}
