using McpBilling.Catalog;
using McpBilling.Customers;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Insights;

/// <summary>Which recorded usage is asked for. Times are the ledger's: when it took a fact, not when the fact says it happened.</summary>
/// <param name="From">The period's beginning, inclusive; null: 30 days before the workspace's present.</param>
/// <param name="To">The period's end, exclusive; null: everything that has been recorded.</param>
/// <param name="CustomerId">Only this customer; null: all.</param>
/// <param name="MaxFacts">How much may be read back at most: customers beyond it are left out whole. Null: no bound.</param>
public sealed record UsagePeriod(Instant? From, Instant? To, string? CustomerId = null, long? MaxFacts = null);

/// <summary>What the ledger kept, customer by customer.</summary>
public interface IUsageHistory
{
    /// <summary>Fixes what there is to read: the customers that had usage in the period, each with its whole history up to the period's end.</summary>
    /// <exception cref="BillingException"><c>customer_not_found</c>, naming <c>usage.recorded.customer_id</c>.</exception>
    ValueTask<IRecordedUsage> Open(Caller caller, UsagePeriod period, CancellationToken cancellation);
}

/// <summary>A fixed part of the ledger: what is written meanwhile is not in it.</summary>
public interface IRecordedUsage
{
    long WorkspaceKey { get; }
    CatalogSnapshot Catalog { get; }
    PublicIds Ids { get; }

    /// <summary>The workspace's present.</summary>
    Instant Now { get; }

    /// <summary>The period, with its defaults filled in; <see cref="Instant.Never"/> for no end.</summary>
    (Instant From, Instant To) Period { get; }

    /// <summary>Customers with usage in the period, those with the longest history first.</summary>
    int Customers { get; }

    /// <summary>Customers with usage in the period that were left out because of <see cref="UsagePeriod.MaxFacts"/>.</summary>
    int LeftOut { get; }

    /// <summary>Facts of all of these customers together; what progress is measured in.</summary>
    long Facts { get; }

    /// <summary>Usage events within the period.</summary>
    long Events { get; }

    /// <summary>What the ledger's entries say that each of these customers was charged in the period, less what was given back, in units.</summary>
    IReadOnlyDictionary<(int Customer, string Asset), long> Charged { get; }

    /// <summary>The customers, from this one on, that are best read together: one that has many facts, several that have few.</summary>
    /// <param name="first">0 to <see cref="Customers"/> − 1.</param>
    Range Portion(int first);

    /// <summary>A reader for one thread. Several may read at once.</summary>
    IHistoryReader OpenReader();
}

/// <summary>Reads customers' histories, one after the other.</summary>
public interface IHistoryReader : IDisposable
{
    /// <param name="customers">From 0 up to <see cref="IRecordedUsage.Customers"/>, as <see cref="IRecordedUsage.Portion"/> says how many at once.</param>
    IEnumerable<CustomerHistory> Read(Range customers);
}

/// <summary>Everything that happened to a customer and that money depends on, in ledger order.</summary>
/// <param name="SignupGrants">What sign-up gave, as it was when the customer joined.</param>
/// <param name="ReversalGrants">Keys of grants that the ledger made to give credit back, ascending.</param>
public sealed record CustomerHistory(
    Customer Customer, IReadOnlyList<(Asset Asset, Grant Grant)> SignupGrants, IReadOnlyList<long> ReversalGrants, IReadOnlyList<RecordedFact> Facts);
