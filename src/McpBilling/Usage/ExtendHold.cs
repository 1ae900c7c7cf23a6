using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Ledger;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Usage;

/// <summary>Prolongs a hold.</summary>
public sealed record ExtendHoldInput
{
    [Description("The hold_id that authorize answered."), StringLength(64, MinimumLength = 1)]
    public required string HoldId { get; init; }

    [Description("Seconds from now until it expires; at most 24 hours after it was made.")]
    public required decimal TtlSeconds { get; init; }

    [Description("Makes a retry safe."), StringLength(255, MinimumLength = 1)]
    public required string IdempotencyKey { get; init; }
}

/// <summary>The hold after it.</summary>
public sealed record ExtendHoldOutput : CommandOutput
{
    public required HoldView Hold { get; init; }
}

/// <summary>The use case: the work takes longer; what is held stays held.</summary>
public sealed class ExtendHold : Operation<ExtendHoldInput, ExtendHoldOutput>
{
    [SetsRequiredMembers]
    public ExtendHold()
    {
        Name = "extend_hold";
        Title = "Extend a hold";
        Description =
            "Prolongs an open hold for work that takes longer, up to 24 hours after it was made.";
        ToolSet = ToolSet.Usage;
        Scope = Scopes.UsageWrite;
        Route = "POST /v1/holds/{hold_id}/extend";
        HasTool = false;
    }

    public override ValueTask<ExtendHoldOutput> Run(ExtendHoldInput input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        billing.Commit(new ExtendHoldCommand(input), caller, cancellation);
}

/// <summary>The decision of <see cref="ExtendHold"/>.</summary>
public sealed class ExtendHoldCommand : UsageCommand<ExtendHoldOutput>
{
    private readonly ExtendHoldInput _input;
    private readonly TimeSpan _ttl;

    public ExtendHoldCommand(ExtendHoldInput input)
    {
        _input = input;
        HoldId = input.HoldId;
        IdempotencyKey = input.IdempotencyKey;
        _ttl = HoldTime.Read(input.TtlSeconds, HoldTime.Default);
        var hash = new InputHash(stackalloc byte[128]);
        hash.Add(input.HoldId);
        hash.Add(input.TtlSeconds);
        InputHash = hash.Finish();
    }

    public override CommandKind Kind => CommandKind.ExtendHold;

    public override ExtendHoldOutput Decide(UsageSession session)
    {
        long key = HoldKey(session, _input.HoldId);
        if (session.Customer.Frozen)
        {
            throw new BillingException(ErrorCode.CustomerFrozen, "A frozen customer's holds are not extended.");
        }
        var expiresAt = session.Now + _ttl;
        if (session.State.Holds.TryGetValue(key, out var open) && expiresAt > open.CreatedAt + Hold.MaxLife)
        {
            throw new BillingException(
                ErrorCode.InvalidRequest, $"ttl_seconds would keep the hold until {expiresAt}; 24 hours after it was made is {open.CreatedAt + Hold.MaxLife}.", "ttl_seconds");
        }
        var transition = session.Carry(new WalletCommand.ExtendHold(key, FindHold(session, key)?.Status, expiresAt), "hold_id");
        return new ExtendHoldOutput { Hold = HoldView.Of(transition.Hold!, session.Facts.Ids, session.Facts.WorkspaceKey) };
    }
}
