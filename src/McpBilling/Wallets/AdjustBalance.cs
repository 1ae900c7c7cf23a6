using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Customers;
using McpBilling.Operations;

namespace McpBilling.Wallets;

/// <summary>Corrects a balance by hand.</summary>
public sealed record AdjustBalanceInput
{
    [Description("Your app's id of the customer."), RegularExpression(Customer.IdPattern), StringLength(Customer.MaxIdLength, MinimumLength = 1)]
    public required string CustomerId { get; init; }

    [Description("The asset to correct.")]
    public required string Asset { get; init; }

    [Description("Signed: \"5.00\" adds credit, \"-5.00\" takes it.")]
    public required decimal Amount { get; init; }

    [Description("Why, for the ledger."), StringLength(500, MinimumLength = 1)]
    public required string Reason { get; init; }

    [Description("When credit is short: reject (default), or go below zero.")]
    [NotInTools]
    public OnInsufficient OnInsufficient { get; set; } = OnInsufficient.Reject;

    [Description("Makes a retry safe."), StringLength(255, MinimumLength = 1)]
    public required string IdempotencyKey { get; init; }
}

/// <summary>The account after the correction.</summary>
public sealed record AdjustBalanceOutput : CommandOutput
{
    public required AccountFigures Account { get; init; }

    [Description("The grant that holds added credit.")]
    public GrantView? Grant { get; init; }

    [Description("The reason given.")]
    public required string Reason { get; init; }
}

/// <summary>The use case.</summary>
public sealed class AdjustBalance : Operation<AdjustBalanceInput, AdjustBalanceOutput>
{
    [SetsRequiredMembers]
    public AdjustBalance()
    {
        Name = "adjust_balance";
        Title = "Adjust a balance";
        Description =
            "Corrects (fixes, sets straight) a balance that is wrong or off by an error or mistake, manually, with a reason: above zero adds, below zero (minus) " +
            "takes away, removes or subtracts. To give credit use grant_credit; for a mistaken event reverse_usage. Next: list_entries.";
        ToolSet = ToolSet.Wallets;
        Scope = Scopes.WalletsWrite;
        Route = "POST /v1/adjustments";
        Destroys = true;
    }

    public override ValueTask<AdjustBalanceOutput> Run(AdjustBalanceInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        SecretText.RefuseCardNumber(input.Reason, "reason");
        return billing.Commit(new AdjustBalanceCommand(input), caller, cancellation);
    }
}

/// <summary>The decision of <see cref="AdjustBalance"/>.</summary>
public sealed class AdjustBalanceCommand : CustomerCommand<AdjustBalanceOutput>
{
    private readonly AdjustBalanceInput _input;

    public AdjustBalanceCommand(AdjustBalanceInput input)
    {
        _input = input;
        CustomerId = input.CustomerId;
        IdempotencyKey = input.IdempotencyKey;
        var hash = new InputHash(stackalloc byte[256]);
        hash.Add(input.Asset);
        hash.Add(input.Amount);
        hash.Add(input.Reason);
        hash.Add((long)input.OnInsufficient);
        InputHash = hash.Finish();
    }

    public override CommandKind Kind => CommandKind.Adjust;

    public override AdjustBalanceOutput Decide(WalletSession session)
    {
        var asset = session.Asset(_input.Asset);
        long units = WalletSession.SignedUnits(asset, _input.Amount, "amount");
        if (units == 0)
        {
            throw new BillingException(ErrorCode.AmountInvalid, "amount is 0: nothing to correct. Use an amount such as \"5.00\" or \"-5.00\".", "amount");
        }
        var command = new WalletCommand.Adjust(session.Facts.NextGrantKey(), asset, units, _input.OnInsufficient);
        var transition = session.Carry(command, "amount");
        var grant = transition.Grants.Select(g => g.Grant).FirstOrDefault(g => g.Key == command.GrantKey);
        return new AdjustBalanceOutput
        {
            Account = AccountFigures.Of(session.Account(asset)),
            Grant = grant is null ? null : GrantView.Of(grant, asset, session.Facts.Ids, session.Facts.WorkspaceKey),
            Reason = _input.Reason,
        };
    }
}
