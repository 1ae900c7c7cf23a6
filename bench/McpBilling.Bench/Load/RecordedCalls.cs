namespace McpBilling.Bench.Load;

/// <summary>One model call of the workload: what was known before it, and what it came to.</summary>
/// <param name="Output">Tokens that were really written, at most <paramref name="MaxOutput"/>.</param>
internal sealed record RecordedCall(string Customer, string Model, int Input, int MaxOutput, int Output);

/// <summary>
/// A skewed workload, the same on every machine (bench/README.md, "The workload of holds"): a few customers make most calls, each customer's app has its own
/// model, prompt length and ceiling, and most answers are far shorter than the ceiling while a few reach it.
/// </summary>
internal static class RecordedCalls
{
    private const int Seed = 20261125;
    private const int Customers = 100;

    public static List<RecordedCall> Make(int count)
    {
        var dice = new Random(Seed);
        var apps = Enumerable.Range(0, Customers).Select(i => new
        {
            Id = $"customer-{i}",
            Weight = 1 / Math.Pow(i + 1, 1.1),
            Model = dice.NextDouble() < 0.6 ? "gpt-4o" : "gpt-4o-mini",
            MaxOutput = dice.NextDouble() switch { < 0.7 => 4_096, < 0.9 => 1_024, _ => 16_384 },
            Input = LogNormal(dice, 900, 0.7),
            Output = LogNormal(dice, 180, 0.6),
        }).ToList();
        double all = apps.Sum(a => a.Weight);
        return
        [
            .. Enumerable.Range(0, count).Select(_ =>
            {
                double at = dice.NextDouble() * all;
                int i = 0;
                while (i < Customers - 1 && (at -= apps[i].Weight) > 0)
                {
                    i++;
                }
                var app = apps[i];
                return new RecordedCall(
                    app.Id, app.Model, Math.Clamp((int)LogNormal(dice, app.Input, 0.9), 1, 100_000), app.MaxOutput, Math.Clamp((int)LogNormal(dice, app.Output, 1.0), 1, app.MaxOutput));
            }),
        ];
    }

    // By its median and the deviation of its logarithm.
    private static double LogNormal(Random dice, double median, double deviation) =>
        median * Math.Exp(deviation * Math.Sqrt(-2 * Math.Log(1 - dice.NextDouble())) * Math.Cos(2 * Math.PI * dice.NextDouble()));
}
