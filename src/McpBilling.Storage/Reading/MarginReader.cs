using Dapper;
using McpBilling.Costs;
using McpBilling.Insights.Margins;
using McpBilling.Storage.Sums;

namespace McpBilling.Storage.Reading;

/// <summary>
/// Adds up the sums of days. Statement by statement rather than through Dapper, and grouped here rather than by SQL: a month of many customers is some hundred
/// thousand rows in the order of their days, which SQLite would sort by key first.
/// </summary>
/// <param name="second">Another connection in the same snapshot, so that customers and rows are added up at once; null: one after the other.</param>
internal sealed class MarginReader(PooledReader reader, PooledReader? second, WorkspaceRecord workspace, CancellationToken cancellation)
{
    // Most rows of costs have neither charges nor gaps, and each column that is fetched costs time: whether there is more to fetch is the fifth.
    private const string Columns =
        """
        key, events, cost_whole, cost_part, unpriced | incomplete | no_usage | charges | revenue_whole | revenue_part,
        unpriced, incomplete, no_usage, charges, revenue_whole, revenue_part
        """;

    // What is in no row of cost_day yet.
    private readonly PendingPostings _pending = PendingPostings.Read(reader.Connection, workspace.Key);

    public MarginFigures? Read(MarginQuestion question)
    {
        var recorded = Recorded(question.Days);
        if (question.CustomerId is { } id && reader.Ledger.Customer(workspace, id) is null)
        {
            return null;
        }
        var customers = second is { } other ? Task.Run(() => Customers(other, recorded), CancellationToken.None) : Task.FromResult(Customers(reader, recorded));
        try
        {
            return Figures(question, recorded, customers);
        }
        finally
        {
            // Before the connection goes to somebody else, whatever became of the rest.
            ((IAsyncResult)customers).AsyncWaitHandle.WaitOne();
        }
    }

    private MarginFigures Figures(MarginQuestion question, DayRange? recorded, Task<List<MarginSum>> customers)
    {
        var (rows, count) = Rows(question, recorded, customers);
        return new MarginFigures
        {
            Recorded = recorded,
            Total = List(Sums(reader, CostDimension.All, recorded)) is [var all, ..] ? all : MarginSum.Nothing(""),
            Rows = rows,
            RowCount = count,
            Quantities = question.Quantities ? Quantities(recorded) : [],
            SharedContexts = question.ShareCacheWrites && recorded is { } shared ? new SharedContextReader(reader, workspace).Read(shared) : [],
            ModelDays = question.ModelDays ? ModelDays(recorded) : [],
            Customers = customers.GetAwaiter().GetResult(),
            Prices = workspace.Prices,
        };
    }

    private List<MarginSum> Customers(PooledReader by, DayRange? recorded) => List(Sums(by, CostDimension.Customer, recorded));

    private DayRange? Recorded(DayRange days)
    {
        var found = reader.Connection.QuerySingle<(long? First, long? Last)>(
            "SELECT MIN(day), MAX(day) FROM cost_day WHERE workspace_id = @ws AND dimension = 0 AND day >= @from AND day < @to", new { ws = workspace.Key, from = days.From, to = days.To });
        long[] all = [.. ((long?[])[found.First, found.Last]).OfType<long>(), .. Pending(CostDimension.All, days).Select(s => s.Key.Day)];
        return all.Length > 0 ? new((int)all.Min(), (int)all.Max() + 1) : null;
    }

