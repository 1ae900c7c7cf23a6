using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Customers;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Wallets;

/// <summary>Asks for the ledger of a customer, newest first.</summary>
public sealed record ListEntriesInput
{
    [Description("Your app's id of the customer."), RegularExpression(Customer.IdPattern), StringLength(Customer.MaxIdLength, MinimumLength = 1)]
    public required string CustomerId { get; init; }

    [Description("Only this asset.")]
    public string? Asset { get; init; }

    [Description("next_cursor of the page before."), StringLength(2048)]
    public string? Cursor { get; init; }

    [Description("Entries a page."), Range(1, 200)]
    public int Limit { get; set; } = 50;

    [Description("concise: only the amounts."), DefaultValue(Detail.Detailed)]
    public Detail Detail { get; init; }
}

/// <summary>What caused an entry.</summary>
public sealed record EntryCause
{
    [Description("usage, capture, hold, void_hold, grant, void_grant, adjustment, reversal, sign_up, or time (an expiry or a beginning).")]
    public required string Kind { get; init; }

    [Description("Id of the usage event, hold or grant; for time alone that of the hold or grant whose time it was.")]
    public string? Id { get; init; }
}

/// <summary>One line of the ledger as it travels.</summary>
public sealed record EntryView
{
    public required string Id { get; init; }

    [Description("When it was due.")]
    public required Instant Time { get; init; }

    public required string Asset { get; init; }
    public required EntryKind Kind { get; init; }

    [Description("Signed effect on the balance; \"0\" for holds and releases.")]
    public required string Amount { get; init; }

    [Description("Signed effect on what is held.")]
    public string? Held { get; init; }

    public required string BalanceAfter { get; init; }

    [Description("The account on the other side: issued, promotion, revenue, expired, voided, adjustment; none between buckets of the account itself.")]
    public CounterAccount? Counter { get; init; }

    [Description("The grant it touched; absent for debt and overdraft.")]
    public string? GrantId { get; init; }

    [Description("Share of a paid grant's cost basis that it consumed, with its currency.")]
    public AssetAmount? CostBasis { get; init; }

    public required EntryCause Cause { get; init; }
}

/// <summary>A page of the ledger.</summary>
public sealed record ListEntriesOutput
{
    public required IReadOnlyList<EntryView> Entries { get; init; }

    [Description("Give it back as cursor for older entries; absent on the last page.")]
    public string? NextCursor { get; init; }

    [Description("How many entries there are in all.")]
    public required long Total { get; init; }
}

/// <summary>Entries as stored, ready to be shown.</summary>
/// <param name="Next">For each account that has older entries the key of the next; empty at the end.</param>
public sealed record EntryPage(IReadOnlyList<EntryView> Entries, IReadOnlyList<long> Next, long Total);

/// <summary>The use case.</summary>
public sealed class ListEntries : Operation<ListEntriesInput, ListEntriesOutput>
{
    [SetsRequiredMembers]
    public ListEntries()
    {
        Name = "list_entries";
        Title = "List ledger entries";
        Description =
            "The ledger or transaction history (statement, audit trail) of one customer, newest first: where credit came in and where it went, everything that " +
            "moved or changed the account, each movement with its cause and the balance after it.";
        ToolSet = ToolSet.Wallets;
        Scope = Scopes.CustomersRead;
        Route = "GET /v1/customers/{customer_id}/entries";
        Reads = true;
    }

    public override async ValueTask<ListEntriesOutput> Run(ListEntriesInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        var page = await billing.Reads<IWalletReads>().Entries(caller, input.CustomerId, input.Asset, Cursors.Read(input.Cursor), input.Limit, cancellation)
            ?? throw new BillingException(ErrorCode.CustomerNotFound, $"There is no customer {WalletSession.Shown(input.CustomerId)}.", "customer_id");
        var entries = input.Detail == Detail.Concise
            ? [.. page.Entries.Select(e => e with { Held = null, Counter = null, GrantId = null, CostBasis = null })]
            : page.Entries;
        return new ListEntriesOutput { Entries = entries, NextCursor = Cursors.Write(page.Next), Total = page.Total };
    }
}
