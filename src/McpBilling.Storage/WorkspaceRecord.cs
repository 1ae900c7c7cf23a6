using McpBilling.Catalog;
using McpBilling.Costs;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Webhooks;

namespace McpBilling.Storage;

/// <summary>A workspace as the writer knows it: its clock, its catalog and its next free keys. Read again when another process has written.</summary>
internal sealed class WorkspaceRecord(long key, Mode mode, CatalogSnapshot catalog)
{
    public long Key { get; } = key;
    public Mode Mode { get; } = mode;
    public CatalogSnapshot Catalog { get; set; } = catalog;

    /// <summary>The builder's own rows of the price book.</summary>
    public OwnPrices OwnPrices { get; set; } = OwnPrices.None;

    /// <summary>The price book of costs: the shipped one, and the builder's own rows over it. Read when first asked for.</summary>
    public PriceBook Prices => OwnPrices.Book;

    /// <summary>Null on real time.</summary>
    public Instant? TestClock { get; set; }

    /// <summary>The greatest time the ledger has seen: time never goes back, also when the machine's clock does.</summary>
    public Instant Latest { get; set; }

    /// <summary>Last used sequence of operations and events.</summary>
    public long LastOperation { get; set; }

    public long LastEntry { get; set; }
    public long LastGrant { get; set; }
    public long LastCustomer { get; set; }
    public long LastAsset { get; set; }
    public long LastMessage { get; set; }
    public long LastDelivery { get; set; }

    /// <summary>How many postings there have ever been, and how many of them have been added to the sums of days.</summary>
    public long LastPosting { get; set; }
    public long FoldedPostings { get; set; }

    /// <summary>Who is to be told of what; known to the writer only.</summary>
    public WebhookListeners Listeners { get; set; } = WebhookListeners.None;

    /// <summary>Integer keys of the assets in use, by id, and back.</summary>
    public Dictionary<string, long> AssetKeys { get; } = new(StringComparer.Ordinal);
    public Dictionary<long, Asset> Assets { get; } = [];

    /// <summary>A record of its own for a batch, which may fail.</summary>
    public WorkspaceRecord Copy()
    {
        var copy = new WorkspaceRecord(Key, Mode, Catalog)
        {
            OwnPrices = OwnPrices,
            TestClock = TestClock,
            Latest = Latest,
            LastOperation = LastOperation,
            LastEntry = LastEntry,
            LastGrant = LastGrant,
            LastCustomer = LastCustomer,
            LastAsset = LastAsset,
            LastMessage = LastMessage,
            LastDelivery = LastDelivery,
            LastPosting = LastPosting,
            FoldedPostings = FoldedPostings,
            Listeners = Listeners,
        };
        foreach (var (id, key) in AssetKeys)
        {
            copy.AssetKeys[id] = key;
        }
        foreach (var (key, asset) in Assets)
        {
            copy.Assets[key] = asset;
        }
        return copy;
    }

    /// <summary>Whether nothing has been written since; keys of grants are not compared, since those of refused commands are lost.</summary>
    public bool IsAsFarAs(WorkspaceRecord other) =>
        LastOperation == other.LastOperation && LastEntry == other.LastEntry && LastCustomer == other.LastCustomer && Latest == other.Latest
        && TestClock == other.TestClock && Catalog.Version == other.Catalog.Version && OwnPrices.Version == other.OwnPrices.Version
        && LastMessage == other.LastMessage && LastDelivery == other.LastDelivery && LastPosting == other.LastPosting && Listeners.Equals(other.Listeners);

    public Instant Now(TimeProvider time) => TestClock ?? Instant.Max(Latest, Instant.From(time.GetUtcNow()));
}
