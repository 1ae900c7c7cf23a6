using System.Security.Cryptography;
using System.Text;
using Dapper;
using McpBilling.Operations;
using McpBilling.Storage.Verifying;
using McpBilling.Storage.Writing;

namespace McpBilling.Storage.Tests.Compliance;

/// <summary>An engine under the compliance tests, on a database of its own.</summary>
public abstract class DatabaseStore : StoreUnderTest
{
    private readonly List<BillingStore> _others = [];
    private readonly ApiKeys _keys;
    private readonly Database _database;
    private BillingStore _billing;

    protected DatabaseStore(Database database, WriterFaults? faults)
    {
        _database = database;
        Migrator.Prepare(database, Time);
        _keys = new ApiKeys(database, Time);
        Faults = faults ?? new WriterFaults { ChecksMemory = true };
        _billing = Open(Faults);
    }

    /// <summary>The tables that are the ledger's, in the order of their names, and by which columns their rows are in order.</summary>
    protected abstract IEnumerable<string> Tables(System.Data.Common.DbConnection connection);

    public override IBilling Billing => _billing;

    public override Caller Caller(Mode mode) => _keys.OwnerCaller(mode);

    internal override Detail.DetailReader Detail(Caller caller, int rowsAtOnce) => new(_database, caller, Time) { RowsAtOnce = rowsAtOnce };

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
        Faults = faults ?? new WriterFaults { ChecksMemory = true };
        _billing = Open(Faults);
    }

    public override IBilling OpenAnother()
    {
        _others.Add(Open(new WriterFaults { ChecksMemory = true }));
        return _others[^1];
    }

    public override Task<int> BringUp(Caller caller, int limit) => _billing.BringUp(caller, limit);

    public override IReadOnlyList<Caller> Due() => new WorkspaceCallers(_database).Due(Time);

    public override IReadOnlyList<Caller> WithDueDeliveries(Money.Instant now, TimeSpan claim) => new WorkspaceCallers(_database).WithDueDeliveries(now, claim);

    public override async Task Fold(Caller caller, int each = 64, int steps = int.MaxValue, IBilling? by = null)
    {
        var sums = ((BillingStore)(by ?? _billing)).Sums;
        foreach (var step in (await sums.Steps(caller, each)).Take(steps))
        {
            Assert.True(await sums.Add(caller, step));
        }
    }

    internal override void StartProgram(params Migration[] later) => Migrator.Prepare(_database, Time, [.. Migration.All, .. later]);

    public override ApiKeys Keys => _keys;

    public override async Task<IReadOnlyList<string>> Differences() => (await new Verifier(_database).Verify(CancellationToken.None)).Differences;

    public override string Fingerprint()
    {
        using var connection = _database.OpenReader();
        var text = new StringBuilder();
        foreach (string table in Tables(connection).Where(t => t is not ("api_key" or "change_log")).Order(StringComparer.Ordinal))
        {
            // In an order of our own: a table's own differs between engines.
            text.Append(table).Append('\n').AppendJoin('\n', connection.Query($"SELECT * FROM \"{table}\"").Cast<IDictionary<string, object>>()
                .Where(row => table != "meta" || !"last_writer".Equals(row["name"])).Select(row => string.Join('\u0001', row.Values)).Order(StringComparer.Ordinal));
        }
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    public override int Tamper(string sql)
    {
        using var connection = _database.OpenWriter();
        return connection.Execute(sql);
    }

    public override long Number(string sql)
    {
        using var connection = _database.OpenReader();
        return connection.ExecuteScalar<long>(sql);
    }

    public override void Dispose()
    {
        _others.ForEach(o => o.Dispose());
        _billing.Dispose();
        _keys.Dispose();
        GC.SuppressFinalize(this);
    }

    private BillingStore Open(WriterFaults? faults) => new(_database, Time, message => { lock (Log) { Log.Add(message); } }, faults);
}
