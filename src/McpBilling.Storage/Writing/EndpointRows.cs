using System.Collections.Immutable;
using System.Data.Common;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Webhooks;

namespace McpBilling.Storage.Writing;

/// <summary>The rows of <c>webhook_endpoint</c>, read and written off the hot path.</summary>
internal static class EndpointRows
{
    private const string Select = "SELECT endpoint_seq, url, types, description, enabled, disabled_reason, created_at, generation, previous_until, input_hash FROM webhook_endpoint WHERE workspace_id = @ws";

    /// <summary>Who listens in a workspace, which is to be bound.</summary>
    public const string SelectListeners = "SELECT endpoint_seq, types FROM webhook_endpoint WHERE workspace_id = ? AND deleted_at IS NULL ORDER BY endpoint_seq";

    /// <summary>The endpoints that are not deleted, the oldest first.</summary>
    public static List<WebhookEndpoint> All(DbConnection connection, long workspaceKey)
    {
        using var command = connection.Prepare(Select + " AND deleted_at IS NULL ORDER BY endpoint_seq", ("@ws", workspaceKey));
        using var row = command.ExecuteReader();
        var all = new List<WebhookEndpoint>();
        while (row.Read())
        {
            all.Add(Read(row));
        }
        return all;
    }

    /// <summary>One, unless it is deleted.</summary>
    public static WebhookEndpoint? Find(DbConnection connection, long workspaceKey, long key)
    {
        using var command = connection.Prepare(Select + " AND endpoint_seq = @key AND deleted_at IS NULL", ("@ws", workspaceKey), ("@key", key));
        using var row = command.ExecuteReader();
        return row.Read() ? Read(row) : null;
    }

    /// <summary>The endpoint that was added under a key, also when it was deleted since.</summary>
    public static (WebhookEndpoint Endpoint, long InputHash)? AddedUnder(DbConnection connection, long workspaceKey, string idempotencyKey)
    {
        using var command = connection.Prepare(Select + " AND idempotency_key = @key", ("@ws", workspaceKey), ("@key", idempotencyKey));
        using var row = command.ExecuteReader();
        return row.Read() ? (Read(row), row.GetInt64(9)) : null;
    }

    /// <summary>The key of the last rotation; null for none.</summary>
    public static string? RotationKey(DbConnection connection, long workspaceKey, long key) =>
        connection.Scalar<string>("SELECT rotation_key FROM webhook_endpoint WHERE workspace_id = @ws AND endpoint_seq = @key", ("@ws", workspaceKey), ("@key", key));

    public static WebhookEndpoint Add(DbConnection connection, long workspaceKey, AddEndpoint command, Instant now)
    {
        var input = command.Input;
        long key = connection.Scalar<long>("SELECT COALESCE(MAX(endpoint_seq), 0) + 1 FROM webhook_endpoint WHERE workspace_id = @ws", ("@ws", workspaceKey));
        var added = new WebhookEndpoint(key, input.Url, [.. (input.Types ?? []).Distinct(StringComparer.Ordinal)], NullIfEmpty(input.Description), true, null, now, 1, null);
        connection.Write(
            """
            INSERT INTO webhook_endpoint (workspace_id, endpoint_seq, url, types, description, enabled, disabled_reason, created_at, deleted_at, idempotency_key, input_hash, generation, previous_until, rotation_key, busy_until)
            VALUES (@ws, @key, @url, @types, @description, 1, NULL, @now, NULL, @idempotency, @hash, 1, NULL, NULL, 0)
            """,
            ("@ws", workspaceKey), ("@key", key), ("@url", added.Url), ("@types", string.Join(',', added.Types)), ("@description", added.Description),
            ("@now", now.Microseconds), ("@idempotency", input.IdempotencyKey), ("@hash", command.InputHash));
        return added;
    }

    public static void Put(DbConnection connection, long workspaceKey, WebhookEndpoint e) => connection.Write(
        """
        UPDATE webhook_endpoint SET url = @url, types = @types, description = @description, enabled = @enabled, disabled_reason = @reason, generation = @generation, previous_until = @previous
        WHERE workspace_id = @ws AND endpoint_seq = @key
        """,
        ("@ws", workspaceKey), ("@key", e.Key), ("@url", e.Url), ("@types", string.Join(',', e.Types)), ("@description", e.Description), ("@enabled", e.Enabled ? 1L : 0L),
        ("@reason", e.DisabledReason), ("@generation", e.Generation), ("@previous", e.PreviousUntil?.Microseconds));

    public static void NoteRotation(DbConnection connection, long workspaceKey, long key, string rotationKey) => connection.Write(
        "UPDATE webhook_endpoint SET rotation_key = @rotation WHERE workspace_id = @ws AND endpoint_seq = @key", ("@ws", workspaceKey), ("@key", key), ("@rotation", rotationKey));

    public static void Delete(DbConnection connection, long workspaceKey, long key, Instant now) => connection.Write(
        "UPDATE webhook_endpoint SET deleted_at = @now WHERE workspace_id = @ws AND endpoint_seq = @key", ("@ws", workspaceKey), ("@key", key), ("@now", now.Microseconds));

    public static WebhookListeners Listeners(DbConnection connection, long workspaceKey)
    {
        using var rows = connection.Statement(SelectListeners);
        return Listeners(rows.Bind(1, workspaceKey));
    }

    /// <param name="rows">Those of <see cref="SelectListeners"/>.</param>
    public static WebhookListeners Listeners(Statement rows)
    {
        var all = new List<(long Key, IReadOnlyCollection<string> Types)>();
        while (rows.Next())
        {
            all.Add((rows.Long(0), Types(rows.Text(1))));
        }
        return all.Count == 0 ? WebhookListeners.None : new(all);
    }

    public static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static ImmutableArray<string> Types(string joined) => [.. joined.Split(',', StringSplitOptions.RemoveEmptyEntries)];

    private static WebhookEndpoint Read(DbDataReader row) => new(
        row.GetInt64(0), row.GetString(1), Types(row.GetString(2)), row.IsDBNull(3) ? null : row.GetString(3), row.GetInt64(4) != 0,
        row.IsDBNull(5) ? null : row.GetString(5), new Instant(row.GetInt64(6)), row.GetInt64(7), row.IsDBNull(8) ? null : new Instant(row.GetInt64(8)));
}
