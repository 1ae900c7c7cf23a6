using System.Data.Common;
using McpBilling.Catalog;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Storage.Writing;

namespace McpBilling.Storage.Reading;

/// <summary>Reads a workspace's row, its catalog, and (for the writer) its greatest keys.</summary>
internal static class WorkspaceLoader
{
    private const string Row =
        "SELECT mode, test_clock, latest_at, catalog_version, catalog_document, catalog_archive, (SELECT COALESCE(MAX(seq), 0) FROM own_price WHERE workspace_id = @ws)";

    // In one question: a writer asks it whenever another process has written, and on a server each question is a round trip under the lock.
    private const string Keys =
        """
        , (SELECT COALESCE(MAX(seq), 0) FROM operation WHERE workspace_id = @ws), (SELECT COALESCE(MAX(seq), 0) FROM usage_event WHERE workspace_id = @ws)
        , (SELECT COALESCE(MAX(seq), 0) FROM cost_event WHERE workspace_id = @ws), (SELECT COALESCE(MAX(seq), 0) FROM cost_adjustment WHERE workspace_id = @ws)
        , (SELECT COALESCE(MAX(seq), 0) FROM entry WHERE workspace_id = @ws), (SELECT COALESCE(MAX(grant_seq), 0) FROM credit_grant WHERE workspace_id = @ws)
        , (SELECT COALESCE(MAX(customer_id), 0) FROM customer WHERE workspace_id = @ws), (SELECT COALESCE(MAX(seq), 0) FROM outbox WHERE workspace_id = @ws)
        , (SELECT COALESCE(MAX(seq), 0) FROM webhook_delivery WHERE workspace_id = @ws)
        """;

    /// <param name="known">A catalog that may still be the present one.</param>
    /// <param name="knownPrices">Own prices that may still be the present ones.</param>
    public static WorkspaceRecord Load(DbConnection connection, long workspaceKey, bool withKeys, CatalogSnapshot? known = null, OwnPrices? knownPrices = null)
    {
        using var command = connection.Prepare($"{Row}{(withKeys ? Keys : "")} FROM workspace WHERE workspace_id = @ws", ("@ws", workspaceKey));
        using var row = command.ExecuteReader();
        if (!row.Read())
        {
            throw new BillingException(ErrorCode.Unauthenticated, "The key's workspace does not exist any more.");
        }
        var catalog = known?.Version == row.GetInt64(3) ? known : Catalog(connection, workspaceKey, row);
        var workspace = new WorkspaceRecord(workspaceKey, Workspaces.ModeOf(row.GetString(0)), catalog)
        {
            TestClock = row.IsDBNull(1) ? null : new Instant(row.GetInt64(1)),
            Latest = new Instant(row.GetInt64(2)),
            OwnPrices = OwnPrices.Load(connection, workspaceKey, row.GetInt64(6), knownPrices),
        };
        LoadAssets(connection, workspace);
        if (withKeys)
        {
            workspace.LastOperation = Math.Max(Math.Max(row.GetInt64(7), row.GetInt64(8)), Math.Max(row.GetInt64(9), row.GetInt64(10)));
            workspace.LastEntry = row.GetInt64(11);
            workspace.LastGrant = row.GetInt64(12);
            workspace.LastCustomer = row.GetInt64(13);
            workspace.LastMessage = row.GetInt64(14);
            workspace.LastDelivery = row.GetInt64(15);
            workspace.Listeners = EndpointRows.Listeners(connection, workspaceKey);
        }
        return workspace;
    }

    private static CatalogSnapshot Catalog(DbConnection connection, long workspaceKey, DbDataReader row)
    {
        if (row.GetInt64(3) == 0)
        {
            return CatalogSnapshot.Empty;
        }
        var prices = new List<StoredPriceVersion>();
        using var command = connection.Prepare(
            """
            SELECT price_version_id, price_id, product_id, meter_id, version, effective_at, carry, archived_at, definition FROM price_version
            WHERE workspace_id = @ws ORDER BY price_version_id
            """,
            ("@ws", workspaceKey));
        using var p = command.ExecuteReader();
        while (p.Read())
        {
            prices.Add(new StoredPriceVersion(
                p.GetInt64(0), p.GetString(1), p.GetString(2), p.GetString(3), p.GetInt32(4), new Instant(p.GetInt64(5)), p.GetInt64(6) != 0,
                p.IsDBNull(7) ? null : new Instant(p.GetInt64(7)), p.GetString(8)));
        }
        return CatalogSnapshot.Build(new StoredCatalog(row.GetInt64(3), row.GetString(4), row.GetString(5), prices));
    }

    private static void LoadAssets(DbConnection connection, WorkspaceRecord workspace)
    {
        using var command = connection.Prepare("SELECT asset_id, id FROM asset WHERE workspace_id = @ws", ("@ws", workspace.Key));
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            workspace.LastAsset = Math.Max(workspace.LastAsset, row.GetInt64(0));
            workspace.AssetKeys[row.GetString(1)] = row.GetInt64(0);
            if (workspace.Catalog.FindAsset(row.GetString(1)) is { } asset)
            {
                workspace.Assets[row.GetInt64(0)] = asset;
            }
        }
    }
}
