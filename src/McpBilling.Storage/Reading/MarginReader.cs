using System.Text;
using Dapper;
using McpBilling.Costs;
using McpBilling.Insights.Margins;

namespace McpBilling.Storage.Reading;

/// <summary>
/// Adds up the sums of days. Statement by statement rather than through Dapper, and grouped here rather than by SQL: a month of many customers is some hundred
/// thousand rows in the order of their days, which SQLite would sort by key first.
/// </summary>
internal sealed class MarginReader(PooledReader reader, WorkspaceRecord workspace, CancellationToken cancellation)
{
    // Most rows of costs have neither charges nor gaps, and each column that is fetched costs time: whether there is more to fetch is the fifth.
    private const string Figures =
        """
        key, events, cost_whole, cost_part, unpriced | incomplete | no_usage | charges | revenue_whole | revenue_part,
        unpriced, incomplete, no_usage, charges, revenue_whole, revenue_part
        """;

    public MarginFigures? Read(MarginQuestion question)
    {
        var recorded = Recorded(question.Days);
        var customers = Sums(CostDimension.Customer, recorded);
        if (question.CustomerId is { } id && reader.Ledger.Customer(workspace, id) is null)
        {
            return null;
        }
        return new MarginFigures
        {
            Recorded = recorded,
            Total = Sums(CostDimension.All, recorded) is [var all, ..] ? all : MarginSum.Nothing(""),
            Customers = customers,
            Rows = Rows(question, recorded, customers),
            Quantities = question.Quantities ? Quantities(recorded) : [],
            SharedContexts = question.ShareCacheWrites && recorded is { } shared ? new SharedContextReader(reader, workspace).Read(shared) : [],
            ModelDays = question.ModelDays ? ModelDays(recorded) : [],
            Prices = workspace.Prices,
        };
    }

    private DayRange? Recorded(DayRange days)
    {
        var found = reader.Connection.QuerySingle<(long? First, long? Last)>(
            "SELECT MIN(day), MAX(day) FROM cost_day WHERE workspace_id = @ws AND dimension = 0 AND day >= @from AND day < @to", new { ws = workspace.Key, from = days.From, to = days.To });
        return found is { First: { } first, Last: { } last } ? new((int)first, (int)last + 1) : null;
    }

    private IReadOnlyList<MarginSum> Rows(MarginQuestion question, DayRange? recorded, IReadOnlyList<MarginSum> customers) => (question.By, question.CustomerId) switch
    {
        (null, _) => [],
        (MarginGroup.Customer, _) => customers,
        (MarginGroup.Period, null) => ByPeriod(Days(CostDimension.All, "", recorded), recorded),
        (MarginGroup.Period, { } id) => ByPeriod(Days(CostDimension.Customer, id, recorded), recorded),
        (MarginGroup.EndUser or MarginGroup.Session or MarginGroup.Task, null) => OfCustomers(Sums(DimensionOf(question.By.Value), recorded)),
        (MarginGroup.EndUser or MarginGroup.Session or MarginGroup.Task, { } id) => OfCustomers(SumsOf(id, DimensionOf(question.By.Value), recorded)),
        ({ } by, null) => Sums(DimensionOf(by), recorded),
        ({ } by, { } id) => OfUses(SumsOf(id, CostDimension.OfCustomer, recorded), DimensionOf(by)),
    };

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

    private IReadOnlyList<MarginSum> Sums(CostDimension dimension, DayRange? recorded)
    {
        if (recorded is not { } days)
        {
            return [];
        }
        using var rows = Statement($"SELECT {Figures} FROM cost_day WHERE workspace_id = ? AND dimension = ? AND day >= ? AND day < ?");
        rows.Bind(1, workspace.Key).Bind(2, (long)dimension).Bind(3, days.From).Bind(4, days.To);
        var sums = new MarginSums();
        while (rows.Next())
        {
            cancellation.ThrowIfCancellationRequested();
            sums.Add(rows);
        }
        return sums.List();
    }

    // The keys of one customer lie together on each day.
    private IReadOnlyList<MarginSum> SumsOf(string customerId, CostDimension dimension, DayRange? recorded)
    {
        string prefix = CostDayKey.PrefixOf(customerId);
        var sums = new MarginSums();
        using var rows = Statement($"SELECT {Figures} FROM cost_day WHERE workspace_id = ? AND dimension = ? AND day = ? AND key >= ? AND key < ?");
        for (int day = recorded?.From ?? 0; day < (recorded?.To ?? 0); day++)
        {
            cancellation.ThrowIfCancellationRequested();
            rows.Bind(1, workspace.Key).Bind(2, (long)dimension).Bind(3, day).Bind(4, prefix).Bind(5, prefix[..^1] + "\v");
            while (rows.Next())
            {
                sums.Add(rows);
            }
        }
        return sums.List();
    }

