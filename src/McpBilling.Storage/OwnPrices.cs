using System.Data.Common;
using System.Text.Json;
using McpBilling.Costs;

namespace McpBilling.Storage;

/// <summary>
/// A workspace's own rows of the price book, as far as a sequence. They are text until a price is first asked for: whoever starts the program to do something
/// else pays neither for them nor for the shipped rows.
/// </summary>
internal sealed class OwnPrices
{
    public static readonly OwnPrices None = new(0, []);

    private readonly IReadOnlyList<string> _documents;
    private readonly Lazy<PriceBook> _book;

    private OwnPrices(long version, IReadOnlyList<string> documents)
    {
        (Version, _documents) = (version, documents);
        _book = new(() => _documents.Count == 0 ? PriceBook.Shipped : PriceBook.Shipped.With(_documents.Select(Read)));
    }

    /// <summary>The greatest sequence; 0 without rows.</summary>
    public long Version { get; }

    /// <summary>The shipped book with these rows over it.</summary>
    public PriceBook Book => _book.Value;

    /// <param name="known">Rows that may still be all that there are.</param>
    /// <param name="version">The greatest sequence in the file.</param>
    public static OwnPrices Load(DbConnection connection, long workspaceKey, long version, OwnPrices? known)
    {
        if (version == 0)
        {
            return None;
        }
        if (known?.Version == version)
        {
            return known;
        }
        var documents = new List<string>();
        using var command = connection.Prepare("SELECT document FROM own_price WHERE workspace_id = @ws AND seq <= @version ORDER BY seq", ("@ws", workspaceKey), ("@version", version));
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            documents.Add(row.GetString(0));
        }
        return new(version, documents);
    }

    /// <summary>The same with rows added, as they are written.</summary>
    public OwnPrices With(IReadOnlyList<string> added) => new(Version + added.Count, [.. _documents, .. added]);

    private static PriceRow Read(string document) => JsonSerializer.Deserialize(document, BillingJson.TypeInfo<PriceRowView>())!.ToRow();
}
