using McpBilling.Catalog;
using McpBilling.Money;
using McpBilling.Pricing;

namespace McpBilling.Integration;

/// <summary>A price in a few words, for comments and test plans: what one reads to know whether a charge is right.</summary>
internal static class PriceWords
{
    public static string Of(PriceDefinition price, MeterDefinition meter)
    {
        string asset = price.Asset;
        string each = price.Per is { } per && per != 1 ? $"per {Text(per)} {meter.Id}" : "each";
        string words = price.Model switch
        {
            "per_unit" => $"{Text(price.UnitPrice)} {asset} {each}",
            "flat" => $"{Text(price.Amount)} {asset} a {PeriodOf(price)} when used",
            "package" => $"{Text(price.PackagePrice)} {asset} for each {Text(price.PackageSize)} begun",
            "percentage" => $"{Text(price.Percent)} % in {asset}{(price.FixedPerEvent is { } fee ? $" plus {Text(fee)} an event" : "")}",
            "cost_plus" => $"what it costs plus {Text(price.MarkupPercent)} %{(price.FixedPerEvent is { } plus ? $" and {Text(plus)} {asset} an event" : "")}",
            "matrix" => $"{asset} by {string.Join(" and ", price.Dimensions ?? [])}",
            _ => $"{asset} by tiers ({price.Model})",
        };
        string where = price.Where is { Count: > 0 } conditions
            ? " where " + string.Join(" and ", conditions.Select(c => $"{c.Key} is {string.Join(" or ", c.Value)}"))
            : "";
        string free = price.FreeUnits is > 0 ? $" after {Text(price.FreeUnits)} free" : "";
        string measured = meter.Aggregation switch
        {
            _ when price.Model == "cost_plus" => "",
            Aggregation.Count => " by event",
            _ when meter.Property is { } property => $" by {property}",
            _ => "",
        };
        return words + measured + where + free;
    }

    private static string PeriodOf(PriceDefinition price) => price.Period.ToString().ToLowerInvariant();

    private static string Text(decimal? value) => value is { } number ? Quantity.Format(number) : "?";
}
