using McpBilling.Operations;
using McpBilling.Storage.Postgres;
using McpBilling.Storage.Tests.Compliance;
using McpBilling.Storage.Writing;
using Microsoft.Extensions.Time.Testing;

namespace McpBilling.Storage.Tests.Postgres;

/// <summary>Any number of processes' engines on one database of their own.</summary>
internal sealed class ReplicasUnderTest : IDisposable
{
    private readonly string _address;
    private readonly List<BillingStore> _engines = [];

    public ReplicasUnderTest()
    {
        _address = Server.NewDatabase();
        Name = PostgresServer.NameOf(_address);
        Database = PostgresDatabase.At(_address);
        Migrator.Prepare(Database, Time);
        using var keys = new ApiKeys(Database, Time);
        Caller = keys.OwnerCaller(Mode.Test);
    }

    public PostgresServer Server { get; } = PostgresServer.Running;

    public FakeTimeProvider Time { get; } = new(StoreUnderTest.Start);

    public string Name { get; }

    public PostgresDatabase Database { get; private set; }

    public Caller Caller { get; }

    /// <summary>Another process's engine.</summary>
    public BillingStore Engine(WriterFaults? faults = null)
    {
        var engine = new BillingStore(Database, Time, _ => { }, faults ?? new WriterFaults { ChecksMemory = true });
        _engines.Add(engine);
        return engine;
    }

    public Desk DeskOf(BillingStore engine) => new(() => engine, Caller);

    public Desk Another(WriterFaults? faults = null) => DeskOf(Engine(faults));

    /// <inheritdoc cref="Postgres.RoundTrips.Of"/>
    public Task<int> RoundTrips(Func<Task> work, bool answered = false) => Postgres.RoundTrips.Of(Name, work, answered);

    /// <summary>Ends all of them, and their connections, so that the server has counted what they did.</summary>
    public async Task End()
    {
        Close();
        await Server.UntilAlone(Name);
        Database = PostgresDatabase.At(_address);
    }

    public void Dispose() => Close();

    private void Close()
    {
        _engines.ForEach(e => e.Dispose());
        _engines.Clear();
        Database.Dispose();
    }
}
