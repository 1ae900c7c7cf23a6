using McpBilling.Money;

namespace McpBilling.Pricing;

/// <summary><c>package</c>: every package begun costs the package's price.</summary>
public sealed class PackagePrice : CumulativeModel
{
    private readonly Exact _size;
    private readonly Exact _price;

    private PackagePrice(Exact size, Exact price)
    {
        _size = size;
        _price = price;
    }

    public override Exact Total(Exact quantity) => Exact.Ceiling(quantity / _size) * _price;

    internal static PackagePrice Read(PriceFields fields) => new(
        fields.RequiredAboveZero("package_size", fields.Definition.PackageSize),
        fields.Required("package_price", fields.Definition.PackagePrice));
}
