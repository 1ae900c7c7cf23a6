using System.Text;
using McpBilling.Server.Tests.Usage;
using Microsoft.Data.Sqlite;

namespace McpBilling.Server.Tests.Secrets;

/// <summary>Something that was put where it does not belong, to be looked for everywhere else.</summary>
internal sealed record Plant(string Name, string Value)
{
    /// <summary>A card's number with the ways in which people and programs write it.</summary>
    public static Plant Card(string name, string number) => new(name, number) { IsCard = true };

    public bool IsCard { get; private init; }

    /// <summary>How it may stand there.</summary>
    public IReadOnlyList<string> Spellings => IsCard ? [.. new[] { Value, Digits, Grouped(' '), Grouped('-') }.Distinct()] : [Value, Uri.EscapeDataString(Value)];

    private string Digits => string.Concat(Value.Where(char.IsAsciiDigit));

    private string Grouped(char separator) => string.Join(separator, Digits.Chunk(4).Select(c => new string(c)));

    public bool IsIn(string text) => Spellings.Any(s => text.Contains(s, StringComparison.OrdinalIgnoreCase));

    /// <summary>Base64 is also looked for as the bytes that it stands for.</summary>
    public bool IsIn(ReadOnlySpan<byte> bytes)
    {
        foreach (string spelling in Spellings)
        {
            if (bytes.IndexOf(Encoding.UTF8.GetBytes(spelling)) >= 0)
            {
                return true;
            }
        }
        string encoded = Value.StartsWith("whsec_", StringComparison.Ordinal) ? Value[6..] : "";
        byte[] secret = new byte[encoded.Length];
        return encoded.Length > 0 && Convert.TryFromBase64String(encoded, secret, out int length) && bytes.IndexOf(secret.AsSpan(0, length)) >= 0;
    }

    /// <summary>Where in the data file, its log and its tables something stands.</summary>
    public static List<string> PlacesOf(Plant plant, LiveServer server)
    {
        var places = new List<string>();
        foreach (string path in server.DatabaseFiles())
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            if (plant.IsIn(bytes.GetBuffer().AsSpan(0, (int)bytes.Length)))
            {
                places.Add($"bytes of *{Path.GetExtension(path)}");
            }
        }
        using var connection = server.File.OpenReader();
        foreach (string table in server.Strings("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"))
        {
            places.AddRange(ColumnsWith(connection, table, plant).Select(column => $"{table}.{column}"));
        }
        return places;
    }

    private static SortedSet<string> ColumnsWith(SqliteConnection connection, string table, Plant plant)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT * FROM \"{table}\"";
        using var rows = command.ExecuteReader();
        var columns = new SortedSet<string>(StringComparer.Ordinal);
        while (rows.Read())
        {
            for (int i = 0; i < rows.FieldCount; i++)
            {
                object value = rows.GetValue(i);
                if (value is byte[] blob ? plant.IsIn(blob) : plant.IsIn(value.ToString() ?? ""))
                {
                    columns.Add(rows.GetName(i));
                }
            }
        }
        return columns;
    }
}
