using McpBilling.Money;

namespace McpBilling.Customers;

/// <summary>Who pays: addressed by the app's own id.</summary>
/// <param name="Key">Storage key, unique in the workspace.</param>
/// <param name="Id">The app's id, 1 to 128 visible characters.</param>
/// <param name="Metadata">The app's own JSON object as text, at most 4 KB.</param>
/// <param name="Frozen">A frozen customer cannot authorize; usage that happened is still recorded.</param>
public sealed record Customer(long Key, string Id, string? Name, string? Email, string? Metadata, bool Frozen, Instant CreatedAt)
{
    public const int MaxIdLength = 128;

    /// <summary>What the customer set for themselves.</summary>
    public CustomerLimits Limits { get; init; } = CustomerLimits.None;

    /// <summary>Ids are the app's: any visible ASCII without control characters or spaces.</summary>
    public const string IdPattern = "^[!-~]{1,128}$";
}
