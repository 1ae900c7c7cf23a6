using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Usage;

/// <summary>Ends a hold unused.</summary>
public sealed record VoidHoldInput : ICheckedInput
{
    [Description("The hold_id that authorize answered."), StringLength(64, MinimumLength = 1)]
    public required string HoldId { get; init; }

    [Description("Makes a retry safe."), StringLength(255, MinimumLength = 1)]
    public required string IdempotencyKey { get; init; }

    public bool IsWithinBounds() => PlainText.Fits(HoldId, 64) && PlainText.Fits(IdempotencyKey, 255);
}

/// <summary>The hold and the accounts after it.</summary>
public sealed record VoidHoldOutput : CommandOutput
{
    public required HoldView Hold { get; init; }
    public required IReadOnlyList<AccountFigures> Balances { get; init; }
}

/// <summary>The use case: nothing was used, all is released.</summary>
public sealed class VoidHold : Operation<VoidHoldInput, VoidHoldOutput>
{
    [SetsRequiredMembers]
    public VoidHold()
    {
        Name = "void_hold";
        Title = "Void a hold";
        Description =
            "Cancels or drops a hold (a reservation) when a job never ran, failed, crashed or was aborted before anything was used: releases, frees, gives back all" +
            " that was reserved. If something was used: capture_hold.";
        ToolSet = ToolSet.Usage;
        Scope = Scopes.UsageWrite;
        Route = "POST /v1/holds/{hold_id}/void";
    }

    public override ValueTask<VoidHoldOutput> Run(VoidHoldInput input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        billing.Commit(new VoidHoldCommand(input), caller, cancellation);
}

/// <summary>The decision of <see cref="VoidHold"/>.</summary>
public sealed class VoidHoldCommand : UsageCommand<VoidHoldOutput>
{
    private readonly VoidHoldInput _input;

    public VoidHoldCommand(VoidHoldInput input)
    {
        _input = input;
        HoldId = input.HoldId;
        IdempotencyKey = input.IdempotencyKey;
        var hash = new InputHash(stackalloc byte[128]);
        hash.Add(input.HoldId);
        InputHash = hash.Finish();
    }

    public override CommandKind Kind => CommandKind.VoidHold;

    public override VoidHoldOutput Decide(UsageSession session)
    {
        long key = HoldKey(session, _input.HoldId);
        var transition = session.Carry(new WalletCommand.VoidHold(key, FindHold(session, key)?.Status), "hold_id");
        var hold = transition.Hold!;
        return new VoidHoldOutput
        {
            Hold = HoldView.Of(hold, session.Facts.Ids, session.Facts.WorkspaceKey),
            Balances = Balances(session, hold.Lines.Select(l => l.Asset.Id)),
        };
    }
}
