using McpBilling.Money;

namespace McpBilling.Pricing;

/// <summary><c>flat</c>: the amount once, as soon as anything billable was used.</summary>
public sealed class FlatPrice : CumulativeModel
{
    private readonly Exact _amount;

    private FlatPrice(Exact amount) => _amount = amount;

    public override Exact Total(Exact quantity) => quantity.Sign > 0 ? _amount : Exact.Zero;

    internal static FlatPrice Read(PriceFields fields) => new(fields.Required("amount", fields.Definition.Amount));
}
