using System.Data.Common;

namespace McpBilling.Storage;

/// <summary>Short forms for statements off the hot path.</summary>
internal static class Commands
{
    public static DbCommand Prepare(this DbConnection connection, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // Every caller passes a constant, or a migration of our own.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value ?? DBNull.Value);
            command.Parameters.Add(parameter);
        }
        return command;
    }

    public static int Execute(this DbConnection connection, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = connection.Prepare(sql, parameters);
        return command.ExecuteNonQuery();
    }

    /// <summary>Runs a statement of a write transaction whose effect nobody counts. An engine that is far away may wait with it until something is read or committed.</summary>
    public static void Write(this DbConnection connection, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = connection.Prepare(sql, parameters);
        Engine.Of(connection).Write(command);
    }

    /// <summary>The first value, or the type's default when there is no row or it is NULL.</summary>
    public static T? Scalar<T>(this DbConnection connection, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = connection.Prepare(sql, parameters);
        return command.ExecuteScalar() is T value ? value : default;
    }

    /// <summary>A statement with <c>?</c> where values go (<see cref="Storage.Statement"/>).</summary>
    public static Statement Statement(this DbConnection connection, string sql) => Engine.Of(connection).Statement(connection, sql);

    /// <summary>Runs the work in one write transaction: the lock is taken first, so that what is read in it stays true until the commit.</summary>
    public static T InWriteTransaction<T>(this DbConnection connection, Func<T> work, ChangedRows? changed = null) => Engine.Of(connection).InWriteTransaction(connection, work, changed);
}
