namespace McpBilling.Server.Tests.Drills;

/// <summary>The end of a drill: what clients were told is held against what the file holds.</summary>
internal static class DrillReport
{
    /// <summary>
    /// Every acknowledged operation must be a row of the file, once, by its key; and <c>verify</c> must find nothing.
    /// </summary>
    public static async Task Close(string name, string what, int rounds, DrillShop shop, DrillBook book)
    {
        Count(name, what, rounds, shop, book);
        await shop.MustVerify();
    }

    /// <summary>The same without <c>verify</c>, for whoever runs that of another build of the program.</summary>
    public static void Count(string name, string what, int rounds, DrillShop shop, DrillBook book)
    {
        Assert.Empty(book.Wrong);
        var stored = Stored(shop.DataFile);
        var acknowledged = book.All.Where(s => s.Answer is not null).ToList();
        var lost = acknowledged.Where(s => !stored.ContainsKey(s.Key)).Select(s => $"{s.Kind} {s.Key}").ToList();
        var doubled = stored.Where(s => s.Value > 1).Select(s => $"{s.Key}: {s.Value}").ToList();
        Drill.Note(name, what, rounds, acknowledged.Count, lost.Count, doubled.Count);
        Assert.Empty(lost);
        Assert.Empty(doubled);
    }

    /// <summary>How often each key of a book was carried out.</summary>
    private static Dictionary<string, int> Stored(string data)
    {
        using var connection = Storage.Database.Locate(data, _ => null).OpenReader();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT id FROM usage_event UNION ALL SELECT idempotency_key FROM operation";
        using var rows = command.ExecuteReader();
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        while (rows.Read())
        {
            if (rows.GetString(0) is { } key && key.StartsWith("d-", StringComparison.Ordinal))
            {
                counts[key] = counts.GetValueOrDefault(key) + 1;
            }
        }
        return counts;
    }
}
