using System.Security.Cryptography;
using System.Text;
using Dapper;
using McpBilling.Operations;
using McpBilling.Storage.Tests.Compliance;
using McpBilling.Storage.Verifying;
using McpBilling.Storage.Writing;

namespace McpBilling.Storage.Tests.Sqlite;

/// <summary>The SQLite engine under the compliance tests.</summary>
public sealed class SqliteStore : StoreUnderTest
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<SqliteBilling> _others = [];
    private readonly ApiKeys _keys;
    private SqliteBilling _billing;

    public SqliteStore() : this(null, null)
    {
    }

    /// <param name="path">Where the file shall lie, if not in a folder of its own.</param>
    public SqliteStore(WriterFaults? faults, TimeSpan? patience, string? path = null)
    {
        File = DataFile.Locate(path ?? _folder.File("billing.db"), _ => null).WithPatience(patience ?? DataFile.BusyTimeout);
        Migrator.Prepare(File, Time);
        _keys = new ApiKeys(File, Time);
        Faults = faults ?? Faults;
        _billing = Open(Faults);
    }

    public DataFile File { get; }

    public override IBilling Billing => _billing;

    public override Caller Caller(Mode mode) => _keys.OwnerCaller(mode);

    public override Caller AnotherWorkspace()
    {
        Tamper(
            """
            INSERT INTO workspace (workspace_id, name, mode, created_at, test_clock, latest_at, catalog_version, catalog_document, catalog_archive)
            SELECT 7000, 'another', mode, created_at, NULL, 0, 0, '{}', '{}' FROM workspace WHERE workspace_id = 1
            """);
        return Caller(Mode.Test) with { WorkspaceKey = 7000 };
    }

    public override void Reopen(WriterFaults? faults = null)
    {
        _billing.Dispose();
        Faults = faults ?? new WriterFaults();
        _billing = Open(Faults);
    }

    public override IBilling OpenAnother()
    {
        _others.Add(Open(null));
        return _others[^1];
    }

    public override Task<int> BringUp(Caller caller, int limit) => _billing.BringUp(caller, limit);

    public override IReadOnlyList<Caller> Due() => new WorkspaceCallers(File).Due(Time);

    public override async Task<IReadOnlyList<string>> Differences() => (await new Verifier(File).Verify(CancellationToken.None)).Differences;

    public override string Fingerprint()
    {
        using var connection = File.OpenReader();
        var text = new StringBuilder();
        foreach (string table in connection.Query<string>("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'api_key' ORDER BY name").AsList())
        {
            foreach (IDictionary<string, object> row in connection.Query($"SELECT * FROM \"{table}\"").Cast<IDictionary<string, object>>())
            {
                text.Append(table).AppendJoin('\u0001', row.Values).Append('\n');
            }
        }
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    public override int Tamper(string sql)
    {
        using var connection = File.OpenWriter();
        return connection.Execute(sql);
    }

    public override long Number(string sql)
    {
        using var connection = File.OpenReader();
        return connection.ExecuteScalar<long>(sql);
    }

    public override void Dispose()
    {
        _others.ForEach(o => o.Dispose());
        _billing.Dispose();
        _keys.Dispose();
        _folder.Dispose();
    }

    private SqliteBilling Open(WriterFaults? faults) => new(File, Time, message => { lock (Log) { Log.Add(message); } }, faults);
}
