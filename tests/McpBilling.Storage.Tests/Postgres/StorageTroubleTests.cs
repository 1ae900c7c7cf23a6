using McpBilling.Operations;
using Npgsql;

namespace McpBilling.Storage.Tests.Postgres;

/// <summary>What a server's refusal means to whoever asked: to try again, or that the statement was wrong.</summary>
public sealed class StorageTroubleTests
{
    [Theory]
    [InlineData("08006", "try_again")] // connection_failure
    [InlineData("25006", "try_again")] // read_only_sql_transaction: a standby
    [InlineData("25P02", "try_again")] // in_failed_sql_transaction
    [InlineData("25P03", "try_again")] // idle_in_transaction_session_timeout: a process that got no time
    [InlineData("26000", "try_again")] // invalid_sql_statement_name: a pooler
    [InlineData("40001", "try_again")] // serialization_failure
    [InlineData("40P01", "try_again")] // deadlock_detected
    [InlineData("53100", "storage_full")] // disk_full
    [InlineData("53300", "try_again")] // too_many_connections
    [InlineData("55000", "try_again")] // object_not_in_prerequisite_state: a database that takes no connections
    [InlineData("55P03", "try_again")] // lock_not_available
    [InlineData("57014", "try_again")] // query_canceled
    [InlineData("57P01", "try_again")] // admin_shutdown
    [InlineData("58030", "try_again")] // io_error
    [InlineData("23505", "internal_error")] // unique_violation
    [InlineData("42601", "internal_error")] // syntax_error
    public void A_state_of_the_server_is_told_as_what_to_do(string state, string code) =>
        Assert.Equal(code, new StorageException(new PostgresException("refused", "ERROR", "ERROR", state)).ToBilling().Code.Name);
}
