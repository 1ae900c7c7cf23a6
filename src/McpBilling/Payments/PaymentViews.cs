using System.ComponentModel;
using System.Text.Json.Serialization;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Payments;

/// <summary>An order as it travels.</summary>
public sealed record TopUpView : CommandOutput, ICreated
{
    [Description("The order's id (top_up_…).")]
    public required string Id { get; init; }

    [Description("Your app's id of the customer.")]
    public required string CustomerId { get; init; }

    [Description("open: can be paid; paid: the credit is there; expired and canceled: given up, but money that still comes is credited.")]
    public required TopUpStatus Status { get; init; }

    [Description("Who began it: your app, the customer in the portal, or their auto-recharge.")]
    public required TopUpOrigin Origin { get; init; }

    [Description("The pack that was chosen; absent for a free amount.")]
    public string? Pack { get; init; }

    [Description("What is to be paid, without tax.")]
    public required AssetAmount Price { get; init; }

    [Description("The tax that was taken with it; it buys no credit.")]
    public AssetAmount? Tax { get; init; }

    [Description("What is bought.")]
    public required AssetAmount Credit { get; init; }

    [Description("What comes with it for nothing.")]
    public AssetAmount? Bonus { get; init; }

    [Description("Who takes the money: stripe, sandbox, manual.")]
    public required string Processor { get; init; }

    [Description("Send the customer there to pay; absent once it is over, and where money comes by bank transfer.")]
    public string? Url { get; init; }

    [Description("Until when the page can be paid.")]
    public Instant? UrlExpiresAt { get; init; }

    [Description("The processor's id of the payment.")]
    public string? Payment { get; init; }

    [Description("The grant of the bought credit (grant_…).")]
    public string? GrantId { get; init; }

    [Description("Why the last attempt to pay it failed; another may succeed.")]
    public string? LastFailure { get; init; }

    [Description("A payment is under way, such as a bank debit, which takes days.")]
    public bool? Pending { get; init; }

    [Description("What went back, or is about to.")]
    public IReadOnlyList<RefundView>? Refunds { get; init; }

    public IReadOnlyList<DisputeView>? Disputes { get; init; }

    public required Instant CreatedAt { get; init; }
    public Instant? PaidAt { get; init; }

    [JsonIgnore]
    public bool Created { get; init; }

    public static TopUpView Of(TopUp t, string customerId, PublicIds ids, long workspaceKey) => new()
    {
        Id = ids.Format(IdKind.TopUp, workspaceKey, t.Key, t.CreatedAt),
        CustomerId = customerId,
        Status = t.Status,
        Origin = t.Origin,
        Pack = t.PackId,
        Price = AssetAmount.Of(t.Price.Asset, t.Price.Units),
        Tax = t.Tax == 0 ? null : AssetAmount.Of(t.Price.Asset, t.Tax),
        Credit = AssetAmount.Of(t.Credit.Asset, t.Credit.Units),
        Bonus = t.Bonus == 0 ? null : AssetAmount.Of(t.Credit.Asset, t.Bonus),
        Processor = t.Processor,
        Url = t.Status == TopUpStatus.Open ? t.Page?.Url.ToString() : null,
        UrlExpiresAt = t.Status == TopUpStatus.Open ? t.Page?.ExpiresAt : null,
        Payment = t.Payment,
        GrantId = t.GrantKey is { } grant && t.GrantAt is { } at ? ids.Format(IdKind.Grant, workspaceKey, grant, at) : null,
        LastFailure = t.Status == TopUpStatus.Paid ? null : t.Attempt?.Code,
        Pending = t.Status != TopUpStatus.Paid && t.Attempt is { Code: null } ? true : null,
        Refunds = t.Refunds.IsEmpty ? null : [.. t.Refunds.Select(r => RefundView.Of(r, t, customerId, ids, workspaceKey))],
        Disputes = t.Disputes.IsEmpty ? null : [.. t.Disputes.Select(d => DisputeView.Of(d, t, customerId, ids, workspaceKey))],
        CreatedAt = t.CreatedAt,
        PaidAt = t.PaidAt,
    };
}

/// <summary>Money that goes back, as it travels.</summary>
public sealed record RefundView : CommandOutput, ICreated
{
    [Description("The refund's id (refund_…).")]
    public required string Id { get; init; }

    [Description("The order whose money it is (top_up_…).")]
    public required string TopUpId { get; init; }

    public required string CustomerId { get; init; }

    [Description("pending: the credit is out of the wallet, the processor is at it; succeeded; failed: the credit came back.")]
    public required RefundStatus Status { get; init; }

    [Description("What the customer gets back, tax included.")]
    public required AssetAmount Amount { get; init; }

    [Description("The bought credit that left the wallet for it.")]
    public required AssetAmount Credit { get; init; }

    [Description("The bonus that left with it.")]
    public AssetAmount? Bonus { get; init; }

    [Description("Credit that had been spent and was refunded all the same; nobody is charged for it.")]
    public AssetAmount? Forgiven { get; init; }

    [Description("Made at the processor, not here.")]
    public bool? External { get; init; }

    public string? Reason { get; init; }

    [Description("The processor's word for why it failed.")]
    public string? Failure { get; init; }

    public required Instant CreatedAt { get; init; }

    [JsonIgnore]
    public bool Created { get; init; }

    public static RefundView Of(Refund r, TopUp t, string customerId, PublicIds ids, long workspaceKey) => new()
    {
        Id = ids.Format(IdKind.Refund, workspaceKey, r.Key, r.CreatedAt),
        TopUpId = ids.Format(IdKind.TopUp, workspaceKey, t.Key, t.CreatedAt),
        CustomerId = customerId,
        Status = r.Status,
        Amount = AssetAmount.Of(t.Price.Asset, r.Units),
        Credit = AssetAmount.Of(t.Credit.Asset, r.Part.SetAside),
        Bonus = r.Part.Bonus == 0 ? null : AssetAmount.Of(t.Credit.Asset, r.Part.Bonus),
        Forgiven = r.Part.Share == r.Part.SetAside ? null : AssetAmount.Of(t.Credit.Asset, r.Part.Share - r.Part.SetAside),
        External = r.IsOurs ? null : true,
        Reason = r.Reason,
        Failure = r.Code,
        CreatedAt = r.CreatedAt,
    };
}

/// <summary>A dispute as it travels.</summary>
public sealed record DisputeView
{
    [Description("The dispute's id (dispute_…).")]
    public required string Id { get; init; }

    public required string TopUpId { get; init; }
    public required string CustomerId { get; init; }

    [Description("none: over, the credit is back; set_aside: open, what was left of the credit is out of the wallet; debit: the bank took the money, what was spent is owed.")]
    public required DisputeEffect Effect { get; init; }

    public required AssetAmount Amount { get; init; }

    [Description("The bank's word for why.")]
    public string? Reason { get; init; }

    [Description("Absent while it is open.")]
    public bool? Won { get; init; }

    public required Instant At { get; init; }

    public static DisputeView Of(Dispute d, TopUp t, string customerId, PublicIds ids, long workspaceKey) => new()
    {
        Id = ids.Format(IdKind.Dispute, workspaceKey, d.Key, d.At),
        TopUpId = ids.Format(IdKind.TopUp, workspaceKey, t.Key, t.CreatedAt),
        CustomerId = customerId,
        Effect = d.Effect,
        Amount = AssetAmount.Of(t.Price.Asset, d.Units),
        Reason = d.Reason,
        Won = d.IsClosed ? d.Won : null,
        At = d.At,
    };
}