    private (IReadOnlyList<MarginSum> Rows, int Count) Rows(MarginQuestion question, DayRange? recorded, Task<List<MarginSum>> customers)
    {
        return (question.By, question.CustomerId) switch
        {
            (null, _) => ([], 0),
            (MarginGroup.Customer, _) => All(customers.GetAwaiter().GetResult()),
            (MarginGroup.Period, null) => All(ByPeriod(Days(CostDimension.All, "", recorded), recorded)),
            (MarginGroup.Period, { } id) => All(ByPeriod(Days(CostDimension.Customer, id, recorded), recorded)),
            (MarginGroup.EndUser or MarginGroup.Session or MarginGroup.Task, { } id) => First(SumsOf(id, DimensionOf(question.By.Value), recorded)),
            ({ } by, null) => First(Sums(reader, DimensionOf(by), recorded)),
            ({ } by, { } id) => All(OfUses(SumsOf(id, CostDimension.OfCustomer, recorded), DimensionOf(by))),
        };

        static (IReadOnlyList<MarginSum>, int) All(IReadOnlyList<MarginSum> rows) => (rows, rows.Count);

        (IReadOnlyList<MarginSum>, int) First(MarginSums sums)
        {
            using (sums)
            {
                return (sums.First(question.First, question.Order), sums.Count);
            }
        }
    }

    private static CostDimension DimensionOf(MarginGroup group) => group switch
    {
        MarginGroup.Customer => CostDimension.Customer,
        MarginGroup.EndUser => CostDimension.EndUser,
        MarginGroup.Session => CostDimension.Session,
        MarginGroup.Task => CostDimension.Task,
        MarginGroup.Feature => CostDimension.Feature,
        MarginGroup.Model => CostDimension.Model,
        MarginGroup.Product => CostDimension.Product,
        _ => throw new ArgumentOutOfRangeException(nameof(group), group, null),
    };

    private static List<MarginSum> List(MarginSums sums)
    {
        using (sums)
        {
            return [.. sums.Select()];
        }
    }

    private MarginSums Sums(PooledReader by, CostDimension dimension, DayRange? recorded)
    {
        var sums = new MarginSums(dimension);
        if (recorded is not { } days)
        {
            return sums;
        }
        using var rows = by.Connection.Statement($"SELECT {Columns} FROM cost_day WHERE workspace_id = ? AND dimension = ? AND day >= ? AND day < ?");
        rows.Bind(1, workspace.Key).Bind(2, (long)dimension).Bind(3, days.From).Bind(4, days.To);
        while (rows.Next())
        {
            cancellation.ThrowIfCancellationRequested();
            sums.Add(rows);
        }
        foreach (var (key, sum) in Pending(dimension, days))
        {
            sums.Add(key.Key, sum);
        }
        return sums;
    }

    private IEnumerable<(CostDayKey Key, CostDaySum Sum)> Pending(CostDimension dimension, DayRange? recorded) =>
        recorded is { } days ? _pending.Of(dimension).Where(s => s.Key.Day >= days.From && s.Key.Day < days.To) : [];

    // The keys of one customer lie together on each day.
    private MarginSums SumsOf(string customerId, CostDimension dimension, DayRange? recorded)
    {
        string prefix = CostDayKey.PrefixOf(customerId);
        var sums = new MarginSums(dimension);
        using var rows = Statement($"SELECT {Columns} FROM cost_day WHERE workspace_id = ? AND dimension = ? AND day = ? AND key >= ? AND key < ?");
        foreach (var row in OfDays(recorded, day => rows.Bind(1, workspace.Key).Bind(2, (long)dimension).Bind(3, day).Bind(4, prefix).Bind(5, prefix[..^1] + "\v")))
        {
            sums.Add(row.Rows);
        }
        foreach (var (key, sum) in Pending(dimension, recorded).Where(s => s.Key.Key.StartsWith(prefix, StringComparison.Ordinal)))
        {
            sums.Add(key.Key, sum);
        }
        return sums;
    }

    private List<(int Day, MarginSum Sum)> Days(CostDimension dimension, string key, DayRange? recorded)
    {
        var found = new List<(int, MarginSum)>();
        using var rows = Statement($"SELECT {Columns} FROM cost_day WHERE workspace_id = ? AND dimension = ? AND day = ? AND key = ?");
        foreach (var row in OfDays(recorded, day => rows.Bind(1, workspace.Key).Bind(2, (long)dimension).Bind(3, day).Bind(4, key)))
        {
            found.Add((row.Day, MarginSums.Read(row.Rows, key)));
        }
        found.AddRange(Pending(dimension, recorded).Where(s => s.Key.Key == key).Select(s => ((int)s.Key.Day, MarginSums.Read(s.Sum, key))));
        return found;
    }

