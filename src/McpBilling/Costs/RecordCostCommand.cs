using McpBilling.Wallets;

namespace McpBilling.Costs;

/// <summary>A cost as it is in the ledger. Its answer is written out off the writer's thread, and only as far as somebody asked for it.</summary>
public sealed record BookedCost(CostEvent Event) : CommandOutput;

/// <summary>The decision of every operation that books a cost by itself.</summary>
public sealed class RecordCostCommand : CustomerCommand<BookedCost>, ICarriesCost
{
    public RecordCostCommand(CostDraft draft, string customerId)
    {
        Draft = draft;
        CustomerId = customerId;
        IdempotencyKey = draft.Event.Id;
        InputHash = draft.InputHash;
        if (customerId is CostEvent.Internal or CostEvent.Unattributed)
        {
            Creation = CustomerCreation.Always;
        }
    }

    public override CommandKind Kind => CommandKind.RecordCost;

    public CostDraft? Draft { get; set; }

    public override BookedCost Decide(WalletSession session)
    {
        var costs = (ICostSession)session;
        var booked = Draft!.Price(costs.CostFacts.Prices, session.Facts.Catalog.FailurePolicy, session.Now);
        costs.NewCost = (booked, InputHash);
        return new BookedCost(booked);
    }

    /// <summary>Nothing is stored but the event itself, which says it all.</summary>
    public override ReadOnlyMemory<byte> Outcome(object output) => ReadOnlyMemory<byte>.Empty;

    public override object Replay(string outcome, WalletSession session) =>
        new BookedCost(((ICostSession)session).CostFacts.FindCost(session.Customer.Key, IdempotencyKey!)!.Event) { Replayed = true };
}
