using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Npgsql;
using NpgsqlTypes;

namespace McpBilling.Storage.Postgres;

/// <summary>A command off the hot path. Its rows are in memory when it returns, so that another may run while they are read.</summary>
internal sealed class PostgresCommand(PostgresConnection connection) : DbCommand
{
    private readonly NpgsqlCommand _inner = new();

    [AllowNull]
    public override string CommandText { get; set; } = "";

    public override int CommandTimeout { get => _inner.CommandTimeout; set => _inner.CommandTimeout = value; }

    public override CommandType CommandType { get; set; } = CommandType.Text;

    public override bool DesignTimeVisible { get; set; }

    public override UpdateRowSource UpdatedRowSource { get; set; }

    protected override DbConnection? DbConnection { get => connection; set => throw new NotSupportedException(); }

    protected override DbParameterCollection DbParameterCollection => _inner.Parameters;

    protected override DbTransaction? DbTransaction { get; set; }

    public override void Cancel() => throw new NotSupportedException();

    public override void Prepare()
    {
    }

    public override int ExecuteNonQuery() => Run(static inner => inner.ExecuteNonQuery(), static reader => reader.RecordsAffected);

    public override object? ExecuteScalar()
    {
        // All integers of the shared dialect have 64 bits; a literal of PostgreSQL has 32.
        return Run(static inner => inner.ExecuteScalar(), static reader => reader.Read() ? reader.GetValue(0) : null) switch
        {
            int number => (long)number,
            string text => PostgresText.Decode(text),
            var value => value,
        };
    }

    /// <summary>Leaves it with what is sent next.</summary>
    public void Wait()
    {
        Translate();
        connection.Add(Question());
    }

    protected override DbParameter CreateDbParameter() => new NpgsqlParameter();

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior)
    {
        return Run(
            static inner =>
            {
                using var reader = inner.ExecuteReader();
                return new RowsInMemory(reader);
            },
            static reader => new RowsInMemory(reader));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
        }
        base.Dispose(disposing);
    }

    // A question with which a transaction begins is one of two statements, and the first that gives rows.
    private T Run<T>(Func<NpgsqlCommand, T> run, Func<NpgsqlDataReader, T> read)
    {
        connection.Settle();
        Translate();
        if (connection.IsOpening)
        {
            using var reader = connection.Ask([Question()]);
            return read(reader);
        }
        return connection.Run(CommandText, server =>
        {
            _inner.Connection = server;
            return run(_inner);
        });
    }

    // In PostgreSQL's words and types.
    private void Translate()
    {
        _inner.CommandText = PostgresConnection.Dialect(CommandText);
        foreach (NpgsqlParameter parameter in _inner.Parameters)
        {
            switch (parameter.Value)
            {
                case bool yes:
                    (parameter.NpgsqlDbType, parameter.Value) = (NpgsqlDbType.Bigint, yes ? 1L : 0L);
                    break;
                case int or short or byte or uint or Enum:
                    (parameter.NpgsqlDbType, parameter.Value) = (NpgsqlDbType.Bigint, Convert.ToInt64(parameter.Value, System.Globalization.CultureInfo.InvariantCulture));
                    break;
                case string text:
                    (parameter.NpgsqlDbType, parameter.Value) = (NpgsqlDbType.Text, PostgresText.Encode(text));
                    break;
                case null:
                    parameter.Value = DBNull.Value;
                    break;
            }
        }
    }

    private NpgsqlBatchCommand Question()
    {
        var question = new NpgsqlBatchCommand(_inner.CommandText);
        foreach (NpgsqlParameter parameter in _inner.Parameters)
        {
            question.Parameters.Add(parameter.Clone());
        }
        return question;
    }
}
