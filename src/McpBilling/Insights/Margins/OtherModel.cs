using McpBilling.Costs;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Insights.Margins;

/// <summary>Puts one model's prices on what was used: the same quantities, each hour at the prices of that hour.</summary>
/// <param name="model">As <c>provider/model</c>.</param>
/// <param name="rates">The model's prices at an hour, by kind; a kind that it has none for is not in it.</param>
public sealed class OtherModel(string model, Func<int, bool, IReadOnlySet<string>, IReadOnlyDictionary<string, (decimal Rate, decimal Per)>> rates)
{
    /// <summary>A model of the price book.</summary>
    /// <param name="name">As <c>provider/model</c>.</param>
    /// <exception cref="BillingException"><c>invalid_request</c>: there is no price of it.</exception>
    public static OtherModel In(PriceBook prices, string name)
    {
        string[] parts = name.Split('/', 2);
        if (parts.Length < 2 || parts[0].Length == 0 || parts[1].Length == 0)
        {
            throw new BillingException(ErrorCode.InvalidRequest, $"on_model is {WalletSession.Shown(name)}: it must be provider/model, such as openai/gpt-4o.", "on_model");
        }
        if (prices.RowsOf(parts[0], parts[1]).Count == 0)
        {
            var known = prices.ShippedRows.Concat(prices.OwnRows).Select(r => $"{r.Provider}/{r.Model}").Distinct(StringComparer.Ordinal);
            throw new BillingException(
                ErrorCode.InvalidRequest, $"on_model is {WalletSession.Shown(name)}, of which no price is known. {NearestName.Hint(name, known) ?? "list_model_prices shows the models that have one."}", "on_model");
        }
        return new(name, (hour, batch, kinds) => Rates(prices, parts[0], parts[1], hour, batch, kinds));
    }

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

    // One of each kind: so little is below every threshold of long contexts.
    private static Dictionary<string, (decimal Rate, decimal Per)> Rates(PriceBook prices, string provider, string model, int hour, bool batch, IReadOnlySet<string> kinds)
    {
        var one = new UsageReading { Uses = [.. kinds.Select(k => new MeteredUse(k, 1))], Context = new PriceContext { Batch = batch } };
        return prices.Price(provider, model, new Instant(hour * 3_600_000_000L), one).Lines.Where(l => l.Rate is not null)
            .ToDictionary(l => l.Kind, l => (l.Rate!.Value, l.Per), StringComparer.Ordinal);
    }
}
