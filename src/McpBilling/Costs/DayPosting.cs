using System.Collections.Immutable;

namespace McpBilling.Costs;

/// <summary>What one event adds to the sums of its day: told once, with everything that it is summed by (<see cref="Of"/>).</summary>
/// <param name="Day">From 1970 UTC.</param>
/// <param name="CustomerId">Whose the end user, the session and the task are.</param>
/// <param name="BorneBy">Whose sums it is added to.</param>
/// <param name="Feature">Empty: not said.</param>
/// <param name="Model">Empty: not said.</param>
/// <param name="Products">What each product earned of it; at least one, of an empty name where no product was said. A cost has one.</param>
public sealed record DayPosting(
    long Day, string CustomerId, string BorneBy, string? EndUser, string? Session, string? Task, string Feature, string Model, CostDaySum Sum, ImmutableArray<ProductShare> Products)
{
    /// <summary>Every dimension, in order.</summary>
    public static ImmutableArray<CostDimension> Dimensions { get; } = [.. Enum.GetValues<CostDimension>()];

    /// <summary>The keys of a dimension that it is added to, and what is added to each.</summary>
    public IEnumerable<(CostDayKey Key, CostDaySum Sum)> Of(CostDimension dimension) => dimension switch
    {
        CostDimension.All => [At(dimension, "")],
        CostDimension.Customer => [At(dimension, BorneBy)],
        CostDimension.EndUser => OfCustomer(dimension, EndUser),
        CostDimension.Session => OfCustomer(dimension, Session),
        CostDimension.Task => OfCustomer(dimension, Task),
        CostDimension.Feature => [At(dimension, Feature)],
        CostDimension.Model => [At(dimension, Model)],
        CostDimension.Product => Products.Select(p => (new CostDayKey(dimension, Day, p.Product), Sum with { Revenue = p.Revenue })),
        // Of a customer, an event is counted once, whatever it was charged for.
        CostDimension.OfCustomer => Products.Select((p, i) => (
            new CostDayKey(dimension, Day, new CustomerUse(BorneBy, Feature, Model, p.Product).Key), Sum with { Revenue = p.Revenue, Charges = i == 0 ? Sum.Charges : 0 })),
        _ => throw new ArgumentOutOfRangeException(nameof(dimension), dimension, null),
    };

    private (CostDayKey, CostDaySum) At(CostDimension dimension, string key) => (new(dimension, Day, key), Sum);

    private IEnumerable<(CostDayKey, CostDaySum)> OfCustomer(CostDimension dimension, string? value) => value is null ? [] : [At(dimension, CostDayKey.PrefixOf(CustomerId) + value)];
}

/// <summary>What a product earned of an event.</summary>
/// <param name="Revenue">US dollars.</param>
public readonly record struct ProductShare(string Product, decimal Revenue);

/// <summary>Sums of days, by what they are sums of.</summary>
public sealed class DaySums
{
    private readonly Dictionary<CostDayKey, CostDaySum> _sums = [];

    public IReadOnlyDictionary<CostDayKey, CostDaySum> All => _sums;

    public void Add(DayPosting posting)
    {
        foreach (var dimension in DayPosting.Dimensions)
        {
            foreach (var (key, sum) in posting.Of(dimension))
            {
                Add(key, sum);
            }
        }
    }

    public void Add(CostDayKey key, CostDaySum sum) => _sums[key] = _sums.GetValueOrDefault(key) + sum;
}
