using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Customers;
using McpBilling.Operations;
using McpBilling.Payments;
using McpBilling.Wallets;

namespace McpBilling.Portal;

/// <summary>Asks for one receipt.</summary>
public sealed record GetReceiptInput
{
    [Description("Your app's id of the customer."), RegularExpression(Customer.IdPattern), StringLength(Customer.MaxIdLength, MinimumLength = 1)]
    public required string CustomerId { get; init; }

    [Description("A receipt's id from list_receipts."), StringLength(64, MinimumLength = 1)]
    public required string ReceiptId { get; init; }
}

/// <summary>One receipt.</summary>
public sealed record GetReceiptOutput
{
    public required string CustomerId { get; init; }

    [Description("For people: the customer's name, as the app told it.")]
    public string? CustomerName { get; init; }

    public required ReceiptView Receipt { get; init; }

    [Description("The order that it was bought by, with its tax, bonus and refunds; absent where the app gave the credit and took the money itself.")]
    public TopUpView? TopUp { get; init; }
}

/// <summary>The use case. Of another customer's receipt there is none.</summary>
public sealed class GetReceipt : Operation<GetReceiptInput, GetReceiptOutput>
{
    [SetsRequiredMembers]
    public GetReceipt()
    {
        Name = "get_receipt";
        Title = "Get a receipt";
        Description = "One purchase of credit of a customer: what was bought, what was paid, when it expires.";
        ToolSet = ToolSet.Wallets;
        Scope = Scopes.CustomersRead;
        Route = "GET /v1/customers/{customer_id}/receipts/{receipt_id}";
        Reads = true;
        HasTool = false;
    }

    public override async ValueTask<GetReceiptOutput> Run(GetReceiptInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        var (paid, wallet) = await billing.Reads<IPortalReads>().PaidGrant(caller, input.CustomerId, input.ReceiptId, cancellation)
            ?? throw new BillingException(ErrorCode.CustomerNotFound, $"There is no customer {WalletSession.Shown(input.CustomerId)}.", "customer_id");
        if (paid is null)
        {
            throw new BillingException(ErrorCode.ReceiptNotFound, $"{WalletSession.Shown(input.CustomerId)} has no receipt {WalletSession.Shown(input.ReceiptId)}.", "receipt_id");
        }
        var order = await billing.Reads<IPaymentReads>().TopUpOfGrant(caller, input.CustomerId, input.ReceiptId, cancellation);
        return new GetReceiptOutput
        {
            CustomerId = wallet.Customer.Id,
            CustomerName = wallet.Customer.Name,
            Receipt = ReceiptView.Of(paid, wallet.Ids, caller.WorkspaceKey),
            TopUp = order?.View,
        };
    }
}
