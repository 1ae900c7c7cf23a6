using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using McpBilling.Bench.Contenders;
using McpBilling.Costs;
using McpBilling.Storage;

namespace McpBilling.Bench.Scenarios;

/// <summary>What one report took, from the sums of days over REST, and from all events by one statement on the same file.</summary>
internal sealed record MarginTime(string Report, TimeSpan First, TimeSpan Median, TimeSpan Worst, TimeSpan Scan);

/// <summary>Reports on a month of events, one at a time on a server that does nothing else, beside a scan of the events that they sum up.</summary>
internal static class MarginTimes
{
    // The event's key as the report has it; a scan needs no more than that, and the sums.
    private static readonly (string Report, string Key)[] Reports =
    [
        ("group_by=customer", "customer_id"), ("group_by=end_user", "customer_id || '/' || end_user"), ("group_by=session", "customer_id || '/' || session"),
        ("group_by=task", "customer_id || '/' || task"), ("group_by=feature", "feature"), ("group_by=model", "provider || '/' || model"), ("group_by=product", "product"), ("group_by=period", "day"),
    ];

    public static IEnumerable<MarginTime> Run(Product product, int rounds)
    {
        string days = string.Create(CultureInfo.InvariantCulture, $"from={MarginSeed.Start:yyyy-MM-dd}&to={MarginSeed.Start.AddDays(MarginSeed.Days):yyyy-MM-dd}");
        product.Get($"/v1/margins?{days}");
        foreach (var (report, key) in Reports)
        {
            var (times, answer) = Times(product, $"/v1/margins?{report}&{days}", rounds);
            var (scan, cost) = Scan(product.File, key);
            string reported = answer.GetProperty("totals").GetProperty("cost").GetString()!;
            if (reported != cost)
            {
                throw new InvalidOperationException($"{report} says {reported}, the scan {cost}");
            }
            yield return Of(report, times, scan);
        }
        foreach (string report in (string[])["group_by=model&on_model=openai/gpt-4o-mini", "group_by=feature&customer_id=customer-00003"])
        {
            yield return Of(report, Times(product, $"/v1/margins?{report}&{days}", rounds).Times, TimeSpan.Zero);
        }
        yield return Of("margins/report", Times(product, $"/v1/margins/report?{days}", rounds).Times, TimeSpan.Zero);
    }

    private static MarginTime Of(string report, List<TimeSpan> times, TimeSpan scan) =>
        new(report, times[0], TimeSpan.FromMilliseconds(Median.Of(times.Skip(1).Select(t => t.TotalMilliseconds))), times.Skip(1).Max(), scan);

    private static (List<TimeSpan> Times, JsonElement Answer) Times(Product product, string path, int rounds)
    {
        var times = new List<TimeSpan>();
        string answer = "";
        for (int i = 0; i <= rounds; i++)
        {
            long started = Stopwatch.GetTimestamp();
            answer = product.Get(path);
            times.Add(Stopwatch.GetElapsedTime(started));
        }
        return (times, JsonElement.Parse(answer));
    }

    /// <summary>Reads every event once, as a report without sums would have to.</summary>
    private static (TimeSpan Time, string Cost) Scan(string path, string key)
    {
        using var connection = DataFile.Locate(path, _ => null).OpenReader();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // One of the constants above.
        command.CommandText = $"SELECT {key}, COUNT(*), SUM(cost_whole), SUM(cost_part) FROM cost_event NOT INDEXED WHERE workspace_id = 1 GROUP BY 1";
#pragma warning restore CA2100
        long started = Stopwatch.GetTimestamp();
        decimal cost = 0;
        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            cost += CostMoney.Join(rows.GetInt64(2), rows.GetInt64(3));
        }
        return (Stopwatch.GetElapsedTime(started), CostMoney.Format(cost));
    }
}
