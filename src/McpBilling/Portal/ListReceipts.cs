using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Customers;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Portal;

/// <summary>Asks for what a customer paid.</summary>
public sealed record ListReceiptsInput
{
    [Description("Your app's id of the customer."), RegularExpression(Customer.IdPattern), StringLength(Customer.MaxIdLength, MinimumLength = 1)]
    public required string CustomerId { get; init; }

    [Description("next_cursor of the page before."), StringLength(64)]
    public string? Cursor { get; init; }

    [Description("Receipts a page."), Range(1, 200)]
    public int Limit { get; set; } = 50;
}

/// <summary>A purchase of credit.</summary>
public sealed record ReceiptView
{
    [Description("The id of the grant that was paid for.")]
    public required string Id { get; init; }

    [Description("When it was paid, as far as the ledger knows: when the credit was given.")]
    public required Instant PaidAt { get; init; }

    [Description("The credit that was bought.")]
    public required AssetAmount Credit { get; init; }

    [Description("What was paid, without tax.")]
    public required AssetAmount Paid { get; init; }

    [Description("When the credit expires; absent: never.")]
    public Instant? ExpiresAt { get; init; }

    [Description("true when what was left of it was taken back.")]
    public bool? Voided { get; init; }

    public static ReceiptView Of(PaidGrant paid, PublicIds ids, long workspaceKey) => new()
    {
        Id = ids.Format(IdKind.Grant, workspaceKey, paid.Grant.Key, paid.Grant.CreatedAt),
        PaidAt = paid.Grant.CreatedAt,
        Credit = AssetAmount.Of(paid.Asset, paid.Grant.Granted),
        Paid = AssetAmount.Of(paid.Grant.CostBasis!.Currency, paid.Grant.CostBasis.Amount),
        ExpiresAt = paid.Grant.ExpiresAt == Instant.Never ? null : paid.Grant.ExpiresAt,
        Voided = paid.Grant.Status == GrantStatus.Voided ? true : null,
    };
}

/// <summary>A page of receipts, newest first.</summary>
public sealed record ListReceiptsOutput
{
    public required string CustomerId { get; init; }

    [Description("For people: the customer's name, as the app told it.")]
    public string? CustomerName { get; init; }

    public required IReadOnlyList<ReceiptView> Receipts { get; init; }

    [Description("Give it back as cursor for older ones; absent on the last page.")]
    public string? NextCursor { get; init; }
}

/// <summary>The use case.</summary>
public sealed class ListReceipts : Operation<ListReceiptsInput, ListReceiptsOutput>
{
    [SetsRequiredMembers]
    public ListReceipts()
    {
        Name = "list_receipts";
        Title = "List a customer's receipts";
        Description = "What a customer paid for credit, newest first: each grant with a cost basis. Credit that was given away is in none.";
        ToolSet = ToolSet.Wallets;
        Scope = Scopes.CustomersRead;
        Route = "GET /v1/customers/{customer_id}/receipts";
        Reads = true;
        HasTool = false;
    }

    public override async ValueTask<ListReceiptsOutput> Run(ListReceiptsInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        var (grants, wallet) = await billing.Reads<IPortalReads>().PaidGrants(caller, input.CustomerId, Cursors.ReadOne(input.Cursor), input.Limit + 1, cancellation)
            ?? throw new BillingException(ErrorCode.CustomerNotFound, $"There is no customer {WalletSession.Shown(input.CustomerId)}.", "customer_id");
        return new ListReceiptsOutput
        {
            CustomerId = wallet.Customer.Id,
            CustomerName = wallet.Customer.Name,
            Receipts = [.. grants.Take(input.Limit).Select(g => ReceiptView.Of(g, wallet.Ids, caller.WorkspaceKey))],
            NextCursor = Cursors.Write(grants.Count > input.Limit ? grants[input.Limit - 1].Grant.Key : null),
        };
    }
}
