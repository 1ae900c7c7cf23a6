using McpBilling.Money;

namespace McpBilling.Insights.Margins;

/// <summary>Puts one model's prices on what was used: the same quantities, each hour at the prices of that hour.</summary>
/// <param name="model">As <c>provider/model</c>.</param>
/// <param name="rates">The model's prices at an hour, by kind; a kind that it has none for is not in it.</param>
public sealed class OtherModel(string model, Func<int, bool, IReadOnlySet<string>, IReadOnlyDictionary<string, (decimal Rate, decimal Per)>> rates)
{
    public OtherModelCost Cost(IReadOnlyList<UsedQuantity> used)
    {
        Dollars cost = Dollars.Zero, actual = Dollars.Zero;
        var unknown = new SortedDictionary<string, (decimal Quantity, Dollars Cost)>(StringComparer.Ordinal);
        foreach (var hour in used.GroupBy(u => (u.Hour, u.Batch)))
        {
            var found = rates(hour.Key.Hour, hour.Key.Batch, hour.Select(u => u.Kind).ToHashSet(StringComparer.Ordinal));
            foreach (var use in hour)
            {
                if (found.TryGetValue(use.Kind, out var price))
                {
                    cost += Dollars.From((Exact.From(use.Quantity) * price.Rate / price.Per).ToDecimal(Dollars.Decimals));
                    actual += use.Cost;
                }
                else
                {
                    var before = unknown.GetValueOrDefault(use.Kind);
                    unknown[use.Kind] = (before.Quantity + use.Quantity, before.Cost + use.Cost);
                }
            }
        }
        return new OtherModelCost
        {
            Model = model,
            Cost = cost.ToString(),
            Actual = actual.ToString(),
            Difference = (cost - actual).ToString(),
            WithoutPrice = [.. unknown.Select(u => new KindWithoutPrice { Kind = u.Key, Quantity = Quantity.Format(u.Value.Quantity), Actual = u.Value.Cost.ToString() })],
        };
    }
}
