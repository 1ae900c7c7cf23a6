using McpBilling.Customers;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Payments;

/// <summary>What payments may look up inside the writer's transaction.</summary>
public interface IPaymentFacts : IUsageFacts
{
    /// <summary>An order of this customer, with its refunds and disputes; null when there is none of that key.</summary>
    TopUp? FindTopUp(long customerKey, long topUpKey);

    /// <summary>The order, of whichever customer, that a payment of a processor has paid.</summary>
    long? FindPaid(string processor, string payment);

    /// <summary>What the customer allowed in advance, at most one for each asset.</summary>
    IReadOnlyList<AutoRecharge> AutoRecharges(long customerKey);

    /// <summary>Whether a report was booked before.</summary>
    bool HasSeen(long topUpKey, string eventId, string kind);
}

/// <summary>A report about an order, as it is kept.</summary>
/// <param name="Kind">Such as <c>paid</c>.</param>
/// <param name="Outcome">What was made of it.</param>
public sealed record SeenFact(long TopUpKey, PaymentFact Fact, string Kind, FactOutcome Outcome);

/// <summary>What was made of a report. The numbers are stored.</summary>
public enum FactOutcome
{
    /// <summary>The order is as the report says.</summary>
    Applied = 0,

    /// <summary>It said nothing new.</summary>
    Known = 1,

    /// <summary>Money that does not fit the order: a person has to look at it. Nothing was credited.</summary>
    Mismatch = 2,
}

/// <summary>What became of the instrument that a processor charges without the customer.</summary>
/// <param name="Left">Charged from now on; null: <paramref name="Gone"/>.</param>
/// <param name="Gone">The processor's id of one that is there no more: if it was charged, nothing is.</param>
/// <param name="At">When, in real time, as the processor says; null: now. What happened later is not undone.</param>
public sealed record InstrumentNote(string Processor, SavedInstrument? Left, string? Gone, Instant? At);

/// <summary>A session that can also order, pay and give back: what payments add to what a command will write.</summary>
public sealed class PaymentSession(Customer customer, bool isNew, WalletState state, IPaymentFacts facts) : UsageSession(customer, isNew, state, facts)
{
    private readonly Dictionary<long, TopUp> _topUps = [];
    private readonly Dictionary<string, AutoRecharge> _autoRecharges = new(StringComparer.Ordinal);

    public new IPaymentFacts Facts { get; } = facts;

    /// <summary>Orders as they become.</summary>
    public IReadOnlyCollection<TopUp> TopUps => _topUps.Values;

    /// <summary>Reports to keep.</summary>
    public List<SeenFact> Seen { get; } = [];

    /// <summary>The processor's id of the customer, to be kept.</summary>
    public (string Processor, string Reference)? ProcessorCustomer { get; set; }

    /// <summary>An instrument that the customer left at a processor or chose, or one that is there no more.</summary>
    public InstrumentNote? Instrument { get; set; }

    /// <summary>The customer disputed a payment: nothing may be charged without them until somebody has looked at it.</summary>
    public bool StopsAutoRecharge { get; set; }

    /// <exception cref="BillingException"><c>top_up_not_found</c>.</exception>
    public TopUp Require(long key) => Find(key) ?? throw new BillingException(ErrorCode.TopUpNotFound, "There is no such top-up of this customer.", "top_up_id");

    public TopUp? Find(long key) => _topUps.TryGetValue(key, out var own) ? own : Facts.FindTopUp(Customer.Key, key);

    public void Put(TopUp topUp) => _topUps[topUp.Key] = topUp;

    public override bool HasChanges => base.HasChanges || _autoRecharges.Count > 0;

    /// <summary>Auto-recharges as they become.</summary>
    public IReadOnlyCollection<AutoRecharge> ChangedAutoRecharges => _autoRecharges.Values;

    /// <summary>All of the customer's, in the order of their assets.</summary>
    public IReadOnlyList<AutoRecharge> AutoRecharges =>
        [.. Facts.AutoRecharges(Customer.Key).Where(a => !_autoRecharges.ContainsKey(a.Asset.Id)).Concat(_autoRecharges.Values).OrderBy(a => a.Asset.Id, StringComparer.Ordinal)];

    public void Put(AutoRecharge settings) => _autoRecharges[settings.Asset.Id] = settings;

    /// <summary>The order's id, as every processor and caller knows it.</summary>
    public string IdOf(TopUp topUp) => Facts.Ids.Format(IdKind.TopUp, Facts.WorkspaceKey, topUp.Key, topUp.CreatedAt);

    public string IdOf(Refund refund) => Facts.Ids.Format(IdKind.Refund, Facts.WorkspaceKey, refund.Key, refund.CreatedAt);

    public string IdOf(Dispute dispute) => Facts.Ids.Format(IdKind.Dispute, Facts.WorkspaceKey, dispute.Key, dispute.At);
}