    private List<(int Day, MarginSum Sum)> Days(CostDimension dimension, string key, DayRange? recorded)
    {
        var found = new List<(int, MarginSum)>();
        using var rows = Statement($"SELECT {Figures} FROM cost_day WHERE workspace_id = ? AND dimension = ? AND day = ? AND key = ?");
        for (int day = recorded?.From ?? 0; day < (recorded?.To ?? 0); day++)
        {
            cancellation.ThrowIfCancellationRequested();
            rows.Bind(1, workspace.Key).Bind(2, (long)dimension).Bind(3, day).Bind(4, key);
            while (rows.Next())
            {
                found.Add((day, MarginSums.Read(rows, key)));
            }
        }
        return found;
    }

    private static IReadOnlyList<MarginSum> ByPeriod(List<(int Day, MarginSum Sum)> days, DayRange? recorded)
    {
        string Key(int day) => recorded is { Count: > MarginReport.MaxDays } ? DayRange.Text(day)[..7] : DayRange.Text(day);
        return [.. days.GroupBy(d => Key(d.Day), StringComparer.Ordinal).Select(g => g.Aggregate(MarginSum.Nothing(g.Key), (sum, d) => sum + d.Sum))];
    }

    private static IReadOnlyList<MarginSum> OfCustomers(IReadOnlyList<MarginSum> sums) =>
        [.. sums.Select(s => s.Key.IndexOf('\n', StringComparison.Ordinal) is var at && at >= 0 ? s with { Key = s.Key[(at + 1)..], CustomerId = s.Key[..at] } : s)];

    private static IReadOnlyList<MarginSum> OfUses(IReadOnlyList<MarginSum> sums, CostDimension by) =>
        [.. sums.GroupBy(s => CustomerUse.Parse(s.Key).By(by), StringComparer.Ordinal).Select(g => g.Aggregate(MarginSum.Nothing(g.Key), (sum, s) => sum + s))];

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
        return found;
    }

    private SqliteStatement Statement(string sql) => new(reader.Connection.Handle!, sql);
}

/// <summary>Sums by key, as rows of <c>cost_day</c> come in.</summary>
internal sealed class MarginSums
{
    private readonly Dictionary<string, Sum> _sums = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Sum>.AlternateLookup<ReadOnlySpan<char>> _byChars;
    private char[] _key = new char[512];

    public MarginSums() => _byChars = _sums.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Adds a row whose columns begin with the key; a key that is known costs no allocation.</summary>
    public void Add(SqliteStatement row)
    {
        var utf8 = row.Utf8(0);
        if (utf8.Length > _key.Length)
        {
            _key = new char[utf8.Length];
        }
        var key = _key.AsSpan(0, Encoding.UTF8.GetChars(utf8, _key));
        if (!_byChars.TryGetValue(key, out var sum))
        {
            _byChars[key] = sum = new Sum();
        }
        sum.Add(row);
    }

    public IReadOnlyList<MarginSum> List() => [.. _sums.Select(s => s.Value.Of(s.Key))];

    public static MarginSum Read(SqliteStatement row, string key)
    {
        var sum = new Sum();
        sum.Add(row);
        return sum.Of(key);
    }

    // The two integers of a dollar amount are added apart: one wide number a row would be slower.
    private sealed class Sum
    {
        private long _events, _unpriced, _incomplete, _noUsage, _charges, _costWhole, _costPart, _revenueWhole, _revenuePart;

        public void Add(SqliteStatement row)
        {
            _events += row.Long(1);
            checked
            {
                _costWhole += row.Long(2);
                _costPart += row.Long(3);
            }
            if (row.Long(4) == 0)
            {
                return;
            }
            _unpriced += row.Long(5);
            _incomplete += row.Long(6);
            _noUsage += row.Long(7);
            _charges += row.Long(8);
            checked
            {
                _revenueWhole += row.Long(9);
                _revenuePart += row.Long(10);
            }
        }

        public MarginSum Of(string key) => new(
            key, null, _events, _unpriced, _incomplete, _noUsage, Dollars.From(_costWhole, _costPart), _charges, Dollars.From(_revenueWhole, _revenuePart));
    }
}
