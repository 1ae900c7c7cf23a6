using System.Data.Common;
using Dapper;
using McpBilling.Storage.Postgres;
using McpBilling.Storage.Tests.Compliance;
using McpBilling.Storage.Writing;

namespace McpBilling.Storage.Tests.Postgres;

/// <summary>The PostgreSQL engine under the compliance tests.</summary>
public sealed class PostgresStore : DatabaseStore
{
    private readonly PostgresDatabase _database;

    public PostgresStore() : this(null)
    {
    }

    public PostgresStore(WriterFaults? faults) : this(PostgresDatabase.At(PostgresServer.Running.NewDatabase()), faults)
    {
    }

    private PostgresStore(PostgresDatabase database, WriterFaults? faults) : base(database, faults) => _database = database;

    public override void Dispose()
    {
        if (Environment.GetEnvironmentVariable("PGLOG") is { } f) { System.IO.File.AppendAllLines(f, Log); }
        base.Dispose();
        _database.Dispose();
    }

    protected override IEnumerable<string> Tables(DbConnection connection) => connection.Query<string>("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()");
}
