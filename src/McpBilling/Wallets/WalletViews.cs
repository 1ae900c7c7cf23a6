using System.Collections.Immutable;
using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Wallets;

/// <summary>An amount as it travels.</summary>
public sealed record AssetAmount
{
    [Description("The asset's id, such as usd or credits.")]
    public required string Asset { get; init; }

    [Description("Decimal text.")]
    public required string Amount { get; init; }

    public static AssetAmount Of(Asset asset, long units) => new() { Asset = asset.Id, Amount = new Amount(asset, units).ToString() };
}

/// <summary>The four figures of an account, never to be confused (wallets.md).</summary>
public record AccountFigures
{
    [Description("The asset's id.")]
    public required string Asset { get; init; }

    [Description("What the customer owns; holds do not change it. Below zero: debt.")]
    public required string Balance { get; init; }

    [Description("Set aside by open holds.")]
    public required string Held { get; init; }

    [Description("What an authorization may take now.")]
    public required string Available { get; init; }

    [Description("What the account owes because usage exceeded credit.")]
    public required string Debt { get; init; }

    public static AccountFigures Of(Account account) => new()
    {
        Asset = account.Asset.Id,
        Balance = Text(account, account.Balance),
        Held = Text(account, account.Held),
        Available = Text(account, account.Available),
        Debt = Text(account, account.Debt),
    };

    protected static string Text(Account account, long units) => new Amount(account.Asset, units).ToString();
}

/// <summary>An account with its grants.</summary>
public sealed record AccountView : AccountFigures
{
    [Description("How far authorizations may go below zero.")]
    public required string OverdraftLimit { get; init; }

    [Description("Grants that have begun, in burn order; then the latest that are used up or over.")]
    public IReadOnlyList<GrantView>? Grants { get; init; }

    [Description("Grants that begin later; they count in no figure yet.")]
    public IReadOnlyList<GrantView>? ScheduledGrants { get; init; }

    public static AccountView Of(Account account, IEnumerable<Grant> over, PublicIds ids, long workspaceKey)
    {
        var grants = account.Grants.Where(g => g.Status != GrantStatus.Scheduled).Concat(over);
        return new()
        {
            Asset = account.Asset.Id,
            Balance = Text(account, account.Balance),
            Held = Text(account, account.Held),
            Available = Text(account, account.Available),
            Debt = Text(account, account.Debt),
            OverdraftLimit = Text(account, account.OverdraftLimit),
            Grants = [.. grants.Select(g => GrantView.Of(g, account.Asset, ids, workspaceKey))],
            ScheduledGrants = [.. account.Grants.Where(g => g.Status == GrantStatus.Scheduled).Select(g => GrantView.Of(g, account.Asset, ids, workspaceKey))],
        };
    }
}

/// <summary>What was paid for a grant.</summary>
public sealed record CostBasisView
{
    [Description("ISO 4217 code, lower case.")]
    public required string Currency { get; init; }

    [Description("What was paid, decimal text.")]
    public required decimal Amount { get; init; }
}

/// <summary>How a grant stands, as it is shown.</summary>
public enum GrantCondition
{
    Scheduled,
    Active,
    UsedUp,
    Expired,
    Voided,
}

/// <summary>A grant as it travels.</summary>
public sealed record GrantView
{
    [Description("The grant's id (grant_…).")]
    public required string Id { get; init; }

    [Description("What it is counted in.")]
    public required string Asset { get; init; }

    public required GrantSource Source { get; init; }
    public required GrantCondition Status { get; init; }

    [Description("What it began with.")]
    public required string Granted { get; init; }

    [Description("What is left, held parts included.")]
    public required string Remaining { get; init; }

    [Description("What open holds have set aside of it.")]
    public required string Held { get; init; }

    [Description("0 to 100; lower burns first.")]
    public required int Priority { get; init; }

    [Description("Products whose charges alone may use it; absent: all.")]
    public IReadOnlyList<string>? Products { get; init; }

