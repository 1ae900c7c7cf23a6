using System.Data.Common;
using Dapper;
using McpBilling.Storage.Tests.Compliance;
using McpBilling.Storage.Writing;

namespace McpBilling.Storage.Tests.Sqlite;

/// <summary>The SQLite engine under the compliance tests.</summary>
public sealed class SqliteStore : DatabaseStore
{
    private readonly TemporaryFolder _folder;

    public SqliteStore() : this(null, null)
    {
    }

    /// <param name="path">Where the file shall lie, if not in a folder of its own.</param>
    public SqliteStore(WriterFaults? faults, TimeSpan? patience, string? path = null) : this(new TemporaryFolder(), faults, patience, path)
    {
    }

    private SqliteStore(TemporaryFolder folder, WriterFaults? faults, TimeSpan? patience, string? path)
        : this(folder, DataFile.Locate(path ?? folder.File("billing.db"), _ => null).WithPatience(patience ?? DataFile.BusyTimeout), faults)
    {
    }

    private SqliteStore(TemporaryFolder folder, DataFile file, WriterFaults? faults) : base(file, faults) => (_folder, File) = (folder, file);

    public DataFile File { get; }

    public override void Dispose()
    {
        base.Dispose();
        _folder.Dispose();
    }

    protected override IEnumerable<string> Tables(DbConnection connection) => connection.Query<string>("SELECT name FROM sqlite_master WHERE type = 'table'");
}
