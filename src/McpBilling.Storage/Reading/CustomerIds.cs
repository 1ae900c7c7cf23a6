namespace McpBilling.Storage.Reading;

/// <summary>The ids under which customers are known outside, each looked up once.</summary>
internal sealed class CustomerIds(PooledReader reader, WorkspaceRecord workspace)
{
    private readonly Dictionary<long, string> _known = [];

    /// <summary>Of a customer that there is.</summary>
    public string this[long key] => Of([key])[key];

    /// <summary>Of many, in one question for those that are not known yet; only of customers that there are.</summary>
    public IReadOnlyDictionary<long, string> Of(IEnumerable<long> keys)
    {
        long[] asked = [.. keys.Where(key => !_known.ContainsKey(key))];
        if (asked.Length > 0)
        {
            using var statement = reader.Connection.Statement("SELECT id FROM customer WHERE workspace_id = ? AND customer_id = ?");
            foreach (var (key, id) in new ExpectedRows<string>(asked, key => statement.Bind(1, workspace.Key).Bind(2, key), (_, row) => row.Text(0)).Found)
            {
                _known[key] = id;
            }
        }
        return _known;
    }
}
