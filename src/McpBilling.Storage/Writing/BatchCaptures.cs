using System.Collections.Immutable;
using McpBilling.Money;
using McpBilling.Usage;

namespace McpBilling.Storage.Writing;

/// <summary>Past captures that holds are learned from, per price and customer; customer 0 is everybody.</summary>
internal readonly record struct CaptureKey(long Workspace, long Customer, string PriceId, string AssetId)
{
    public const long Everybody = 0;
}

/// <summary>
/// The captures that one batch looked at or added to. A window is read back from the ledger when it is first asked for and counted on from then on, so an
/// authorization costs no read; it becomes the writer's memory only with the commit.
/// </summary>
internal sealed class BatchCaptures(WriterSession session, WriterMemory memory)
{
    private readonly Dictionary<CaptureKey, CaptureWindow> _own = [];

    /// <summary>What is usual of everybody's captures at a price; null when there are none.</summary>
    public long? OfAll(WorkspaceRecord workspace, string priceId, Asset asset)
    {
        var key = new CaptureKey(workspace.Key, CaptureKey.Everybody, priceId, asset.Id);
        var window = Find(key) ?? Keep(key, session.Reader.Captures(workspace, priceId, asset));
        return window.Usual(workspace.LastOperation);
    }

    /// <summary>What is usual of a customer's captures at a price; null when there are none.</summary>
    public long? OfCustomer(WorkspaceRecord workspace, CustomerRecord customer, string priceId, Asset asset)
    {
        var key = new CaptureKey(workspace.Key, customer.Customer.Key, priceId, asset.Id);
        var window = Find(key) ?? Keep(key, session.Reader.Captures(workspace, customer, priceId, asset));
        return window.Usual(customer.EventCount);
    }

    /// <summary>Counts an event that captured a hold, where its captures are looked at.</summary>
    /// <param name="number">The event's among its customer's, from 1.</param>
    public void Note(WorkspaceRecord workspace, long customerKey, long number, long seq, long holdKey, ImmutableArray<EventCharge> charges)
    {
        if (!workspace.Catalog.LearnsHolds)
        {
            return;
        }
        foreach (var charge in charges)
        {
            var version = workspace.Catalog.Versions[charge.VersionKey];
            Change(new(workspace.Key, customerKey, version.PriceId, version.Asset.Id))?.Add(number, holdKey, charge.Amount);
            Change(new(workspace.Key, CaptureKey.Everybody, version.PriceId, version.Asset.Id))?.Add(seq, holdKey, charge.Amount);
        }
    }

    /// <summary>After the commit.</summary>
    public void Publish()
    {
        foreach (var (key, window) in _own)
        {
            memory.NoteCaptures(key, window);
        }
    }

    private CaptureWindow? Find(in CaptureKey key) => _own.GetValueOrDefault(key) ?? memory.Captures.GetValueOrDefault(key);

    private CaptureWindow? Change(in CaptureKey key) =>
        _own.GetValueOrDefault(key) ?? (memory.Captures.GetValueOrDefault(key) is { } known ? Keep(key, known.Copy()) : null);

    private CaptureWindow Keep(in CaptureKey key, CaptureWindow window) => _own[key] = window;
}
