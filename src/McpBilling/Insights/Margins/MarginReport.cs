namespace McpBilling.Insights.Margins;

/// <summary>What the sums of a period mean: each customer with its part of socialized costs, how they are distributed, and which need to be looked at.</summary>
public sealed class MarginReport
{
    /// <summary>The longest report that has a row for each day; longer ones have one for each month.</summary>
    public const int MaxDays = 92;

    private readonly MarginFigures figures;

    public MarginReport(MarginFigures figures)
    {
        this.figures = figures;
        var reserved = figures.Customers.Where(c => !MarginKeys.IsCustomer(c.Key)).ToDictionary(c => c.Key, StringComparer.Ordinal);
        MarginSum Apart(string key) => reserved.GetValueOrDefault(key) ?? MarginSum.Nothing(key);
        (Internal, Unattributed, WrittenOff, Socialized) = (Apart(MarginKeys.Internal), Apart(MarginKeys.Unattributed), Apart(MarginKeys.WrittenOff), Apart(MarginKeys.Socialized));
        MarginSum[] own = [.. figures.Customers.Where(c => MarginKeys.IsCustomer(c.Key)).OrderBy(c => c.Key, StringComparer.Ordinal)];
        var parts = SocializedCosts.Spread(Socialized.Cost, [.. own.Select(c => c.Cost)]);
        IsSpread = parts is not null;
        Customers = parts is null
            ? [.. own.Select(c => new CustomerMargin(c, Dollars.Zero))]
            : [.. own.Zip(parts, (c, part) => new CustomerMargin(c with { Cost = c.Cost + part }, part))];
    }

    /// <summary>Everything of the workspace, whoever bears it.</summary>
    public MarginSum Total => figures.Total;

    /// <summary>The customers in the order of their ids; socialized costs are in what they cost.</summary>
    public IReadOnlyList<CustomerMargin> Customers { get; }

    public MarginSum Internal { get; }
    public MarginSum Unattributed { get; }
    public MarginSum WrittenOff { get; }
    public MarginSum Socialized { get; }

    /// <summary>Customers bear the socialized costs; false when none has a cost to go by.</summary>
    public bool IsSpread { get; }

    /// <summary>The customers' costs at so many of a hundred, by nearest rank; zero without customers.</summary>
    public IReadOnlyList<Dollars> CostAt(params ReadOnlySpan<int> percents) => At([.. Customers.Select(c => c.Sum.Cost).Order()], percents);

    /// <summary>The customers' margins at so many of a hundred, the least first.</summary>
    public IReadOnlyList<Dollars> MarginAt(params ReadOnlySpan<int> percents) => At([.. Customers.Select(c => c.Sum.Margin).Order()], percents);

    /// <summary>The twentieth of the customers that costs most, at least one; never one that costs nothing.</summary>
    public IReadOnlyList<CustomerMargin> TopByCost =>
        [.. Customers.Where(c => c.Sum.Cost > Dollars.Zero).OrderByDescending(c => c.Sum.Cost).ThenBy(c => c.Sum.Key, StringComparer.Ordinal).Take(Math.Max(1, Customers.Count / 20))];

    /// <summary>Every customer that costs more than it brings in, the greatest loss first.</summary>
    public IReadOnlyList<CustomerMargin> Negative =>
        [.. Customers.Where(c => c.Sum.Margin < Dollars.Zero).OrderBy(c => c.Sum.Margin).ThenBy(c => c.Sum.Key, StringComparer.Ordinal)];

    /// <summary>Some of the rows that were asked for, in order, and how many there are in all.</summary>
    /// <param name="from">Rows to leave out at the beginning.</param>
    public (IReadOnlyList<CustomerMargin> Page, int All) Rows(MarginGroup by, MarginOrder order, string? customerId, int from, int limit)
    {
        if (by != MarginGroup.Customer)
        {
            return ([.. figures.Rows.Order(order).Skip(from).Take(limit).Select(r => new CustomerMargin(r, Dollars.Zero))], figures.RowCount);
        }
        // Written-off and socialized costs are no row: they are told apart. Background work and what nobody owns are, so that the rows add up.
        List<CustomerMargin> rows =
        [
            .. Customers.Concat(new[] { Internal, Unattributed }.Where(r => r.Events + r.Charges > 0).Select(r => new CustomerMargin(r, Dollars.Zero))).Where(c => customerId is null || c.Sum.Key == customerId),
        ];
        return ([.. rows.OrderBy(r => r.Sum, order).Skip(from).Take(limit)], rows.Count);
    }

    private static Dollars[] At(Dollars[] sorted, ReadOnlySpan<int> percents)
    {
        var found = new Dollars[percents.Length];
        for (int i = 0; i < found.Length; i++)
        {
            found[i] = sorted.Length == 0 ? Dollars.Zero : Percentiles.NearestRank(sorted, percents[i]);
        }
        return found;
    }
}

/// <summary>A row, and what of its cost is its part of the socialized ones.</summary>
public sealed record CustomerMargin(MarginSum Sum, Dollars Socialized);
