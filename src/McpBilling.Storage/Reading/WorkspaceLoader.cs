using System.Data.Common;
using McpBilling.Catalog;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Storage.Writing;

namespace McpBilling.Storage.Reading;

/// <summary>
/// Reads a workspace's row, its assets, its catalog, and (for the writer) its greatest keys and who listens. A writer asks for them whenever another process has written, and on a
/// server each question is a round trip under the lock: all is expected before the first is read, so that one way brings it, with what else is expected by then.
/// </summary>
internal sealed class WorkspaceLoader : IDisposable
{
    // The catalog's text, which may be long, only when it is another one than is known.
    private const string Row =
        """
        SELECT w.mode, w.test_clock, w.latest_at, w.catalog_version, CASE WHEN w.catalog_version <> ? THEN w.catalog_document END, CASE WHEN w.catalog_version <> ? THEN w.catalog_archive END
        , (SELECT COALESCE(MAX(seq), 0) FROM own_price WHERE workspace_id = w.workspace_id)
        """;

    private const string Keys =
        """

        , (SELECT COALESCE(MAX(seq), 0) FROM operation WHERE workspace_id = w.workspace_id), (SELECT COALESCE(MAX(seq), 0) FROM usage_event WHERE workspace_id = w.workspace_id)
        , (SELECT COALESCE(MAX(seq), 0) FROM cost_event WHERE workspace_id = w.workspace_id), (SELECT COALESCE(MAX(seq), 0) FROM cost_adjustment WHERE workspace_id = w.workspace_id)
        , (SELECT COALESCE(MAX(seq), 0) FROM entry WHERE workspace_id = w.workspace_id), (SELECT COALESCE(MAX(grant_seq), 0) FROM credit_grant WHERE workspace_id = w.workspace_id)
        , (SELECT COALESCE(MAX(customer_id), 0) FROM customer WHERE workspace_id = w.workspace_id), (SELECT COALESCE(MAX(seq), 0) FROM outbox WHERE workspace_id = w.workspace_id)
        , (SELECT COALESCE(MAX(seq), 0) FROM webhook_delivery WHERE workspace_id = w.workspace_id)
        , (SELECT COALESCE(MAX(upto), 0) FROM cost_posting WHERE workspace_id = w.workspace_id), (SELECT COALESCE(MAX(folded), 0) FROM cost_fold WHERE workspace_id = w.workspace_id)
        """;

    private const string Whose = " FROM workspace w WHERE w.workspace_id = ?";

    private readonly DbConnection _connection;
    private readonly Statement _row, _assets;
    private readonly Statement? _listeners;

    /// <param name="withKeys">As a writer needs it.</param>
    public WorkspaceLoader(DbConnection connection, bool withKeys)
    {
        _connection = connection;
        _row = connection.Statement((withKeys ? Row + Keys : Row) + Whose);
        _assets = connection.Statement("SELECT asset_id, id FROM asset WHERE workspace_id = ?");
        _listeners = withKeys ? connection.Statement(EndpointRows.SelectListeners) : null;
    }

    /// <param name="known">A catalog that may still be the present one.</param>
    /// <param name="knownPrices">Own prices that may still be the present ones.</param>
    /// <exception cref="BillingException"><c>unauthenticated</c>: there is no such workspace.</exception>
    public WorkspaceRecord Load(long workspaceKey, CatalogSnapshot? known = null, OwnPrices? knownPrices = null)
    {
        long version = known?.Version ?? -1;
        _row.Bind(1, version).Bind(2, version).Bind(3, workspaceKey).Expect();
        _assets.Bind(1, workspaceKey).Expect();
        _listeners?.Bind(1, workspaceKey).Expect();
        try
        {
            return Read(workspaceKey, known, knownPrices);
        }
        finally
        {
            _row.Reset();
        }
    }

    public void Dispose()
    {
        _row.Dispose();
        _assets.Dispose();
        _listeners?.Dispose();
    }

    private WorkspaceRecord Read(long workspaceKey, CatalogSnapshot? known, OwnPrices? knownPrices)
    {
        if (!_row.Next())
        {
            throw new BillingException(ErrorCode.Unauthenticated, "The key's workspace does not exist any more.");
        }
        var workspace = new WorkspaceRecord(workspaceKey, Workspaces.ModeOf(_row.Text(0)), known?.Version == _row.Long(3) ? known : Catalog(workspaceKey))
        {
            TestClock = _row.LongOrNull(1) is { } clock ? new Instant(clock) : null,
            Latest = new Instant(_row.Long(2)),
            OwnPrices = OwnPrices.Load(_connection, workspaceKey, _row.Long(6), knownPrices),
        };
        ReadAssets(workspace);
        if (_listeners is not null)
        {
            workspace.LastOperation = Math.Max(Math.Max(_row.Long(7), _row.Long(8)), Math.Max(_row.Long(9), _row.Long(10)));
            workspace.LastEntry = _row.Long(11);
            workspace.LastGrant = _row.Long(12);
            workspace.LastCustomer = _row.Long(13);
            workspace.LastMessage = _row.Long(14);
            workspace.LastDelivery = _row.Long(15);
            workspace.FoldedPostings = _row.Long(17);
            workspace.LastPosting = Math.Max(_row.Long(16), workspace.FoldedPostings);
            workspace.Listeners = EndpointRows.Listeners(_listeners);
        }
        return workspace;
    }

    private CatalogSnapshot Catalog(long workspaceKey)
    {
        long version = _row.Long(3);
        if (version == 0)
        {
            return CatalogSnapshot.Empty;
        }
        var prices = new List<StoredPriceVersion>();
        using var command = _connection.Prepare(
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
        return CatalogSnapshot.Build(new StoredCatalog(version, _row.Text(4), _row.Text(5), prices));
    }

    private void ReadAssets(WorkspaceRecord workspace)
    {
        while (_assets.Next())
        {
            var (key, id) = (_assets.Long(0), _assets.Text(1));
            workspace.LastAsset = Math.Max(workspace.LastAsset, key);
            workspace.AssetKeys[id] = key;
            if (workspace.Catalog.FindAsset(id) is { } asset)
            {
                workspace.Assets[key] = asset;
            }
        }
    }
}
