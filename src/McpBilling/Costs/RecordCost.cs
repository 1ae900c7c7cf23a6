using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Customers;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Costs;

/// <summary>Reports a cost that is not a model call, with its amount.</summary>
public sealed record RecordCostInput : ICheckedInput
{
    [Description("Your id of it, unique per customer: the same id is booked once."), StringLength(255, MinimumLength = 1)]
    public required string Id { get; init; }

    [Description("Your app's id of the customer; internal for what serves nobody in particular."), RegularExpression(Customer.IdPattern), StringLength(Customer.MaxIdLength, MinimumLength = 1)]
    public required string CustomerId { get; init; }

    [Description("Whose invoice it is on, such as aws."), StringLength(64, MinimumLength = 1)]
    public required string Provider { get; init; }

    [Description("What it is for, such as gpu, storage, search-api: reports show it where the model stands."), StringLength(128, MinimumLength = 1)]
    public required string Category { get; init; }

    [Description("How much, in US dollars, at most 18 digits after the point: {\"currency\":\"usd\",\"amount\":\"0.5\"}.")]
    public required CostAmount Amount { get; init; }

    [Description("How many of the category were used, where that is known; default 1.")]
    public decimal? Quantity { get; init; }

    [Description("When it arose; default now.")]
    public Instant? RequestedAt { get; init; }

    public Subject? Subject { get; init; }

    [Description("Feature of your app."), StringLength(128)]
    public string? Feature { get; init; }

    [Description("The interaction that it belongs to."), StringLength(128, MinimumLength = 1)]
    public string? OperationId { get; init; }

    public bool IsWithinBounds() =>
        PlainText.Fits(Id, 255) && PlainText.FitsId(CustomerId, Customer.MaxIdLength) && PlainText.Fits(Provider, 64) && PlainText.Fits(Category, 128)
        && Subject?.IsPlain != false && PlainText.Fits(Feature, 128) && PlainText.Fits(OperationId, 128);
}

/// <summary>The use case: a margin is after everything, so GPUs, storage and other APIs are booked as model calls are.</summary>
public sealed class RecordCost : Operation<RecordCostInput, RecordLlmCostOutput>
{
    [SetsRequiredMembers]
    public RecordCost()
    {
        Name = "record_cost";
        Title = "Record another cost";
        Description = "Books a cost that is not a model call (GPU time, storage, a third party's API) with its amount in US dollars, for a customer or internal.";
        ToolSet = ToolSet.Costs;
        Scope = Scopes.UsageWrite;
        Route = "POST /v1/costs";
        HasTool = false;
    }

    public override async ValueTask<RecordLlmCostOutput> Run(RecordCostInput input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        RecordLlmCostOutput.Of(await billing.Commit(new RecordCostCommand(Draft(input), input.CustomerId), caller, cancellation));

    private static CostDraft Draft(RecordCostInput input)
    {
        if (input.Amount.Currency != CostMoney.Currency)
        {
            throw new BillingException(ErrorCode.InvalidRequest, $"amount.currency is {WalletSession.Shown(input.Amount.Currency)}: costs are kept in usd. Convert it at the rate of your invoice.", "amount.currency");
        }
        if (!CostMoney.TryParse(input.Amount.Amount, out decimal dollars))
        {
            throw new BillingException(
                ErrorCode.InvalidRequest, $"amount.amount is {WalletSession.Shown(input.Amount.Amount)}: a decimal is wanted, not negative, with at most {CostMoney.Scale} digits after the point and below 10^9.", "amount.amount");
        }
        decimal quantity = input.Quantity ?? 1;
        if (quantity <= 0)
        {
            throw new BillingException(ErrorCode.InvalidRequest, $"quantity is {Quantity.Format(quantity)}: it must be above zero.", "quantity");
        }
        var hash = new InputHash(stackalloc byte[256]);
        hash.Add(input.Provider);
        hash.Add(input.Category);
        hash.Add(dollars);
        hash.Add(quantity);
        return new CostDraft
        {
            Event = new CostEvent
            {
                Id = input.Id,
                Provider = input.Provider.ToLowerInvariant(),
                Model = input.Category,
                RequestedAt = input.RequestedAt ?? CostDraft.AsOfNow,
                Subject = input.Subject,
                Feature = input.Feature,
                OperationId = input.OperationId,
                Cost = new PricedCost(CostStatus.Priced, [new CostLine(input.Category, quantity, null, quantity, dollars, null)], dollars, null),
            },
            InputHash = hash.Finish(),
        };
    }
}
