using System.Globalization;
using McpBilling.Usage;

namespace McpBilling.Storage.Writing;

/// <summary>Holds what a writer keeps in memory against the database, in a transaction. For tests: it reads every customer.</summary>
internal static class MemoryCheck
{
    /// <exception cref="InvalidDataException">The memory says otherwise than the database.</exception>
    public static void Run(WriterSession session, WriterMemory memory)
    {
        foreach (var kept in memory.Workspaces.Values)
        {
            var stored = session.LoadWorkspace(kept.Key, kept.Catalog, kept.OwnPrices);
            // Keys of grants of refused commands are lost.
            Require(kept.IsAsFarAs(stored) && kept.LastGrant >= stored.LastGrant && kept.FoldedPostings == stored.FoldedPostings, $"workspace {kept.Key}");
            Require(kept.AssetKeys.Count == stored.AssetKeys.Count, $"assets of workspace {kept.Key}");
            long before = memory.Keys.Count;
            using (var keys = new KeyLoader(session.Connection, memory, kept.Key))
            {
                keys.Read();
            }
            Require(memory.Keys.Count == before, $"keys of workspace {kept.Key}");
            for (long customer = 1; customer <= kept.LastCustomer; customer++)
            {
                if (memory.Customers.Get(kept.Key, customer) is { } known)
                {
                    Compare(session, kept, known);
                }
            }
        }
    }

    private static void Compare(WriterSession session, WorkspaceRecord workspace, CustomerRecord kept)
    {
        long key = kept.Customer.Key;
        var stored = session.Reader.Customer(workspace, key) ?? throw new InvalidDataException($"customer {key} is kept and not stored");
        string was = Text(kept), @is = Text(stored);
        Require(was == @is, $"customer {key}: {was} is kept, {@is} stored");
        foreach (var (rating, row) in kept.Ratings)
        {
            Require(row?.ToText() == session.Reader.Rating(workspace.Key, key, rating)?.ToText(), $"rating {rating} of customer {key}");
        }
    }

    private static string Text(CustomerRecord record)
    {
        var accounts = record.Wallet.Accounts.Values.Select(a => string.Create(CultureInfo.InvariantCulture,
            $"{a.Asset.Id} {a.Debt} {a.OverdraftLimit} {a.OverdraftHeld} {UseTrail.Write(a.Settled)} {record.Chains[a.Asset.Id]} [{string.Join("; ", a.Grants.Select(g => g with { Products = [] }))}]"));
        var holds = record.Wallet.Holds.Values.OrderBy(h => h.Key).Select(h => $"{h with { Lines = [] }} {RowText.Lines(h.Lines)}");
        return string.Create(CultureInfo.InvariantCulture,
            $"{record.Customer with { Limits = Customers.CustomerLimits.None }} {record.LastEvent} {record.EventCount} {record.NextDue} {string.Join(", ", accounts)} {string.Join(", ", holds)}");
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidDataException($"the writer's memory is not what the database has: {what}");
        }
    }
}
