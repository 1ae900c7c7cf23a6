using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Usage;

/// <summary>Asks how a hold stands.</summary>
public sealed record GetHoldInput
{
    [Description("The hold_id that authorize answered."), StringLength(64, MinimumLength = 1)]
    public required string HoldId { get; init; }
}

/// <summary>A hold and whose it is.</summary>
public sealed record GetHoldOutput
{
    public required string CustomerId { get; init; }
    public required HoldView Hold { get; init; }
}

/// <summary>The use case.</summary>
public sealed class GetHold : Operation<GetHoldInput, GetHoldOutput>
{
    [SetsRequiredMembers]
    public GetHold()
    {
        Name = "get_hold";
        Title = "Get a hold";
        Description =
            "How a hold stands: open, captured, voided or expired, and what is still set aside.";
        ToolSet = ToolSet.Usage;
        Scope = Scopes.UsageRead;
        Route = "GET /v1/holds/{hold_id}";
        Reads = true;
        HasTool = false;
    }

    public override async ValueTask<GetHoldOutput> Run(GetHoldInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        var (hold, customerId, ids) = await billing.Reads<IUsageReads>().Hold(caller, input.HoldId, cancellation)
            ?? throw new BillingException(ErrorCode.HoldNotFound, $"There is no hold {WalletSession.Shown(input.HoldId)}.", "hold_id");
        return new GetHoldOutput { CustomerId = customerId, Hold = HoldView.Of(hold, ids, caller.WorkspaceKey) };
    }
}
