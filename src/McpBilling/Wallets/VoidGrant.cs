using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Operations;

namespace McpBilling.Wallets;

/// <summary>Takes a grant back, as far as it is not held.</summary>
public sealed record VoidGrantInput
{
    [Description("The grant's id (grant_…)."), StringLength(64, MinimumLength = 1)]
    public required string GrantId { get; init; }

    [Description("How much to take back; leave out for all that is not held.")]
    public decimal? Amount { get; init; }

    [Description("Makes a retry safe."), StringLength(255, MinimumLength = 1)]
    public required string IdempotencyKey { get; init; }
}

/// <summary>The grant and the account after it.</summary>
public sealed record VoidGrantOutput : CommandOutput
{
    public required GrantView Grant { get; init; }
    public required AccountFigures Account { get; init; }
}

/// <summary>The use case.</summary>
public sealed class VoidGrant : Operation<VoidGrantInput, VoidGrantOutput>
{
    [SetsRequiredMembers]
    public VoidGrant()
    {
        Name = "void_grant";
        Title = "Void a grant";
        Description =
            "Takes a grant back as far as it is not held; what holds release later vanishes too. With amount only so much, and the " +
            "grant lives on.";
        ToolSet = ToolSet.Wallets;
        Scope = Scopes.WalletsWrite;
        Route = "POST /v1/grants/{grant_id}/void";
        Destroys = true;
        HasTool = false;
    }

    public override ValueTask<VoidGrantOutput> Run(VoidGrantInput input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        billing.Commit(new VoidGrantCommand(input), caller, cancellation);
}

/// <summary>The decision of <see cref="VoidGrant"/>.</summary>
public sealed class VoidGrantCommand : CustomerCommand<VoidGrantOutput>
{
    private readonly VoidGrantInput _input;

    public VoidGrantCommand(VoidGrantInput input)
    {
        _input = input;
        GrantId = input.GrantId;
        IdempotencyKey = input.IdempotencyKey;
        var hash = new InputHash(stackalloc byte[128]);
        hash.Add(input.GrantId);
        hash.Add(input.Amount);
        InputHash = hash.Finish();
    }

    public override CommandKind Kind => CommandKind.VoidGrant;

    public override VoidGrantOutput Decide(WalletSession session)
    {
        long key = session.Facts.Ids.Parse(IdKind.Grant, session.Facts.WorkspaceKey, _input.GrantId)!.Value;
        var account = session.State.Accounts.Values.FirstOrDefault(a => a.Grants.Any(g => g.Key == key));
        if (account is null)
        {
            throw new BillingException(ErrorCode.GrantInsufficient, "Nothing is left of this grant.", "grant_id");
        }
        long? amount = _input.Amount is { } given ? WalletSession.Units(account.Asset, given, "amount") : null;
        var transition = session.Carry(new WalletCommand.VoidGrant(key, amount), _input.Amount is null ? "grant_id" : "amount");
        return new VoidGrantOutput
        {
            Grant = GrantView.Of(transition.Grants.Single(g => g.Grant.Key == key).Grant, account.Asset, session.Facts.Ids, session.Facts.WorkspaceKey),
            Account = AccountFigures.Of(session.Account(account.Asset)),
        };
    }
}
