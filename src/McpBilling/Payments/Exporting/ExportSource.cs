using System.Text.Json;
using McpBilling.Money;
using McpBilling.Usage;

namespace McpBilling.Payments.Exporting;

/// <summary>What of the ledger says what is to be exported.</summary>
public static class ExportSource
{
    /// <summary>In a customer's own metadata: their id at the biller, <c>cus_…</c>.</summary>
    public const string CustomerProperty = "stripe_customer_id";

    private const int MaxCustomerLength = 255;

    /// <summary>The biller's id of a customer, from the metadata that the app saved.</summary>
    /// <returns>Null: none is saved.</returns>
    public static string? CustomerIn(string? metadata)
    {
        if (metadata is null)
        {
            return null;
        }
        using var document = JsonDocument.Parse(metadata);
        return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(CustomerProperty, out var id) && id.ValueKind == JsonValueKind.String
            && id.GetString() is { Length: > 0 and <= MaxCustomerLength } text
                ? text
                : null;
    }

    /// <summary>What is left of a measured quantity after a reversal.</summary>
    /// <param name="left">What the reversal answered as left of the event.</param>
    public static decimal Left(decimal measured, StoredEvent stored, decimal left, Catalog.CatalogSnapshot catalog)
    {
        decimal whole = ReverseUsageCommand.WholeOf(stored, catalog);
        return left == 0 || whole == 0 ? 0 : decimal.Round(measured * (left / whole), Quantity.MaxDecimals);
    }
}
