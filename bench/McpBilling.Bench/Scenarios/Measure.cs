using McpBilling.Bench.Contenders;
using McpBilling.Bench.Load;

namespace McpBilling.Bench.Scenarios;

/// <summary>One kind of traffic on a number of connections.</summary>
internal sealed record Measure(string Name, int Connections, Func<Contender, Traffic> Traffic);

/// <summary>What the rounds of one measure gave for one contender.</summary>
internal sealed record Figures(string Measure, int Connections, string Contender, IReadOnlyList<LoadResult> Rounds)
{
    public double PerSecond => Median.Of(Rounds.Select(r => r.PerSecond));

    public TimeSpan P50 => TimeSpan.FromTicks((long)Median.Of(Rounds.Select(r => (double)r.P50.Ticks)));

    public TimeSpan P99 => TimeSpan.FromTicks((long)Median.Of(Rounds.Select(r => (double)r.P99.Ticks)));

    public long Bad => Rounds.Sum(r => r.Bad);

    /// <summary>Median over the rounds: neighbours in time are compared, since the machine changes from minute to minute.</summary>
    public double RatioTo(Figures other) => Median.Of(Rounds.Zip(other.Rounds, (a, b) => a.PerSecond / b.PerSecond));
}

internal static class Median
{
    public static double Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}

/// <summary>Runs measures on contenders in turns.</summary>
internal sealed class Turns(int rounds, TimeSpan time)
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);
    private ulong seed = 1_000;

    public IEnumerable<Figures> Run(IReadOnlyList<Measure> measures, IReadOnlyList<Contender> contenders)
    {
        foreach (var contender in contenders)
        {
            contender.Load(measures[0].Traffic(contender), 32, Until.Elapsed(WarmUp), seed++);
        }
        foreach (var measure in measures)
        {
            var results = contenders.ToDictionary(c => c, _ => new List<LoadResult>());
            for (int round = 0; round < rounds; round++)
            {
                foreach (var contender in contenders)
                {
                    var result = contender.Load(measure.Traffic(contender), measure.Connections, Until.Elapsed(time), seed++);
                    results[contender].Add(result);
                    Console.Error.WriteLine($"  {measure.Name} × {measure.Connections}, round {round + 1}, {contender.Name}: {result.PerSecond:F0}/s{(result.Bad > 0 ? $"; {result.Bad} bad, first: {result.FirstBad}" : "")}");
                }
            }
            foreach (var (contender, list) in results)
            {
                yield return new Figures(measure.Name, measure.Connections, contender.Name, list);
            }
        }
    }
}
