using McpBilling.Money;

namespace McpBilling.Integration;

/// <summary>
/// What a door saw of an app's request that left no row in the ledger: a refusal, a replay, the environment it says it runs in. An observation, not money:
/// losing one harms nothing but a finding. Texts are cut, and keys of ours are taken out.
/// </summary>
/// <param name="Operation">The operation's name.</param>
/// <param name="Code">The refusal's code, <see cref="Replayed"/> or <see cref="EnvironmentSeen"/>.</param>
/// <param name="Field">The field at fault, dotted; empty when none was named.</param>
/// <param name="Absent">The field at fault was not sent at all.</param>
/// <param name="CustomerId">As it was sent; empty when it was not.</param>
/// <param name="EventType">As it was sent; empty when it was not.</param>
/// <param name="Item">The event's id, the hold's id or the idempotency key.</param>
/// <param name="KeyId">The API key; empty for the local user.</param>
/// <param name="Environment">What the header <c>X-Billing-Environment</c> said; empty for nothing known.</param>
/// <param name="Detail">The refusal in words.</param>
public sealed record AppSignal(
    string Operation, string Code, string Field, bool Absent, string CustomerId, string EventType, string Item, string KeyId, string Environment, string Detail)
{
    /// <summary>The stored answer was given again.</summary>
    public const string Replayed = "replayed";

    /// <summary>A request said where its app runs; nothing is wrong with it.</summary>
    public const string EnvironmentSeen = "environment_seen";

    /// <summary>An authorization was denied: an answer, not a refusal. The row of it does not say what was asked for; this does.</summary>
    public const string Denied = "denied";

    public const int MaxText = 128;
    public const int MaxDetail = 300;

    /// <summary>With every text cut to what is kept.</summary>
    public AppSignal Cut() => this with
    {
        Field = Cut(Field, MaxText),
        CustomerId = Cut(CustomerId, MaxText),
        EventType = Cut(EventType, MaxText),
        Item = Cut(Item, MaxText),
        Detail = Cut(Detail, MaxDetail),
    };

    // Keys of ours in a wrong place (a key sent as a customer's id) must not be kept.
    private static string Cut(string text, int max)
    {
        string kept = text.Contains("mb_test_", StringComparison.OrdinalIgnoreCase) || text.Contains("mb_live_", StringComparison.OrdinalIgnoreCase) ? "(a key was here)" : text;
        kept = string.Concat(kept.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '�' : c));
        return kept.Length > max ? kept[..(max - 1)] + "…" : kept;
    }
}

/// <summary>Equal signals of one hour, counted.</summary>
/// <param name="FirstAt">In the workspace's time.</param>
public sealed record CountedSignal(AppSignal Signal, long Count, Instant FirstAt, Instant LastAt);
