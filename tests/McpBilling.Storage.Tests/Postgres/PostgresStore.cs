using System.Data.Common;
using Dapper;
using McpBilling.Storage.Postgres;
using McpBilling.Storage.Tests.Compliance;
using McpBilling.Storage.Writing;

namespace McpBilling.Storage.Tests.Postgres;

/// <summary>The PostgreSQL engine under the compliance tests.</summary>
public sealed class PostgresStore : DatabaseStore
{
    // Migrated once: each test has a copy.
    private static readonly Lazy<string> Migrated = new(() =>
    {
        string address = PostgresServer.Running.NewDatabase();
        using var database = PostgresDatabase.At(address);
        Migrator.Prepare(database, TimeProvider.System);
        return PostgresServer.NameOf(address);
    });

    private readonly PostgresDatabase _database;

    public PostgresStore() : this(null)
    {
    }

    public PostgresStore(WriterFaults? faults) : this(PostgresDatabase.At(PostgresServer.Running.NewDatabase(Migrated.Value)), faults)
    {
    }

    private PostgresStore(PostgresDatabase database, WriterFaults? faults) : base(database, faults) => _database = database;

    public override void Dispose()
    {
        base.Dispose();
        _database.Dispose();
    }

    protected override IEnumerable<string> Tables(DbConnection connection) => connection.Query<string>("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()");
}
