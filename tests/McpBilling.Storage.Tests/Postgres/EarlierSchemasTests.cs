using McpBilling.Operations;
using McpBilling.Storage.Postgres;
using McpBilling.Storage.Tests.Compliance;
using McpBilling.Storage.Verifying;
using Microsoft.Extensions.Time.Testing;

namespace McpBilling.Storage.Tests.Postgres;

/// <summary>A database as each earlier program left it is taken over by this one.</summary>
public sealed class EarlierSchemasTests
{
    // That from which each step of the schema says what becomes of older programs.
    private const int First = 17;

    private static readonly FakeTimeProvider Time = new(StoreUnderTest.Start);

    [Fact]
    public async Task A_database_of_every_earlier_schema_is_migrated_and_written_to()
    {
        for (int schema = First; schema < Migrator.CurrentVersion; schema++)
        {
            using var database = PostgresDatabase.At(PostgresServer.Running.NewDatabase());
            Migrator.Prepare(database, Time, [.. Migration.All.Take(schema)]);
            Migrator.Prepare(database, Time);
            using var keys = new ApiKeys(database, Time);
            using var billing = new BillingStore(database, Time, static _ => { });
            var desk = new Desk(() => billing, keys.OwnerCaller(Mode.Test));
            await desk.Grant("c", "10");
            Assert.Equal("10", await desk.Figure("c", "balance"));
            Assert.Empty((await new Verifier(database).Verify(TestContext.Current.CancellationToken)).Differences);
        }
    }
}
