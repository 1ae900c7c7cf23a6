using Dapper;
using McpBilling.Storage.Chains;

namespace McpBilling.Storage.Tests.Chains;

/// <summary>Somebody who may write to the data file and knows how entries are chained, on a copy of it.</summary>
internal sealed class Forger(DataFile file)
{
    public const string AllColumns = "workspace_id, " + EntryRow.Columns + ", hash_1, hash_2, hash_3, hash_4";

    /// <summary>Runs a statement; false when the database itself refuses it.</summary>
    public bool Do(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var connection = file.OpenReader();
        try
        {
            return connection.Execute(sql, parameters) > 0;
        }
        catch (Microsoft.Data.Sqlite.SqliteException e) when (e.SqliteErrorCode == SQLitePCL.raw.SQLITE_CONSTRAINT)
        {
            return false;
        }
    }

    public IReadOnlyList<EntryRow> Entries()
    {
        using var connection = file.OpenReader();
        using var s = connection.Statement($"SELECT {EntryRow.Columns} FROM entry WHERE workspace_id = ? ORDER BY seq");
        s.Bind(1, 1);
        var rows = new List<EntryRow>();
        while (s.Next())
        {
            rows.Add(EntryRow.Read(1, s));
        }
        return rows;
    }

    public long? Value(long seq, string column)
    {
        using var connection = file.OpenReader();
        return connection.ExecuteScalar<long?>($"SELECT {column} FROM entry WHERE workspace_id = 1 AND seq = @seq", new { seq });
    }

    /// <summary>Gives an entry the hash that its columns now make on what the account's entry before it has.</summary>
    public void Hash(long seq)
    {
        var row = Entries().Single(e => e.Seq == seq);
        Put(seq, row.After(HashOf(row.Previous) ?? Beginning(row)));
    }

    /// <summary>Makes an account's whole chain right again, its end included: what nothing inside the file can tell.</summary>
    public void Chain(long customer, long asset)
    {
        ChainHash? hash = null;
        foreach (var row in Entries().Where(e => e.Customer == customer && e.Asset == asset))
        {
            hash = row.After(hash ?? Beginning(row));
            Put(row.Seq, hash.Value);
        }
        Do("UPDATE account SET head_1 = $a, head_2 = $b, head_3 = $c, head_4 = $d WHERE workspace_id = 1 AND customer_id = $customer AND asset_id = $asset",
            ("$a", hash!.Value.First), ("$b", hash.Value.Second), ("$c", hash.Value.Third), ("$d", hash.Value.Fourth), ("$customer", customer), ("$asset", asset));
    }

    private ChainHash? HashOf(long seq)
    {
        using var connection = file.OpenReader();
        using var s = connection.Statement("SELECT hash_1, hash_2, hash_3, hash_4 FROM entry WHERE workspace_id = 1 AND seq = ?");
        return s.Bind(1, seq).Next() ? ChainHash.Read(s, 0) : null;
    }

    private ChainHash Beginning(EntryRow row)
    {
        using var connection = file.OpenReader();
        var (customer, asset, scale) = connection.QuerySingle<(string, string, int)>(
            "SELECT c.id, s.id, s.scale FROM customer c, asset s WHERE c.workspace_id = 1 AND s.workspace_id = 1 AND c.customer_id = @Customer AND s.asset_id = @Asset",
            new { row.Customer, row.Asset });
        return ChainBeginning.Of(1, row.Customer, customer, row.Asset, asset, scale, 0, 0);
    }

    private void Put(long seq, ChainHash hash) =>
        Do("UPDATE entry SET hash_1 = $a, hash_2 = $b, hash_3 = $c, hash_4 = $d WHERE workspace_id = 1 AND seq = $seq",
            ("$a", hash.First), ("$b", hash.Second), ("$c", hash.Third), ("$d", hash.Fourth), ("$seq", seq));
}
