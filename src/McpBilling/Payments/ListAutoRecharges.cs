using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Customers;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Payments;

/// <summary>Asks what a customer allowed in advance.</summary>
public sealed record ListAutoRechargesInput
{
    [Description("Your app's id of the customer."), RegularExpression(Customer.IdPattern), StringLength(Customer.MaxIdLength, MinimumLength = 1)]
    public required string CustomerId { get; init; }
}

/// <summary>At most one for each asset.</summary>
public sealed record ListAutoRechargesOutput
{
    public required IReadOnlyList<AutoRechargeView> AutoRecharges { get; init; }
}

/// <summary>The use case.</summary>
public sealed class ListAutoRecharges : Operation<ListAutoRechargesInput, ListAutoRechargesOutput>
{
    [SetsRequiredMembers]
    public ListAutoRecharges()
    {
        Name = "list_auto_recharges";
        Title = "List auto-recharges";
        Description = "What a customer allowed in advance: threshold, what is charged, the monthly cap and how much of it is used, and why it ended.";
        ToolSet = ToolSet.Payments;
        Scope = Scopes.CustomersRead;
        Route = "GET /v1/auto-recharge";
        Reads = true;
    }

    public override async ValueTask<ListAutoRechargesOutput> Run(ListAutoRechargesInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(billing);
        return new()
        {
            AutoRecharges = await billing.Reads<IPaymentReads>().AutoRecharges(caller, input.CustomerId, cancellation)
                ?? throw new BillingException(ErrorCode.CustomerNotFound, $"There is no customer {WalletSession.Shown(input.CustomerId)}.", "customer_id"),
        };
    }
}
