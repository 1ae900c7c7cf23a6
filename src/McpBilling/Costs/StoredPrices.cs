using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Costs;

/// <summary>A workspace's price book as it was read.</summary>
/// <param name="Version">Counts the builder's own rows.</param>
/// <param name="Now">The workspace's time.</param>
public sealed record StoredPrices(PriceBook Book, long Version, Instant Now);

/// <summary>Reads the price book of the caller's workspace.</summary>
public interface IPriceReads
{
    ValueTask<StoredPrices> Prices(Caller caller);
}

/// <summary>
/// Adds a builder's own rows, if the book is still the one that they were made for. The writer gives each its id; nothing that is there changes.
/// </summary>
/// <param name="version">Of the book that the rows were made for.</param>
/// <param name="rows">Their ids are not used.</param>
public sealed class AddPricesCommand(long version, IReadOnlyList<PriceRow> rows) : Command<AddedPrices>
{
    /// <summary>The most own rows of a workspace.</summary>
    public const int MostRows = 50_000;

    /// <summary>How many tries a caller has against others who add rows at the same time.</summary>
    public const int Tries = 5;

    public long Version { get; } = version;
    public IReadOnlyList<PriceRow> Rows { get; } = rows;

    /// <summary>The id of an own row: <c>own-12</c>.</summary>
    public static string IdOf(long seq) => $"own-{seq}";

    /// <summary>Reads the book, decides on it, and adds what came out; again where somebody was faster.</summary>
    /// <param name="decide">Gives the rows to add, none for nothing, and the answer once their ids are known.</param>
    /// <exception cref="BillingException"><c>try_again</c>: others were faster each time.</exception>
    public static async ValueTask<TOutput> Run<TOutput>(
        Func<StoredPrices, (IReadOnlyList<PriceRow> Rows, Func<IReadOnlyList<PriceRow>, TOutput> Answer)> decide, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        for (int i = 0; i < Tries; i++)
        {
            var stored = await billing.Reads<IPriceReads>().Prices(caller);
            var (rows, answer) = decide(stored);
            if (rows.Count == 0)
            {
                return answer([]);
            }
            if ((await billing.Commit(new AddPricesCommand(stored.Version, rows), caller, cancellation)).Rows is { } added)
            {
                return answer(added);
            }
        }
        throw new BillingException(ErrorCode.TryAgain, "The price book is being changed by others at the moment.");
    }
}

/// <summary>What was added, with ids; null: the book had changed, and nothing was.</summary>
public sealed record AddedPrices(IReadOnlyList<PriceRow>? Rows);