    public required Instant EffectiveAt { get; init; }
    public Instant? ExpiresAt { get; init; }
    public required Instant CreatedAt { get; init; }
    public CostBasisView? CostBasis { get; init; }

    public static GrantView Of(Grant grant, Asset asset, PublicIds ids, long workspaceKey) => new()
    {
        Id = ids.Format(IdKind.Grant, workspaceKey, grant.Key, grant.CreatedAt),
        Asset = asset.Id,
        Source = grant.Source,
        Status = grant.Status switch
        {
            GrantStatus.Scheduled => GrantCondition.Scheduled,
            GrantStatus.Expired => GrantCondition.Expired,
            GrantStatus.Voided => GrantCondition.Voided,
            _ => grant.Remaining == 0 ? GrantCondition.UsedUp : GrantCondition.Active,
        },
        Granted = new Amount(asset, grant.Granted).ToString(),
        Remaining = new Amount(asset, grant.Remaining).ToString(),
        Held = new Amount(asset, grant.Held).ToString(),
        Priority = grant.Priority,
        Products = grant.Products.IsEmpty ? null : grant.Products,
        EffectiveAt = grant.EffectiveAt,
        ExpiresAt = grant.ExpiresAt == Instant.Never ? null : grant.ExpiresAt,
        CreatedAt = grant.CreatedAt,
        CostBasis = grant.CostBasis is { } paid
            ? new CostBasisView { Currency = paid.Currency.Id, Amount = new Amount(paid.Currency, paid.Amount).ToDecimal() }
            : null,
    };
}

/// <summary>A hold as it travels.</summary>
public sealed record HoldView
{
    [Description("The hold's id (hold_…).")]
    public required string Id { get; init; }

    public required HoldStatus Status { get; init; }

    [Description("What was set aside at first.")]
    public required IReadOnlyList<AssetAmount> Amounts { get; init; }

    [Description("What captures have used of it and beyond it.")]
    public required IReadOnlyList<AssetAmount> Captured { get; init; }

    [Description("What is still set aside.")]
    public required IReadOnlyList<AssetAmount> Remaining { get; init; }

    public required Instant ExpiresAt { get; init; }

    public static HoldView Of(Hold hold, PublicIds ids, long workspaceKey) => new()
    {
        Id = ids.Format(IdKind.Hold, workspaceKey, hold.Key, hold.CreatedAt),
        Status = hold.Status,
        Amounts = Of(hold.Lines, static l => l.Amount),
        Captured = Of(hold.Lines, static l => l.Captured),
        Remaining = Of(hold.Lines, static l => l.Held),
        ExpiresAt = hold.ExpiresAt,
    };

    private static AssetAmount[] Of(ImmutableArray<HoldLine> lines, Func<HoldLine, long> units)
    {
        var amounts = new AssetAmount[lines.Length];
        for (int i = 0; i < lines.Length; i++)
        {
            amounts[i] = AssetAmount.Of(lines[i].Asset, units(lines[i]));
        }
        return amounts;
    }
}

/// <summary>A customer as it travels.</summary>
public sealed record CustomerView : CommandOutput, ICreated
{
    [Description("The app's own id.")]
    public required string Id { get; init; }

    public string? Name { get; init; }
    public string? Email { get; init; }

    [JsonShape(JsonShapeAttribute.AnyObject), Description("The app's own data.")]
    public JsonElement? Metadata { get; init; }

    [Description("A frozen customer cannot authorize.")]
    public required bool Frozen { get; init; }

    [Description("The overdraft limits that this call named.")]
    public IReadOnlyList<AssetAmount>? OverdraftLimits { get; init; }

    public required Instant CreatedAt { get; init; }

    [JsonIgnore]
    public bool Created { get; init; }

    public static CustomerView Of(Customers.Customer customer, bool created) => new()
    {
        Id = customer.Id,
        Name = customer.Name,
        Email = customer.Email,
        Metadata = customer.Metadata is { } json ? JsonElement.Parse(json) : null,
        Frozen = customer.Frozen,
        CreatedAt = customer.CreatedAt,
        Created = created,
    };
}
