using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Payments;

/// <summary>What was made of a report.</summary>
public sealed record BookedFact : CommandOutput
{
    public required FactOutcome Outcome { get; init; }
    public required TopUpView TopUp { get; init; }
}

/// <summary>Books one report about one order. It has no idempotency key: the order itself says what is new.</summary>
public sealed class BookPaymentCommand : CustomerCommand<BookedFact>
{
    private readonly long _topUpKey;
    private readonly PaymentFact _fact;

    public BookPaymentCommand(OwnedTopUp of, PaymentFact fact)
    {
        ArgumentNullException.ThrowIfNull(of);
        (_topUpKey, _fact, CustomerId, Creation) = (of.TopUp.Key, fact, of.CustomerId, CustomerCreation.Never);
    }

    public override CommandKind Kind => CommandKind.BookPayment;

    public override BookedFact Decide(WalletSession session)
    {
        var payments = (PaymentSession)session;
        var outcome = TopUpStep.Apply(payments.Require(_topUpKey), _fact, payments);
        return new BookedFact { Outcome = outcome, TopUp = TopUpView.Of(payments.Require(_topUpKey), session.Customer.Id, session.Facts.Ids, session.Facts.WorkspaceKey) };
    }
}
