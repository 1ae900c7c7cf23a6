using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Customers;
using McpBilling.Operations;

namespace McpBilling.Payments;

public sealed record ListTopUpsInput
{
    [Description("Only this customer's."), RegularExpression(Customer.IdPattern), StringLength(Customer.MaxIdLength, MinimumLength = 1)]
    public string? CustomerId { get; init; }

    [Description("Only those that stand so.")]
    public TopUpStatus? Status { get; init; }

    [Description("next_cursor of the page before."), StringLength(64)]
    public string? Cursor { get; init; }

    [Description("Orders a page, 1 to 100."), Range(1, 100)]
    public int Limit { get; set; } = 20;
}

public sealed record ListTopUpsOutput
{
    public required IReadOnlyList<TopUpView> TopUps { get; init; }

    [Description("Reports of money that fit no order (another amount, a second payment): nothing was credited, and a person has to look at them. On the first page.")]
    public IReadOnlyList<MismatchView>? Mismatches { get; init; }

    [Description("Give it back as cursor for older orders; absent on the last page.")]
    public string? NextCursor { get; init; }

    public required long Total { get; init; }
}

/// <summary>Money that fits no order.</summary>
public sealed record MismatchView
{
    public required string TopUpId { get; init; }
    public required string CustomerId { get; init; }

    [Description("What was reported, such as paid.")]
    public required string Kind { get; init; }

    public required Money.Instant At { get; init; }

    [Description("The processor's id of the payment.")]
    public string? Payment { get; init; }

    public Wallets.AssetAmount? Amount { get; init; }
}

/// <summary>Orders, newest first.</summary>
public sealed class ListTopUps : Operation<ListTopUpsInput, ListTopUpsOutput>
{
    private const int MostMismatches = 50;

    [SetsRequiredMembers]
    public ListTopUps()
    {
        Name = "list_top_ups";
        Title = "List top-ups";
        Description = "Orders of credit, newest first, with their refunds and disputes; and money that came and fits no order.";
        ToolSet = ToolSet.Payments;
        Scope = Scopes.CustomersRead;
        Route = "GET /v1/top-ups";
        Reads = true;
    }

    public override async ValueTask<ListTopUpsOutput> Run(ListTopUpsInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        var reads = billing.Reads<IPaymentReads>();
        var page = await reads.TopUps(caller, new TopUpQuestion(input.CustomerId, null, input.Status), Cursors.ReadOne(input.Cursor), input.Limit, cancellation);
        var odd = input.Cursor is null ? await reads.Mismatches(caller, MostMismatches, cancellation) : [];
        MismatchView[] shown = [.. odd.Where(m => input.CustomerId is null || m.CustomerId == input.CustomerId).Select(Of)];
        return new ListTopUpsOutput
        {
            TopUps = [.. page.TopUps.Select(t => t.View)],
            Mismatches = shown.Length == 0 ? null : shown,
            NextCursor = Cursors.Write(page.Next),
            Total = page.Total,
        };
    }

    private static MismatchView Of(PaymentMismatch m) => new()
    {
        TopUpId = m.TopUpId,
        CustomerId = m.CustomerId,
        Kind = m.Kind,
        At = m.At,
        Payment = m.Payment,
        Amount = m.Amount is { } amount ? Wallets.AssetAmount.Of(amount.Asset, amount.Units) : null,
    };
}
