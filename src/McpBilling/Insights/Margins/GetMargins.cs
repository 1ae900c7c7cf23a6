using System.Diagnostics.CodeAnalysis;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Insights.Margins;

/// <summary>The use case: what did each customer, user, piece of work, feature, model or product cost, and what did it bring in?</summary>
public sealed class GetMargins : Operation<GetMarginsInput, GetMarginsOutput>
{
    [SetsRequiredMembers]
    public GetMargins()
    {
        Name = "get_margins";
        Title = "Get margins";
        Description =
            "Profit or loss: unprofitable customers, clients that lose money, the heaviest users; what we earn by customer, end user, session, task, feature, model" +
            ", product or month after AI spend; percentiles; what nobody owns or no price covers. Next: simulate_pricing.";
        ToolSet = ToolSet.Costs;
        Scope = Scopes.UsageRead;
        Route = "GET /v1/margins";
        Reads = true;
    }

    public override async ValueTask<GetMarginsOutput> Run(GetMarginsInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        if (input.GroupBy == MarginGroup.Plan)
        {
            throw new BillingException(ErrorCode.NotSupportedYet, "group_by is plan: there are no subscriptions to group by. Use customer, feature, model or product.", "group_by");
        }
        var days = DayRange.Read(input.From, input.To);
        var question = new MarginQuestion(days, input.GroupBy)
        {
            CustomerId = input.CustomerId,
            Order = MarginAnswer.OrderOf(input),
            First = MarginAnswer.SkippedBy(input) + input.Limit,
            Quantities = input.OnModel is not null,
            ShareCacheWrites = input.ShareCacheWrites,
        };
        if (input is { OnModel: not null, CustomerId: not null })
        {
            throw new BillingException(ErrorCode.InvalidRequest, "on_model is answered for the whole workspace: leave out customer_id, or on_model.", "on_model");
        }
        var figures = await billing.Reads<IMarginReads>().Margins(caller, question, cancellation)
            ?? throw new BillingException(ErrorCode.CustomerNotFound, $"There is no customer {WalletSession.Shown(input.CustomerId!)}.", "customer_id");
        if (input.ShareCacheWrites)
        {
            var shared = SharedContexts.Shared(figures.Customers, figures.SharedContexts);
            figures = figures with { Customers = shared, Rows = input.GroupBy == MarginGroup.Customer ? shared : figures.Rows };
        }
        return MarginAnswer.Of(input, days, figures, input.OnModel is { } model ? OtherModel.In(figures.Prices, model).Cost(figures.Quantities) : null);
    }
}
