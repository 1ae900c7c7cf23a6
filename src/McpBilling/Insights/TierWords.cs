using McpBilling.Money;
using McpBilling.Pricing;

namespace McpBilling.Insights;

/// <summary>A price in words, with the tiers that a step of quantity lies in.</summary>
internal static class TierWords
{
    /// <param name="before">The period's quantity before the event, as metered.</param>
    public static string Of(PriceDefinition price, decimal before, decimal after)
    {
        string per = price.Per is { } units ? $" per {Quantity.Format(units)}" : " each";
        string words = price.Model switch
        {
            "per_unit" => $"{Number(price.UnitPrice)} {price.Asset}{per}",
            "flat" => $"{Number(price.Amount)} {price.Asset} once per period",
            "package" => $"{Number(price.PackagePrice)} {price.Asset} for each {Number(price.PackageSize)} begun",
            "percentage" => $"{Number(price.Percent)} % of the amount{(price.FixedPerEvent is { } fee ? $" and {Number(fee)} {price.Asset} per event" : "")}"
                + $"{(price.MinPerEvent is { } least ? $", at least {Number(least)}" : "")}{(price.MaxPerEvent is { } most ? $", at most {Number(most)}" : "")}",
            "cost_plus" => $"what the use cost and {Number(price.MarkupPercent)} % of it{(price.FixedPerEvent is { } fixedFee ? $", and {Number(fixedFee)} {price.Asset} per event" : "")}",
            "matrix" => $"a price{per} by {string.Join(" and ", price.Dimensions ?? [])}",
            _ => Tiers(price, before, after, per),
        };
        return words
            + (price.FreeUnits is { } free ? $"; the first {Number(free)} {(price.Model == "cost_plus" ? "dollars of cost " : "")}of a period are free" : "")
            + (price.MaxPerPeriod is { } cap ? $"; a period costs at most {Number(cap)} {price.Asset}" : "");
    }

    private static string Tiers(PriceDefinition price, decimal before, decimal after, string per)
    {
        var tiers = price.Tiers ?? [];
        if (tiers.Count == 0)
        {
            return price.Model;
        }
        decimal free = price.FreeUnits ?? 0;
        int first = TierOf(tiers, Math.Max(0, before - free)), last = TierOf(tiers, Math.Max(0, after - free));
        // At a bound the next unit is the next tier's.
        if (first < last && tiers[first].UpTo == Math.Max(0, before - free))
        {
            first++;
        }
        string Words(int i)
        {
            var t = tiers[i];
            string rate = t.Percent is { } percent ? $"{Number(percent)} %" : t.UnitPrice is { } unit ? $"{Number(unit)} {price.Asset}{per}" : "";
            string flat = t.FlatPrice is { } fee ? $"{(rate.Length > 0 ? " and " : "")}{Number(fee)} {price.Asset} for the tier" : "";
            return $"tier {i + 1} ({(t.UpTo is { } bound ? $"to {Number(bound)}" : "everything beyond")}): {rate}{flat}";
        }
        string how = price.Model switch { "volume" => "all at the tier's price, ", "stairstep" => "the tier's price as a whole, ", _ => "" };
        return how + (first == last ? Words(first) : $"from {Words(first)} into {Words(last)}");
    }

    private static int TierOf(IReadOnlyList<PriceTier> tiers, decimal quantity)
    {
        int i = 0;
        while (i < tiers.Count - 1 && tiers[i].UpTo is { } bound && quantity > bound)
        {
            i++;
        }
        return i;
    }

    private static string Number(decimal? value) => value is { } known ? Quantity.Format(known) : "nothing";
}
