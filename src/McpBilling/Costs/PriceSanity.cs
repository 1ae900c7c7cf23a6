using McpBilling.Money;

namespace McpBilling.Costs;

/// <summary>
/// Rates that cannot be meant. Price lists slip by a thousand or a million when a price per token, per thousand and per million are taken for each other, so a
/// rate that far from its neighbours is refused: those of the same row, and that of the same kind in the row before.
/// </summary>
public static class PriceSanity
{
    /// <summary>How many times off its neighbours a rate is refused.</summary>
    public const decimal Factor = 1000;

    /// <summary>US dollars: no model costs more for a million tokens, no tool for a thousand calls.</summary>
    public const decimal Most = 10_000;

    /// <summary>US dollars for a million tokens: whatever is not free costs more. A price per token, taken for one per million, is below.</summary>
    public const decimal Least = 0.0001m;

    /// <summary>What is wrong with a rate of the row, each with its kind; empty when nothing is.</summary>
    /// <param name="before">Rates of the row that it follows.</param>
    public static IEnumerable<(string Kind, string Message)> Check(IReadOnlyDictionary<string, decimal> rates, IReadOnlyDictionary<string, decimal>? before = null)
    {
        foreach (var (kind, rate) in rates.OrderBy(r => CostKinds.Order(r.Key)))
        {
            if (Problem(kind, rate, rates, before) is { } message)
            {
                yield return (kind, message);
            }
        }
        if (rates.GetValueOrDefault(CostKinds.Output, 1) == 0 && rates.GetValueOrDefault(CostKinds.Input) > 0)
        {
            yield return (CostKinds.Output, "is 0 while input is not; leave it out where a model has no output");
        }
        if (rates.GetValueOrDefault(CostKinds.Input, 1) == 0 && rates.GetValueOrDefault(CostKinds.Output) > 0)
        {
            yield return (CostKinds.Input, "is 0 while output is not");
        }
    }

    private static string? Problem(string kind, decimal rate, IReadOnlyDictionary<string, decimal> rates, IReadOnlyDictionary<string, decimal>? before)
    {
        if (!CostKinds.IsKind(kind))
        {
            return $"is no kind; kinds are {string.Join(", ", CostKinds.All)}";
        }
        if (rate < 0)
        {
            return $"is {Shown(rate)}: a rate is not negative";
        }
        if (rate.Scale > Quantity.MaxDecimals)
        {
            return $"is {Shown(rate)}: a rate has at most {Quantity.MaxDecimals} digits after the point";
        }
        if (rate > Most || (rate > 0 && rate < Least && CostKinds.IsToken(kind)))
        {
            return $"is {Shown(rate)}: a rate is in US dollars for {Shown(CostKinds.Per(kind))}, from {Shown(Least)} to {Shown(Most)}";
        }
        if (before is not null && before.TryGetValue(kind, out decimal earlier) && IsFarOff(rate, earlier))
        {
            return $"is {Shown(rate)}, {Shown(Factor)} times or more off the {Shown(earlier)} of the row before";
        }
        // Next to tokens of other kinds: those of one model are never so far apart.
        var far = CostKinds.IsToken(kind) ? rates.Where(r => r.Key != kind && CostKinds.IsToken(r.Key) && IsFarOff(rate, r.Value)).ToList() : [];
        int others = rates.Count(r => r.Key != kind && CostKinds.IsToken(r.Key) && r.Value > 0);
        // Of two that disagree either may be wrong; of three, the one that is off two.
        return far.Count > 0 && far.Count * 2 >= others ? $"is {Shown(rate)}, {Shown(Factor)} times or more off {far[0].Key} with {Shown(far[0].Value)}" : null;
    }

    private static bool IsFarOff(decimal a, decimal b) => a > 0 && b > 0 && (a >= b * Factor || b >= a * Factor);

    private static string Shown(decimal value) => Quantity.Format(value);
}
