using System.Data.Common;
using System.Text.Json;
using McpBilling.Costs;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Storage.Writing;

/// <summary>The rows of <c>own_price</c>, which are only ever added.</summary>
internal static class PriceRows
{
    /// <summary>Adds rows and gives them their ids. To be called inside a write transaction.</summary>
    /// <exception cref="BillingException">The workspace would have more rows than are kept.</exception>
    public static AddedPrices Add(DbConnection connection, WorkspaceRecord workspace, IReadOnlyList<PriceRow> rows, Caller caller, Instant now)
    {
        long last = workspace.OwnPrices.Version;
        List<PriceRow> added = [.. rows.Select((row, i) => row with { Id = AddPricesCommand.IdOf(last + 1 + i) })];
        List<string> documents = [.. added.Select(row => JsonSerializer.Serialize(PriceRowView.Of(row), BillingJson.TypeInfo<PriceRowView>()))];
        foreach (var (i, document) in documents.Index())
        {
            connection.Write(
                "INSERT INTO own_price (workspace_id, seq, at, who, document) VALUES (@ws, @seq, @at, @who, @document)",
                ("@ws", workspace.Key), ("@seq", last + 1 + i), ("@at", now.Microseconds), ("@who", caller.KeyId ?? "local"), ("@document", document));
        }
        workspace.OwnPrices = workspace.OwnPrices.With(documents);
        return new(added);
    }
}