    // A question for each day, all of them together; the statement at each of their rows.
    private IEnumerable<(int Day, Statement Rows)> OfDays(DayRange? recorded, Func<int, Statement> bind)
    {
        var days = Enumerable.Range(recorded?.From ?? 0, recorded?.Count ?? 0).ToList();
        days.ForEach(day => bind(day).Expect());
        foreach (int day in days)
        {
            cancellation.ThrowIfCancellationRequested();
            var rows = bind(day);
            while (rows.Next())
            {
                yield return (day, rows);
            }
        }
    }

    private static IReadOnlyList<MarginSum> ByPeriod(List<(int Day, MarginSum Sum)> days, DayRange? recorded)
    {
        string Key(int day) => recorded is { Count: > MarginReport.MaxDays } ? DayRange.Text(day)[..7] : DayRange.Text(day);
        return [.. days.GroupBy(d => Key(d.Day), StringComparer.Ordinal).Select(g => g.Aggregate(MarginSum.Nothing(g.Key), (sum, d) => sum + d.Sum))];
    }

    private static IReadOnlyList<MarginSum> OfUses(MarginSums sums, CostDimension by) =>
        [.. List(sums).GroupBy(s => CustomerUse.Parse(s.Key).By(by), StringComparer.Ordinal).Select(g => g.Aggregate(MarginSum.Nothing(g.Key), (sum, s) => sum + s))];

    private IReadOnlyList<UsedQuantity> Quantities(DayRange? recorded)
    {
        if (recorded is not { } days)
        {
            return [];
        }
        var sums = new Dictionary<(long Hour, string Kind, bool Batch), (decimal Quantity, Dollars Cost)>();
        using var rows = Statement(
            "SELECT hour, kind, batch, quantity_whole, quantity_part, cost_whole, cost_part FROM cost_line_hour WHERE workspace_id = ? AND hour >= ? AND hour < ?");
        rows.Bind(1, workspace.Key).Bind(2, days.From * 24L).Bind(3, days.To * 24L);
        while (rows.Next())
        {
            cancellation.ThrowIfCancellationRequested();
            var at = (rows.Long(0), rows.Text(1), rows.Long(2) != 0);
            var sum = sums.GetValueOrDefault(at);
            sums[at] = (sum.Quantity + rows.Long(3) + rows.Long(4) / 1_000_000_000m, sum.Cost + Dollars.From(rows.Long(5), rows.Long(6)));
        }
        return [.. sums.Where(s => s.Value.Quantity > 0).Select(s => new UsedQuantity((int)s.Key.Hour, s.Key.Kind, s.Key.Batch, s.Value.Quantity, s.Value.Cost))];
    }

    private List<ModelDay> ModelDays(DayRange? recorded)
    {
        if (recorded is not { } days)
        {
            return [];
        }
        var found = new List<ModelDay>();
        using var rows = Statement("SELECT day, key, cost_whole, cost_part FROM cost_day WHERE workspace_id = ? AND dimension = ? AND day >= ? AND day < ?");
        rows.Bind(1, workspace.Key).Bind(2, (long)CostDimension.Model).Bind(3, days.From).Bind(4, days.To);
        while (rows.Next())
        {
            found.Add(new ModelDay((int)rows.Long(0), rows.Text(1), Dollars.From(rows.Long(2), rows.Long(3))));
        }
        found.AddRange(Pending(CostDimension.Model, days).Select(s => new ModelDay((int)s.Key.Day, s.Key.Key, Dollars.From(s.Sum.Cost))));
        return found;
    }

    private Statement Statement(string sql) => reader.Connection.Statement(sql);
}
