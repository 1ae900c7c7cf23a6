using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Customers;
using McpBilling.Operations;

namespace McpBilling.Payments;

public sealed record ListRefundsInput
{
    [Description("Only this customer's."), RegularExpression(Customer.IdPattern), StringLength(Customer.MaxIdLength, MinimumLength = 1)]
    public string? CustomerId { get; init; }

    [Description("Only of this order (top_up_…)."), StringLength(64, MinimumLength = 1)]
    public string? TopUpId { get; init; }

    [Description("next_cursor of the page before."), StringLength(64)]
    public string? Cursor { get; init; }

    [Description("Refunds a page, 1 to 100."), Range(1, 100)]
    public int Limit { get; set; } = 20;
}

public sealed record ListRefundsOutput
{
    public required IReadOnlyList<RefundView> Refunds { get; init; }

    [Description("Give it back as cursor for older refunds; absent on the last page.")]
    public string? NextCursor { get; init; }

    public required long Total { get; init; }
}

/// <summary>Refunds, newest first, those included that were made at the processor.</summary>
public sealed class ListRefunds : Operation<ListRefundsInput, ListRefundsOutput>
{
    [SetsRequiredMembers]
    public ListRefunds()
    {
        Name = "list_refunds";
        Title = "List refunds";
        Description = "Money that went back to customers, or is about to, newest first.";
        ToolSet = ToolSet.Payments;
        Scope = Scopes.CustomersRead;
        Route = "GET /v1/refunds";
        Reads = true;
        HasTool = false;
    }

    public override async ValueTask<ListRefundsOutput> Run(ListRefundsInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        if (input.TopUpId is { } id)
        {
            await Checkout.Require(billing, caller, id, cancellation);
        }
        var page = await billing.Reads<IPaymentReads>().Refunds(caller, new TopUpQuestion(input.CustomerId, input.TopUpId), Cursors.ReadOne(input.Cursor), input.Limit, cancellation);
        return new ListRefundsOutput { Refunds = page.Refunds, NextCursor = Cursors.Write(page.Next), Total = page.Total };
    }
}
