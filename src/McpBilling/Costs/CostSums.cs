using McpBilling.Customers;

namespace McpBilling.Costs;

/// <summary>By what a day's costs and earnings are summed. The numbers are stored.</summary>
public enum CostDimension
{
    All = 0,
    Customer = 1,
    EndUser = 2,
    Session = 3,
    Task = 4,
    Feature = 5,
    Model = 6,
    Product = 7,

    /// <summary>A customer's features, models and products, together (<see cref="CustomerUse"/>): one row for all three, so that an event changes no more than that.</summary>
    OfCustomer = 8,
}

/// <param name="Day">From 1970 UTC.</param>
/// <param name="Key">Empty: not said.</param>
public readonly record struct CostDayKey(CostDimension Dimension, long Day, string Key)
{
    /// <summary>With what the keys of a customer's end users, sessions, tasks and uses begin.</summary>
    public static string PrefixOf(string customerId) => customerId + "\n";
}

/// <summary>For what a customer cost something, as the key of a sum has it. An empty text: not said.</summary>
public readonly record struct CustomerUse(string CustomerId, string Feature, string Model, string Product)
{
    public string Key => CostDayKey.PrefixOf(CustomerId) + Feature + "\n" + Model + "\n" + Product;

    public static CustomerUse Parse(string key) => key.Split('\n') is [var customer, var feature, var model, var product]
        ? new(customer, feature, model, product) : throw new FormatException($"no use of a customer: {key}");

    /// <summary>Its part by which it may be summed.</summary>
    public string By(CostDimension dimension) => dimension switch
    {
        CostDimension.Feature => Feature,
        CostDimension.Model => Model,
        CostDimension.Product => Product,
        _ => throw new ArgumentOutOfRangeException(nameof(dimension), dimension, null),
    };
}

/// <summary>What is added to a day's sum.</summary>
/// <param name="Cost">US dollars.</param>
/// <param name="Charges">Usage events that were charged.</param>
/// <param name="Revenue">What they earned, US dollars.</param>
public readonly record struct CostDaySum(long Events, long Unpriced, long Incomplete, long NoUsage, decimal Cost, long Charges, decimal Revenue)
{
    public static CostDaySum operator +(CostDaySum a, CostDaySum b) => new(
        a.Events + b.Events, a.Unpriced + b.Unpriced, a.Incomplete + b.Incomplete, a.NoUsage + b.NoUsage, a.Cost + b.Cost, a.Charges + b.Charges, a.Revenue + b.Revenue);
}

/// <param name="Hour">From 1970 UTC.</param>
public readonly record struct CostHourKey(long Hour, string Provider, string Model, string Kind, bool Batch);

/// <summary>What is added to an hour's sum of one kind.</summary>
public readonly record struct CostHourSum(long Events, decimal Quantity, decimal Cost)
{
    public static CostHourSum operator +(CostHourSum a, CostHourSum b) => new(a.Events + b.Events, a.Quantity + b.Quantity, a.Cost + b.Cost);
}

/// <summary>What events add to the sums that reports are made of: the same whether they are added as they come or all anew.</summary>
/// <param name="post">Takes what each adds to the sums of its day.</param>
public sealed class CostSums(Action<DayPosting> post)
{
    private readonly Dictionary<CostHourKey, CostHourSum> _hours = [];

    public IReadOnlyDictionary<CostHourKey, CostHourSum> Hours => _hours;

    /// <summary>An event.</summary>
    /// <param name="product">What the usage that it came with was charged for.</param>
    public void Add(CostEvent e, string customerId, string? product)
    {
        Post(e, customerId, product, Count(e.Cost, 1) with { Cost = e.Cost.Amount ?? 0 });
        AddLines(e, e.Cost, 1);
    }

    /// <summary>Another price for an event.</summary>
    /// <param name="before">Its cost until now.</param>
    public void Add(CostEvent e, string customerId, string? product, PricedCost before, CostAdjustment adjustment)
    {
        Post(e, customerId, product, Count(before, -1) + Count(adjustment.Cost, 1) with { Cost = adjustment.Delta });
        AddLines(e, before, -1);
        AddLines(e, adjustment.Cost, 1);
    }

    /// <summary>What usage earned.</summary>
    /// <param name="model">What it cost was of; null: not told.</param>
    /// <param name="charges">1 for an event that was charged, 0 for what changed later, such as a reversal.</param>
    /// <param name="products">What it was charged for, and how much of the dollars each earned.</param>
    public void AddRevenue(
        long day, string customerId, Subject? subject, string? feature, string? model, long charges, decimal dollars, IReadOnlyCollection<KeyValuePair<string, decimal>> products) =>
        post(new DayPosting(
            day, customerId, customerId, subject?.EndUser, subject?.Session, subject?.Task, feature ?? "", model ?? "", new CostDaySum(0, 0, 0, 0, 0, charges, dollars),
            products.Count == 0 ? [new ProductShare("", dollars)] : [.. products.Select(p => new ProductShare(p.Key, p.Value))]));

    /// <summary>What a provider billed beyond what was recorded of a day (below zero: short of it). Nobody said whose it is; hours and events are none of it.</summary>
    public void Add(Reconciliation.ProviderAdjustment adjustment) =>
        post(new DayPosting(
            adjustment.Day, CostEvent.Unattributed, CostEvent.Unattributed, null, null, null, "", adjustment.ModelKey, new CostDaySum(0, 0, 0, 0, adjustment.Amount, 0, 0), [new ProductShare("", 0)]));

    private static CostDaySum Count(PricedCost cost, int n) => new(
        n, cost.Status == CostStatus.Unpriced ? n : 0, cost.Status == CostStatus.Incomplete ? n : 0, cost.Status == CostStatus.NoUsage ? n : 0, 0, 0, 0);

    private void Post(CostEvent e, string customerId, string? product, CostDaySum sum) =>
        post(new DayPosting(
            e.Day, customerId, e.BorneBy(customerId), e.Subject?.EndUser, e.Subject?.Session, e.Subject?.Task, e.Feature ?? "", e.ModelKey, sum, [new ProductShare(product ?? "", 0)]));

    private void AddLines(CostEvent e, PricedCost cost, int sign)
    {
        long hour = CostEvent.HourOf(e.RequestedAt);
        foreach (var line in cost.Lines)
        {
            var at = new CostHourKey(hour, e.Provider, line.Model ?? e.Model, line.Kind, e.Context.Batch);
            _hours[at] = _hours.GetValueOrDefault(at) + new CostHourSum(sign, sign * line.Quantity, sign * (line.Amount ?? 0));
        }
    }
}
