using McpBilling.Insights.Margins;

namespace McpBilling.Server.Reports;

/// <summary>A scale from amounts to places on the canvas.</summary>
/// <param name="Least">At most zero.</param>
/// <param name="Greatest">At least zero, above <paramref name="Least"/>.</param>
/// <param name="Start">Where <paramref name="Least"/> is.</param>
/// <param name="End">Where <paramref name="Greatest"/> is; may be before <paramref name="Start"/>.</param>
internal sealed record Axis(decimal Least, decimal Greatest, double Start, double End)
{
    // Places need no more digits than a screen has dots.
    private const int Digits = 12;

    public static decimal Of(Dollars amount) => amount.Rounded(Digits);

    public double Place(decimal amount) => Start + (End - Start) * (double)((amount - Least) / (Greatest - Least));

    /// <summary>An axis whose ends are round, from zero or from a round number below it.</summary>
    public static Axis Round(decimal least, decimal greatest, double start, double end)
    {
        decimal step = Step(Math.Max(greatest, 0) - Math.Min(least, 0));
        decimal low = Math.Floor(Math.Min(least, 0) / step) * step, high = Math.Ceiling(Math.Max(greatest, 0) / step) * step;
        return new(low, high > low ? high : low + step, start, end);
    }

    /// <summary>Round numbers along it.</summary>
    public IEnumerable<decimal> Ticks()
    {
        decimal step = Step(Greatest - Least);
        for (decimal at = Math.Ceiling(Least / step) * step; at <= Greatest; at += step)
        {
            yield return at;
        }
    }

    // 1, 2 or 5 times a power of ten, so that there are about four steps.
    private static decimal Step(decimal range)
    {
        decimal step = 0.000000000001m;
        if (range <= 0)
        {
            return 1;
        }
        while (true)
        {
            foreach (decimal times in (decimal[])[1, 2, 5])
            {
                if (step * times * 5 >= range)
                {
                    return step * times;
                }
            }
            step *= 10;
        }
    }
}
