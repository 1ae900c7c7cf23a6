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
    // a pooler may give it any connection. Without seqscan a plan that was made while a table was empty goes by an index, too; one plan for all values is made once.
    private static readonly string Preface = string.Create(CultureInfo.InvariantCulture,
        $"SELECT set_config('lock_timeout', '{DataFile.BusyTimeout.TotalMilliseconds}', true), set_config('idle_in_transaction_session_timeout', '10000', true), set_config('enable_seqscan', 'off', true), set_config('plan_cache_mode', 'force_generic_plan', true), set_config('jit', 'off', true), pg_advisory_xact_lock({Lock})");

    // Of an empty table one index is as good as another, and a plan is kept until somebody analyzes the table. So all are made anew whenever there are twice as many transactions.
    private const int FirstPlans = 16;

    // Whoever has not written for longer finds a gap and reads everything again.
    private const int KeptChanges = 1024, ChangesBetweenCuts = 256;

    // Whoever waited for longer is not told what all of these left, which may be megabytes while others wait for the lock: it reads what it is asked for.
    private const int MostTold = 32;

    private static readonly string Log = string.Create(
        CultureInfo.InvariantCulture, $"SELECT seq, sign, previous, changed, CASE WHEN (SELECT MAX(seq) FROM change_log) - $1 <= {MostTold} THEN state END FROM change_log WHERE seq > $1 ORDER BY seq");

    private readonly PostgresStatement _sign = new(connection, "INSERT INTO meta (name, value) VALUES ('last_writer', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value");
    private readonly PostgresStatement _tell = new(connection, "INSERT INTO change_log (seq, sign, previous, changed, state) VALUES (?, ?, ?, ?, ?)");
    private readonly PostgresStatement _cut = new(connection, "DELETE FROM change_log WHERE seq <= ?");
    private readonly string _writer = RandomNumberGenerator.GetHexString(16, lowercase: true);
    private long _count;
    private long _nextPlans = FirstPlans;

    // The last transaction that this one knows of and the last row of the log: as it left them, and as it finds them.
    private (string? Sign, long Seq) _left, _found;

    public override ChangedRows Begin()
    {
        connection.Settle();
        ChangedRows foreign;
        try
        {
            (_found, foreign) = connection.Run("BEGIN", Open);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn)
        {
            // A database that is empty, or an older program's, and about to be migrated.
            Abandon();
            connection.Execute("BEGIN");
            connection.Execute(Preface);
            _found = default;
            return ChangedRows.Anything;
        }
        catch (DbException e)
        {
            Abandon();
            throw new StorageException(e);
        }
        return foreign;
    }

    private ((string? Sign, long Seq) Found, ChangedRows Foreign) Open(NpgsqlConnection inner)
    {
        using var batch = new NpgsqlBatch(inner)
        {
            BatchCommands =
            {
                new("BEGIN"),
                new(Preface),
                new("SELECT (SELECT value FROM meta WHERE name = 'last_writer'), (SELECT COALESCE(MAX(seq), 0) FROM change_log)"),
                new(Log)
                {
                    Parameters = { new NpgsqlParameter<long> { TypedValue = _left.Sign is null ? long.MaxValue : _left.Seq } },
                },
            },
        };
        if (_left.Seq >= _nextPlans)
        {
            batch.BatchCommands.Add(new("DISCARD PLANS"));
            _nextPlans = 2 * _left.Seq;
        }
        using var reader = batch.ExecuteReader();
        reader.NextResult();
        reader.Read();
        (string? Sign, long Seq) found = (reader.IsDBNull(0) ? null : reader.GetString(0), reader.GetInt64(1));
        if (found.Sign is null || _left.Sign is null)
        {
            return (found, ChangedRows.Anything);
        }
        if (found.Sign == _left.Sign)
        {
            return (found, ChangedRows.None);
        }
        reader.NextResult();
        return (found, Since(reader, found.Sign));
    }

    // The rows from the last known transaction to the present one, each after the one before it; else somebody wrote who left none, or they are cut off.
    private ChangedRows Since(NpgsqlDataReader log, string present)
    {
        var changed = new ChangedRows();
        var (sign, seq) = (_left.Sign!, _left.Seq);
        while (log.Read())
        {
            if (log.GetInt64(0) != seq + 1 || log.GetString(2) != sign)
            {
                return ChangedRows.Anything;
            }
            (seq, sign) = (log.GetInt64(0), log.GetString(1));
            changed.Add(log.GetString(3), log.IsDBNull(4) ? null : PostgresText.Decode(log.GetString(4)));
        }
        return sign == present ? changed : ChangedRows.Anything;
    }

    // BEGIN itself may have succeeded.
    private void Abandon()
    {
        _left = default;
        connection.Abandon();
    }

    public override void Commit(Func<ChangedRows>? changed)
    {
        var after = _found;
        if (connection.Wrote)
        {
            after.Sign = string.Create(CultureInfo.InvariantCulture, $"{_writer} {++_count}");
            _sign.Bind(1, after.Sign).Run();
            if (changed is not null)
            {
                after.Seq++;
                var rows = changed();
                _tell.Bind(1, after.Seq).Bind(2, after.Sign).Bind(3, _found.Sign ?? "").Bind(4, rows.ToString()).Bind(5, rows.State).Run();
                if (after.Seq % ChangesBetweenCuts == 0)
                {
                    _cut.Bind(1, after.Seq - KeptChanges).Run();
                }
            }
        }
        connection.Commit();
        _left = after;
    }

    public override void Rollback()
    {
        _left = default;
        connection.Rollback();
    }

    public override void Distrust() => _left = default;

    public override void Dispose()
    {
        _sign.Dispose();
        _tell.Dispose();
        _cut.Dispose();
    }
}
