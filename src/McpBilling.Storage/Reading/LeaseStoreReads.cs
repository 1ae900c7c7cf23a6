using McpBilling.Operations;
using McpBilling.Storage.Writing;

namespace McpBilling.Storage.Reading;

/// <summary>Leases, read without the writer.</summary>
internal sealed class LeaseStoreReads(ReaderPool pool) : ILeaseReads
{
    public ValueTask<StoredLease> Lease(string name) => new(pool.Answer(r => LeaseRows.Find(r.Connection, name)));
}
