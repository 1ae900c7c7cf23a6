using System.Collections.Concurrent;
using System.Data.Common;
using McpBilling.Catalog;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Storage.Reading;

/// <summary>Connections for reads. Each read is one snapshot of the last commit and never waits for the writer (WAL).</summary>
internal sealed class ReaderPool(Database database) : IDisposable
{
    private readonly ConcurrentBag<PooledReader> _idle = [];
    private readonly ConcurrentDictionary<long, CatalogSnapshot> _catalogs = [];
    private readonly ConcurrentDictionary<long, OwnPrices> _prices = [];
    private readonly ReadThreads? _threads = database.Engine.IsFar ? new ReadThreads() : null;
    private volatile bool _closed;

    /// <summary>Answers by a read in one snapshot: at once from a file, else on a thread that may wait (<see cref="ReadThreads"/>).</summary>
    public Task<T> Answer<T>(Func<PooledReader, T> read) => Answer<T>(tell => Read(Take(), read, tell));

    /// <summary>The same by <see cref="ReadTwice"/>.</summary>
    public Task<T> AnswerTwice<T>(Func<PooledReader, PooledReader?, T> read) => Answer<T>(tell => ReadTwice(read, tell));

    /// <summary>Runs a read in one snapshot. Only on a thread that may wait.</summary>
    public T Read<T>(Func<PooledReader, T> read) => Read(Take(), read);

    /// <summary>
    /// Runs a read that may use two connections at once, both in one snapshot. Its second is null while others commit so quickly that no two could be opened
    /// between two commits.
    /// </summary>
    private T ReadTwice<T>(Func<PooledReader, PooledReader?, T> read, Action<T>? tell)
    {
        var second = Take();
        long? before = second.Version();
        return Read(
            Take(),
            first =>
            {
                first.Version();
                // Nothing was committed from the one look at the version to the other, and the first's snapshot was taken in between.
                return Read(second, _ => read(first, second.Version() is { } now && now == before ? second : null));
            },
            tell);
    }

    private Task<T> Answer<T>(Func<Action<T>?, T> read) => _threads is null ? Task.FromResult(read(null)) : _threads.Run<T>(tell => read(tell));

    private PooledReader Take() => _idle.TryTake(out var idle) ? idle : Open();

    // What was read is told before the snapshot is given back, which is one more way over the network.
    private T Read<T>(PooledReader reader, Func<PooledReader, T> read, Action<T>? tell = null)
    {
        bool whole = false;
        try
        {
            Engine.Of(reader.Connection).BeginRead(reader.Connection);
            var result = read(reader);
            tell?.Invoke(result);
            Engine.Of(reader.Connection).EndRead(reader.Connection);
            whole = true;
            return result;
        }
        catch (DbException e)
        {
            if (Explain(new StorageException(e)) is { } answer)
            {
                throw answer;
            }
            throw;
        }
        finally
        {
            // One that broke off may stand in the middle of a statement: closed, never used again.
            if (whole && !_closed)
            {
                _idle.Add(reader);
            }
            else
            {
                reader.Dispose();
            }
        }
    }

    // A refused statement is a mistake of ours, unless a newer program has changed what it reads.
    private BillingException? Explain(StorageException e)
    {
        if (e.IsStore)
        {
            return e.ToBilling();
        }
        using var another = Open();
        return StorageException.Answered(() => WriteAdmission.Newer(another.Connection));
    }

    /// <summary>A connection of its own for a long read that wants no snapshot held open; the caller closes it.</summary>
    /// <exception cref="BillingException"><c>try_again</c>: there is no way to the data now, as while a standby takes over.</exception>
    public PooledReader Open()
    {
        try
        {
            return new(database.OpenReader());
        }
        catch (DataFileException)
        {
            throw new BillingException(ErrorCode.TryAgain, "The data cannot be read at the moment.");
        }
    }

    /// <param name="customerId">A customer that is read next, if any: it is asked for together with the workspace.</param>
    public WorkspaceRecord Workspace(PooledReader reader, long workspaceKey, string? customerId = null)
    {
        if (customerId is not null)
        {
            reader.Ledger.Customers.Expect(workspaceKey, customerId);
        }
        var workspace = reader.Workspaces.Load(workspaceKey, _catalogs.GetValueOrDefault(workspaceKey), _prices.GetValueOrDefault(workspaceKey));
        _catalogs[workspaceKey] = workspace.Catalog;
        _prices[workspaceKey] = workspace.OwnPrices;
        return workspace;
    }

    public void Dispose()
    {
        _closed = true;
        _threads?.Dispose();
        while (_idle.TryTake(out var reader))
        {
            reader.Dispose();
        }
    }
}

/// <summary>A read connection with its prepared statements.</summary>
internal sealed class PooledReader(DbConnection connection) : IDisposable
{
    public DbConnection Connection { get; } = connection;

    public LedgerReader Ledger { get; } = new(connection);

    public WorkspaceLoader Workspaces { get; } = new(connection, withKeys: false);

    /// <inheritdoc cref="Engine.Version"/>
    public long? Version() => Engine.Of(Connection).Version(Connection);

    public void Dispose()
    {
        Ledger.Dispose();
        Workspaces.Dispose();
        Connection.Dispose();
    }
}
