using System.Collections.Immutable;
using System.Text.Json.Serialization;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Ledger;

[JsonConverter(typeof(SnakeCaseEnumConverter))]
public enum HoldStatus
{
    Open = 0,
    Captured = 1,
    Voided = 2,
    Expired = 3,
}

/// <summary>A part of an amount that lies in one bucket.</summary>
/// <param name="GrantKey">The grant; 0 for debt or overdraft.</param>
/// <param name="Amount">Units of the asset, above zero.</param>
public readonly record struct Share(long GrantKey, long Amount)
{
    /// <summary>The bucket that is no grant: debt, and overdraft promised to holds.</summary>
    public const long Overdraft = 0;
}

/// <summary>What a hold sets aside in one asset.</summary>
/// <param name="Product">Whose restricted grants it may use; null for an authorization by plain amount.</param>
/// <param name="Purpose">What the caller wants to find again at capture (the product's meter); opaque here.</param>
/// <param name="Amount">What was held at first.</param>
/// <param name="Captured">What captures have used, in and beyond the hold.</param>
/// <param name="Shares">What is still held, in burn order; the overdraft last.</param>
public sealed record HoldLine(Asset Asset, string? Product, string? Purpose, long Amount, long Captured, ImmutableArray<Share> Shares)
{
    public long Held
    {
        get
        {
            long sum = 0;
            foreach (var share in Shares)
            {
                sum += share.Amount;
            }
            return sum;
        }
    }
}

/// <summary>Credit set aside by an authorization: a promise that ends by capture, void or expiry.</summary>
/// <param name="Key">Storage key, unique in the workspace.</param>
/// <param name="CreatedAt">Start of the 24 hours that extensions may reach.</param>
public sealed record Hold(long Key, HoldStatus Status, Instant CreatedAt, Instant ExpiresAt, ImmutableArray<HoldLine> Lines)
{
    /// <summary>The longest life of a hold, extensions included (wallets.md, Holds).</summary>
    public static readonly TimeSpan MaxLife = TimeSpan.FromHours(24);

    /// <summary>The stored hold as a command at that time would find it: one that is past its end has expired, and sets nothing aside.</summary>
    public Hold AsOf(Instant now) => Status == HoldStatus.Open && ExpiresAt <= now
        ? this with { Status = HoldStatus.Expired, Lines = [.. Lines.Select(l => l with { Shares = [] })] }
        : this;
}
