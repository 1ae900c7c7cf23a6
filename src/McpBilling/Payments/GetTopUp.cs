using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Operations;

namespace McpBilling.Payments;

public sealed record GetTopUpInput
{
    [Description("The order's id (top_up_…)."), StringLength(64, MinimumLength = 1)]
    public required string TopUpId { get; init; }
}

/// <summary>One order with its refunds and disputes.</summary>
public sealed class GetTopUp : Operation<GetTopUpInput, TopUpView>
{
    [SetsRequiredMembers]
    public GetTopUp()
    {
        Name = "get_top_up";
        Title = "Get a top-up";
        Description = "How an order of credit stands: whether it is paid, its link, its refunds and disputes.";
        ToolSet = ToolSet.Payments;
        Scope = Scopes.CustomersRead;
        Route = "GET /v1/top-ups/{top_up_id}";
        Reads = true;
    }

    public override async ValueTask<TopUpView> Run(GetTopUpInput input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        (await Checkout.Require(billing, caller, input.TopUpId, cancellation)).View;
}
