using System.Collections.Concurrent;
using McpBilling.Catalog;
using McpBilling.Money;
using Microsoft.Data.Sqlite;

namespace McpBilling.Storage.Reading;

/// <summary>Connections for reads. Each read is one snapshot of the last commit and never waits for the writer (WAL).</summary>
internal sealed class ReaderPool(DataFile file) : IDisposable
{
    private readonly ConcurrentBag<PooledReader> _idle = [];
    private readonly ConcurrentDictionary<long, CatalogSnapshot> _catalogs = [];
    private readonly ConcurrentDictionary<long, OwnPrices> _prices = [];
    private volatile bool _closed;

    /// <summary>Runs a read in one snapshot.</summary>
    public T Read<T>(Func<PooledReader, T> read)
    {
        var reader = _idle.TryTake(out var idle) ? idle : new PooledReader(file.OpenReader());
        bool whole = false;
        try
        {
            reader.Connection.Execute("BEGIN");
            var result = read(reader);
            reader.Connection.Execute("COMMIT");
            whole = true;
            return result;
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

    /// <summary>A connection of its own for a long read that wants no snapshot held open; the caller closes it.</summary>
    public PooledReader Open() => new(file.OpenReader());

    public WorkspaceRecord Workspace(PooledReader reader, long workspaceKey)
    {
        var workspace = WorkspaceLoader.Load(reader.Connection, workspaceKey, withKeys: false, _catalogs.GetValueOrDefault(workspaceKey), _prices.GetValueOrDefault(workspaceKey));
        _catalogs[workspaceKey] = workspace.Catalog;
        _prices[workspaceKey] = workspace.OwnPrices;
        return workspace;
    }

    public void Dispose()
    {
        _closed = true;
        while (_idle.TryTake(out var reader))
        {
            reader.Dispose();
        }
    }
}

/// <summary>A read connection with its prepared statements.</summary>
internal sealed class PooledReader(SqliteConnection connection) : IDisposable
{
    public SqliteConnection Connection { get; } = connection;
    public LedgerReader Ledger { get; } = new(connection.Handle!);

    public void Dispose()
    {
        Ledger.Dispose();
        Connection.Dispose();
    }
}
