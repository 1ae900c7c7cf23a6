using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using McpBilling.Customers;
using McpBilling.Operations;

namespace McpBilling.Wallets;

/// <summary>Makes a customer, or changes what is named of one.</summary>
public sealed record SaveCustomerInput
{
    [Description("Your app's own id of the customer."), RegularExpression(Customer.IdPattern), StringLength(Customer.MaxIdLength, MinimumLength = 1)]
    public required string Id { get; init; }

    [Description("For people."), StringLength(256)]
    public string? Name { get; init; }

    [Description("Where to write to."), StringLength(320)]
    public string? Email { get; init; }

    [JsonShape(JsonShapeAttribute.AnyObject), Description("Your own JSON object, at most 4 KB.")]
    [NotInTools]
    public JsonElement? Metadata { get; init; }

    [Description("true stops authorizations; false allows them again.")]
    public bool? Frozen { get; init; }

    [Description("How far authorizations may go below zero: [{\"asset\":\"usd\",\"amount\":\"5.00\"}].")]
    public IReadOnlyList<OverdraftLimit>? OverdraftLimits { get; init; }
}

/// <summary>An overdraft limit for one asset.</summary>
public sealed record OverdraftLimit
{
    [Description("The asset's id.")]
    public required string Asset { get; init; }

    [Description("How far below zero, such as \"5.00\"; \"0\" for none.")]
    public required decimal Amount { get; init; }
}

/// <summary>The use case: an upsert; sign-up grants are given once, when the customer is new.</summary>
public sealed class SaveCustomer : Operation<SaveCustomerInput, CustomerView>
{
    public const int MaxMetadataLength = 4096;

    [SetsRequiredMembers]
    public SaveCustomer()
    {
        Name = "save_customer";
        Title = "Save a customer";
        Description =
            "Adds, creates, signs up or registers a customer (tenant, client), or updates what is named of one: name, email address, frozen (freezes, blocks or " +
            "suspends the account until false), overdraft_limits (lets a client go into the red). A new one gets the sign-up grants. Next: get_wallet.";
        ToolSet = ToolSet.Wallets;
        Scope = Scopes.CustomersWrite;
        Route = "POST /v1/customers";
        Creates = true;
    }

    public override ValueTask<CustomerView> Run(SaveCustomerInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        string? metadata = input.Metadata?.GetRawText();
        if (metadata?.Length > MaxMetadataLength)
        {
            throw new BillingException(ErrorCode.InvalidRequest, $"metadata has {metadata.Length} characters; at most {MaxMetadataLength} are kept.", "metadata");
        }
        return billing.Commit(
            new SaveCustomerCommand { CustomerId = input.Id, Creation = CustomerCreation.Always, Input = input, Metadata = metadata }, caller, cancellation);
    }
}

/// <summary>The decision of <see cref="SaveCustomer"/>.</summary>
public sealed class SaveCustomerCommand : CustomerCommand<CustomerView>
{
    public override CommandKind Kind => CommandKind.SaveCustomer;
    public required SaveCustomerInput Input { get; init; }
    public string? Metadata { get; init; }

    public override CustomerView Decide(WalletSession session)
    {
        var limits = (Input.OverdraftLimits ?? []).Select((limit, i) =>
        {
            var asset = session.Asset(limit.Asset, $"overdraft_limits[{i}].asset");
            return new WalletCommand.SetOverdraft(asset, WalletSession.Units(asset, limit.Amount, $"overdraft_limits[{i}].amount"));
        }).ToList();
        var before = session.Customer;
        session.Change(before with
        {
            Name = Input.Name ?? before.Name,
            Email = Input.Email ?? before.Email,
            Metadata = Metadata ?? before.Metadata,
            Frozen = Input.Frozen ?? before.Frozen,
        });
        foreach (var limit in limits)
        {
            session.Carry(limit);
        }
        return CustomerView.Of(session.Customer, session.IsNew) with
        {
            // Limits leave no entry in the ledger: who replays it finds here what they were and since when.
            OverdraftLimits = limits.Count == 0 ? null : [.. limits.Select(l => AssetAmount.Of(l.Asset, l.Limit))],
        };
    }
}
