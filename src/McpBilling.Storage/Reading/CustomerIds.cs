using Dapper;

namespace McpBilling.Storage.Reading;

/// <summary>The ids under which customers are known outside, each looked up once.</summary>
internal sealed class CustomerIds(PooledReader reader, WorkspaceRecord workspace)
{
    private readonly Dictionary<long, string> _known = [];

    public string this[long key]
    {
        get
        {
            if (!_known.TryGetValue(key, out string? id))
            {
                id = reader.Connection.ExecuteScalar<string>("SELECT id FROM customer WHERE workspace_id = @ws AND customer_id = @key", new { ws = workspace.Key, key })!;
                _known[key] = id;
            }
            return id;
        }
    }
}
