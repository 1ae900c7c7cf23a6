using System.Collections.Immutable;
using McpBilling.Money;

namespace McpBilling.Wallets;

/// <summary>Where a grant's credit came from.</summary>
public enum GrantSource
{
    /// <summary>Bought by the customer; carries a cost basis.</summary>
    Paid = 0,

    /// <summary>Given away.</summary>
    Promotional = 1,

    /// <summary>Part of a plan.</summary>
    Included = 2,

    /// <summary>A correction by hand.</summary>
    Adjustment = 3,

    /// <summary>Credit that came back after the grant it was used from had expired.</summary>
    Reversal = 4,
}

public enum GrantStatus
{
    /// <summary>Not yet effective.</summary>
    Scheduled = 0,
    Active = 1,
    Expired = 2,
    Voided = 3,
}

/// <summary>What was paid for a grant.</summary>
/// <param name="Amount">In units of the currency's scale.</param>
public sealed record CostBasis(Asset Currency, long Amount);

/// <summary>A block of credit in one account. Immutable: each change is a new record.</summary>
/// <param name="Key">Storage key, unique in the workspace; later grants have greater keys.</param>
/// <param name="Remaining">What is left, of which <paramref name="Held"/> is promised to holds. An expired or voided grant keeps only what is held.</param>
/// <param name="Priority">0 to 100; lower burns first.</param>
/// <param name="Products">Whose charges may use it; empty for all.</param>
/// <param name="ExpiresAt"><see cref="Instant.Never"/> without expiry. Usable in [effective, expires).</param>
public sealed record Grant(
    long Key, GrantSource Source, GrantStatus Status, long Granted, long Remaining, long Held, int Priority, ImmutableArray<string> Products,
    Instant CreatedAt, Instant EffectiveAt, Instant ExpiresAt, CostBasis? CostBasis)
{
    public const int MaxPriority = 100;
    public const int DefaultPriority = 50;

    public bool IsFree => Source != GrantSource.Paid;

    /// <summary>What an authorization or a charge may take; zero unless the grant is active.</summary>
    public long Free => Status == GrantStatus.Active ? Remaining - Held : 0;

    /// <summary>A grant that can change no more by itself leaves the state; its row stays.</summary>
    public bool IsOver => Status != GrantStatus.Scheduled && Remaining == 0;

    /// <summary>Whether charges of <paramref name="product"/> may use it; a plain amount (null) uses unrestricted grants only.</summary>
    public bool Serves(string? product) => Products.IsEmpty || (product is not null && Products.Contains(product));

    /// <summary>The share of the cost basis that is consumed once <paramref name="gone"/> units have left, so that the shares of all lines sum to the whole.</summary>
    public long CostOf(long gone) =>
        CostBasis is null || Granted == 0 ? 0 : (long)((Int128)CostBasis.Amount * gone / Granted);
}
