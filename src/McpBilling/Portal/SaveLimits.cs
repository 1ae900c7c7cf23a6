using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Customers;
using McpBilling.Operations;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Portal;

/// <summary>Sets a customer's own limits for one asset, as a whole.</summary>
public sealed record SaveLimitsInput
{
    [Description("Your app's id of the customer, who must exist."), RegularExpression(Customer.IdPattern), StringLength(Customer.MaxIdLength, MinimumLength = 1)]
    public required string CustomerId { get; init; }

    [Description("The asset that the limits are in, such as usd.")]
    public required string Asset { get; init; }

    [Description("Most that usage may be authorized for in a period, such as \"50\"; \"0\" stops authorizations; absent: no cap.")]
    public decimal? SpendingCap { get; init; }

    [Description("The cap's period: day or month, in the workspace's time zone; default month.")]
    public CapPeriod Period { get; set; } = CapPeriod.Month;

    [Description("Send balance.low when the balance falls below this, above zero, in place of the catalog's threshold; absent: only by the catalog's.")]
    public decimal? LowBalance { get; init; }
}

/// <summary>The use case. What was recorded before the cap counts, as far as it lies in the present period.</summary>
public sealed class SaveLimits : Operation<SaveLimitsInput, CustomerLimitsOutput>
{
    [SetsRequiredMembers]
    public SaveLimits()
    {
        Name = "save_limits";
        Title = "Save a customer's own limits";
        Description =
            "Sets a customer's own spending cap and low-balance threshold for one asset; what is left out is removed. Customers do this in the portal: call it only from a " +
            "page of your own where the customer decides. At the cap authorize_usage answers spending_cap_reached; usage that happened is still recorded.";
        ToolSet = ToolSet.Wallets;
        Scope = Scopes.PortalWrite;
        Route = "POST /v1/customers/{customer_id}/limits";
        HasTool = false;
    }

    public override ValueTask<CustomerLimitsOutput> Run(SaveLimitsInput input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        billing.Commit(new SaveLimitsCommand(input) { CustomerId = input.CustomerId, Creation = CustomerCreation.Never }, caller, cancellation);
}

/// <summary>The decision of <see cref="SaveLimits"/>. The same limits again change nothing, so it needs no key.</summary>
public sealed class SaveLimitsCommand(SaveLimitsInput input) : CustomerCommand<CustomerLimitsOutput>
{
    public override CommandKind Kind => CommandKind.SaveLimits;

    public override CustomerLimitsOutput Decide(WalletSession session)
    {
        var asset = session.Asset(input.Asset);
        long? cap = input.SpendingCap is { } most ? WalletSession.Units(asset, most, "spending_cap") : null;
        long? low = input.LowBalance is { } least ? WalletSession.Units(asset, least, "low_balance") : null;
        if (low == 0)
        {
            throw new BillingException(ErrorCode.AmountInvalid, "low_balance is 0: a balance is low when it is below this. Use an amount above zero, or leave low_balance out.", "low_balance");
        }
        var limits = session.Customer.Limits;
        var before = limits.Of(asset.Id);
        var (start, _) = SpendingCaps.PeriodOf(input.Period, session.Now, session.Facts.Catalog.TimeZone);
        // A count that runs already is exact; a new one begins with what the ledger says of the period so far.
        bool counts = before is { Cap: not null } && before.Period == input.Period;
        long spent = cap is null ? 0 : counts ? before!.SpentSince(start) : session.Facts.Spent(session.Customer.Key, asset, start);
        session.Change(session.Customer with { Limits = limits.With(new AssetLimits(asset.Id, cap, input.Period, start, spent, low)) });
        return new CustomerLimitsOutput { CustomerId = session.Customer.Id, Limits = AssetLimitsView.Of(session.Customer.Limits, session.Facts.Catalog, session.Now) };
    }
}
