using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Catalog;
using McpBilling.Customers;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Portal;

/// <summary>Asks for what a customer set.</summary>
public sealed record GetLimitsInput
{
    [Description("Your app's id of the customer."), RegularExpression(Customer.IdPattern), StringLength(Customer.MaxIdLength, MinimumLength = 1)]
    public required string CustomerId { get; init; }
}

/// <summary>The use case.</summary>
public sealed class GetLimits : Operation<GetLimitsInput, CustomerLimitsOutput>
{
    [SetsRequiredMembers]
    public GetLimits()
    {
        Name = "get_limits";
        Title = "Get a customer's own limits";
        Description = "The spending caps and low-balance thresholds that a customer set for themselves, and what was spent in the present period of each cap.";
        ToolSet = ToolSet.Wallets;
        Scope = Scopes.CustomersRead;
        Route = "GET /v1/customers/{customer_id}/limits";
        Reads = true;
        HasTool = false;
    }

    public override async ValueTask<CustomerLimitsOutput> Run(GetLimitsInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        var stored = await billing.Reads<IWalletReads>().Wallet(caller, input.CustomerId, cancellation)
            ?? throw new BillingException(ErrorCode.CustomerNotFound, $"There is no customer {WalletSession.Shown(input.CustomerId)}.", "customer_id");
        var catalog = await billing.Reads<ICatalogReads>().Current(caller);
        return new CustomerLimitsOutput { CustomerId = stored.Customer.Id, Limits = AssetLimitsView.Of(stored.Customer.Limits, catalog, stored.Now) };
    }
}
