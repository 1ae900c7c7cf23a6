using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using McpBilling.Customers;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Costs;

public sealed record ListCostsInput : ICheckedInput
{
    [Description("Only this customer's."), RegularExpression(Customer.IdPattern), StringLength(Customer.MaxIdLength, MinimumLength = 1)]
    public string? CustomerId { get; init; }

    [Description("Only those without a price: they wait for one, see reprice_costs.")]
    public bool Unpriced { get; set; }

    [Description("next_cursor of the page before."), StringLength(64)]
    public string? Cursor { get; init; }

    [Description("Costs a page, 1 to 100."), Range(1, 100), JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public int Limit { get; set; } = 20;

    public bool IsWithinBounds() => PlainText.Fits(Cursor, 64) && Limit is >= 1 and <= 100 && (CustomerId is null || PlainText.FitsId(CustomerId, Customer.MaxIdLength));
}

/// <summary>A cost event in a list.</summary>
public sealed record CostEventView
{
    public required string CostEventId { get; init; }
    public required string CustomerId { get; init; }
    public required string Provider { get; init; }

    [Description("The model; of other costs the category.")]
    public required string Model { get; init; }

    public required Instant RequestedAt { get; init; }

    [Description("As it is now, adjustments included.")]
    public required CostStatus Status { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never), Description("As it is now; null: not known.")]
    public CostAmount? Cost { get; init; }

    [Description("As it was first recorded, where it was adjusted since.")]
    public CostAmount? FirstCost { get; init; }

    public required IReadOnlyList<CostLineView> Lines { get; init; }
    public string? Reason { get; init; }
    public string? OperationId { get; init; }
    public int? Attempt { get; init; }
    public required CostOutcome Outcome { get; init; }
    public Subject? Subject { get; init; }
    public string? Feature { get; init; }

    [Description("The customer whose cached context it used.")]
    public string? ContextOf { get; init; }

    public static CostEventView Of(StoredCost stored, string customerId) => new()
    {
        CostEventId = stored.Event.Id,
        CustomerId = customerId,
        Provider = stored.Event.Provider,
        Model = stored.Event.Model,
        RequestedAt = stored.Event.RequestedAt,
        Status = stored.Now.Status,
        Cost = CostAmount.Of(stored.Now.Amount),
        FirstCost = ReferenceEquals(stored.Now, stored.Event.Cost) ? null : CostAmount.Of(stored.Event.Cost.Amount),
        Lines = CostLineView.Of(stored.Now.Lines),
        Reason = stored.Now.Reason,
        OperationId = stored.Event.OperationId,
        Attempt = stored.Event.OperationId is null ? null : stored.Event.Attempt,
        Outcome = stored.Event.Outcome,
        Subject = stored.Event.Subject,
        Feature = stored.Event.Feature,
        ContextOf = stored.Event.ContextOf,
    };
}

public sealed record ListCostsOutput
{
    public required IReadOnlyList<CostEventView> Costs { get; init; }

    [Description("Give it back as cursor for older costs; absent on the last page.")]
    public string? NextCursor { get; init; }

    [Description("Of the workspace: how many costs wait for a price.")]
    public required long TotalUnpriced { get; init; }
}

/// <summary>The costs of a workspace, the newest first: also the list of those that wait for a price.</summary>
public sealed class ListCosts : Operation<ListCostsInput, ListCostsOutput>
{
    [SetsRequiredMembers]
    public ListCosts()
    {
        Name = "list_costs";
        Title = "List costs";
        Description = "What was booked, newest first, line by line; unpriced shows the costs that wait for a price.";
        ToolSet = ToolSet.Costs;
        Scope = Scopes.UsageRead;
        Route = "GET /v1/costs";
        Reads = true;
        HasTool = false;
    }

    public override async ValueTask<ListCostsOutput> Run(ListCostsInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        var (costs, next, unpriced) = await billing.Reads<ICostReads>().Costs(caller, input.CustomerId, input.Unpriced, Cursors.ReadOne(input.Cursor), input.Limit, cancellation)
            ?? throw new BillingException(ErrorCode.CustomerNotFound, $"There is no customer {Wallets.WalletSession.Shown(input.CustomerId!)}.", "customer_id");
        return new ListCostsOutput { Costs = costs, NextCursor = next is { } last ? Cursors.Write(last) : null, TotalUnpriced = unpriced };
    }
}

/// <summary>Reads costs.</summary>
public interface ICostReads
{
    /// <summary>A page, newest first; null when the customer is named and unknown. <c>Next</c> is the key of its last one when there are older ones.</summary>
    /// <param name="before">Only older ones than the cost of this key.</param>
    ValueTask<(IReadOnlyList<CostEventView> Costs, long? Next, long Unpriced)?> Costs(
        Caller caller, string? customerId, bool unpricedOnly, long? before, int limit, CancellationToken cancellation);

    /// <summary>Costs that may have another price now, in the order of the ledger, with the present price book.</summary>
    /// <param name="all">Also those that have a price.</param>
    /// <param name="after">Only newer ones than the cost of this key.</param>
    ValueTask<(IReadOnlyList<StoredCost> Costs, PriceBook Prices)> Repriceable(
        Caller caller, bool all, Instant? from, Instant? to, long after, int limit, CancellationToken cancellation);
}
