using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using Npgsql;

namespace McpBilling.Storage.Postgres;

/// <summary>Write transactions on PostgreSQL: READ COMMITTED, under the lock of the database.</summary>
internal sealed class PostgresTransactions(PostgresConnection connection) : WriteTransactions
{
    // "MBIL" and 1: advisory locks are numbers that all programs on a database share.
    private const long Lock = 0x4D42494C_00000001;

    // A program that was frozen with the lock in its hands loses it after ten seconds.
    // The lock is taken before anything is read: a statement that locked and read would see what was there before it waited. Settings are the transaction's own, as
    // a pooler may give it any connection. Without seqscan a plan that was made while a table was empty goes by the index, too.
    private static readonly string Preface = string.Create(CultureInfo.InvariantCulture,
        $"SELECT set_config('lock_timeout', '{DataFile.BusyTimeout.TotalMilliseconds}', true), set_config('idle_in_transaction_session_timeout', '10000', true), set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true), pg_advisory_xact_lock({Lock})");

    private readonly PostgresStatement _sign = new(connection, "INSERT INTO meta (name, value) VALUES ('last_writer', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value");
    private readonly string _writer = RandomNumberGenerator.GetHexString(16, lowercase: true);
    private long _count;
    private string? _left, _found;

    public override bool Begin()
    {
        connection.Settle();
        string? found;
        try
        {
            found = connection.Run("BEGIN", Open);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            // An empty database, which is about to be migrated.
            Abandon();
            connection.Execute("BEGIN");
            connection.Execute(Preface);
            return true;
        }
        catch (DbException e)
        {
            Abandon();
            throw new StorageException(e);
        }
        _found = found;
        return found is null || found != _left;
    }

    private static string? Open(NpgsqlConnection inner)
    {
        using var batch = new NpgsqlBatch(inner) { BatchCommands = { new("BEGIN"), new(Preface), new("SELECT value FROM meta WHERE name = 'last_writer'") } };
        using var reader = batch.ExecuteReader();
        reader.NextResult();
        return reader.Read() ? reader.GetString(0) : null;
    }

    // BEGIN itself may have succeeded.
    private void Abandon()
    {
        _left = null;
        connection.Abandon();
    }

    public override void Commit()
    {
        if (connection.Wrote)
        {
            string sign = string.Create(CultureInfo.InvariantCulture, $"{_writer} {++_count}");
            _sign.Bind(1, sign).Run();
            _found = sign;
        }
        connection.Commit();
        _left = _found;
    }

    public override void Rollback()
    {
        _left = null;
        connection.Rollback();
    }

    public override void Distrust() => _left = null;

    public override void Dispose() => _sign.Dispose();
}
