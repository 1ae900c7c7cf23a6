namespace McpBilling.Operations;

/// <summary>A lease as the database has it: which process does one kind of work for all workspaces.</summary>
/// <param name="Name">The kind of work.</param>
/// <param name="Owner">The process that has it; null: nobody.</param>
/// <param name="Version">Goes up by one with every change and never back, so that whoever finds it as it was knows that nobody has renewed it. 0: never taken.</param>
public sealed record StoredLease(string Name, string? Owner, long Version)
{
    /// <summary>What comes of a change. Who came later than another finds the version changed, and changes nothing.</summary>
    public StoredLease After(LeaseChange change) => change.Version == Version ? new StoredLease(Name, change.Owner, Version + 1) : this;
}

/// <summary>Takes, renews or gives back a lease.</summary>
/// <param name="Version">As it was when it was judged. Any other now: nothing happens.</param>
/// <param name="Owner">Who has it from now on; null: nobody.</param>
public sealed record LeaseChange(string Name, long Version, string? Owner);

/// <summary>
/// Changes leases. The writer compares versions and nothing else: whether a holder is gone is judged by who wants to follow it, on a clock of its own
/// (<see cref="LeaseView"/>), since the clocks of two machines may be hours apart.
/// </summary>
public sealed class SetLeases(IReadOnlyList<LeaseChange> changes) : Command<IReadOnlyList<StoredLease>>
{
    public IReadOnlyList<LeaseChange> Changes { get; } = changes;
}

/// <summary>Leases, as the last commit left them.</summary>
public interface ILeaseReads
{
    /// <summary>One lease; of version 0 where nobody ever took it.</summary>
    ValueTask<StoredLease> Lease(string name);
}
