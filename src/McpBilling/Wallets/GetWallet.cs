using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Customers;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Wallets;

/// <summary>Asks for everything a customer holds.</summary>
public sealed record GetWalletInput
{
    [Description("Your app's id of the customer."), RegularExpression(Customer.IdPattern), StringLength(Customer.MaxIdLength, MinimumLength = 1)]
    public required string CustomerId { get; init; }

    [Description("concise: the figures without the grants."), DefaultValue(Detail.Detailed)]
    public Detail Detail { get; init; }
}

/// <summary>Everything a customer holds, one account per asset.</summary>
public sealed record GetWalletOutput
{
    public required string CustomerId { get; init; }

    [Description("A frozen customer cannot authorize.")]
    public required bool Frozen { get; init; }

    public required IReadOnlyList<AccountView> Accounts { get; init; }

    [Description("The time the figures are for: now, or the workspace's test clock.")]
    public required Instant AsOf { get; init; }
}

/// <summary>A wallet as stored, with what is needed to show it.</summary>
/// <param name="Over">The latest grants that are over, with their assets, newest first.</param>
/// <param name="Now">The workspace's present.</param>
public sealed record StoredWallet(Customer Customer, WalletState State, IReadOnlyList<(Asset Asset, Grant Grant)> Over, Instant Now, PublicIds Ids);

/// <summary>Reads wallets and the ledger from a snapshot.</summary>
public interface IWalletReads
{
    /// <summary>Null when there is no such customer in the caller's workspace.</summary>
    ValueTask<StoredWallet?> Wallet(Caller caller, string customerId, CancellationToken cancellation);

    /// <summary>A page of the ledger, newest first; null when there is no such customer.</summary>
    /// <param name="asset">Only this asset's account; null for all.</param>
    /// <param name="from">The next entries of the page before (<see cref="EntryPage.Next"/>); null to begin with the newest.</param>
    ValueTask<EntryPage?> Entries(Caller caller, string customerId, string? asset, IReadOnlyList<long>? from, int limit, CancellationToken cancellation);
}

/// <summary>The use case. The figures are what a write would find at this instant, also when nothing was posted since something fell due.</summary>
public sealed class GetWallet : Operation<GetWalletInput, GetWalletOutput>
{
    [SetsRequiredMembers]
    public GetWallet()
    {
        Name = "get_wallet";
        Title = "Get a wallet";
        Description =
            "See how much a customer owns or has left, per asset (credits, dollars): balance, held (still reserved), available, debt (what they owe us), and the " +
            "remaining credit of each grant with when it runs out or expires. Next: list_entries for how it came to be.";
        ToolSet = ToolSet.Wallets;
        Scope = Scopes.CustomersRead;
        Route = "GET /v1/customers/{customer_id}/wallet";
        Reads = true;
    }

    public override async ValueTask<GetWalletOutput> Run(GetWalletInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        var stored = await billing.Reads<IWalletReads>().Wallet(caller, input.CustomerId, cancellation)
            ?? throw new BillingException(ErrorCode.CustomerNotFound, $"There is no customer {WalletSession.Shown(input.CustomerId)}.", "customer_id");
        long unused = long.MaxValue;
        var present = stored.State.Apply(new WalletCommand.BringUp(), stored.Now, () => unused--);
        var over = present.Grants.Where(g => g.Grant.IsOver).Concat(stored.Over).ToLookup(g => g.Asset.Id, g => g.Grant);
        return new GetWalletOutput
        {
            CustomerId = stored.Customer.Id,
            Frozen = stored.Customer.Frozen,
            Accounts = [.. present.State.Accounts.Values.Select(a => AccountView.Of(a, over[a.Asset.Id], stored.Ids, caller.WorkspaceKey)).Select(a => input.Detail == Detail.Concise ? a with { Grants = null, ScheduledGrants = null } : a)],
            AsOf = stored.Now,
        };
    }
}
