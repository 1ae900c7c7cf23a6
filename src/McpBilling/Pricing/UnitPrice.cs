using McpBilling.Money;

namespace McpBilling.Pricing;

/// <summary><c>per_unit</c>: q / per × unit_price.</summary>
public sealed class UnitPrice : CumulativeModel
{
    private readonly Exact _price;

    private UnitPrice(Exact price) => _price = price;

    public override Exact Total(Exact quantity) => quantity * _price;

    internal static UnitPrice Read(PriceFields fields) =>
        new(fields.Required("unit_price", fields.Definition.UnitPrice) / fields.Per);
}
