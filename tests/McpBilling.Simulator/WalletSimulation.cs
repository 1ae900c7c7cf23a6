using System.Text;
using McpBilling.Money;

namespace McpBilling.Simulator;

/// <summary>
/// Random lives of a few customers, carried out by the core and by the naive wallet side by side. Each life is a list of numbers made from its seed; on a
/// disagreement the list is cut down to a short one that still disagrees, and told in words.
/// </summary>
internal static class WalletSimulation
{
    private const int Customers = 3;
    private const int StepsPerLife = 250;

    /// <summary>Runs lives until so many commands were carried out.</summary>
    public static void Run(ulong seed, int commands)
    {
        for (ulong life = 0; commands > 0; life++)
        {
            // One life in ten knows amounts that overflow.
            ulong lifeSeed = seed * 1_000_003 + life;
            bool huge = life % 10 == 9;
            var dice = new Dice(lifeSeed);
            var steps = Enumerable.Range(0, StepsPerLife).Select(_ => dice.Next()).ToList();
            commands -= steps.Count;
            if (Live(steps, huge, null) is { } failure)
            {
                throw new InvalidOperationException(Report(seed, life, steps, huge, failure));
            }
        }
    }

    private sealed record Failure(int Step, string What);

    private static Failure? Live(List<ulong> steps, bool huge, List<string>? script)
    {
        var customers = Enumerable.Range(0, Customers).Select(i => new WalletCustomer(i, huge)).ToArray();
        var maker = new WalletCommandMaker(huge);
        var now = WalletScript.Start;
        for (int i = 0; i < steps.Count; i++)
        {
            var dice = new Dice(steps[i]);
            int number = dice.Below(Customers);
            var customer = customers[number];
            now += WalletCommandMaker.Pause(dice);
            var command = maker.Make(dice, customer, now);
            script?.Add(WalletScript.Line(number + 1, now, command));
            try
            {
                if (customer.Apply(command, now) is { Refusal: null })
                {
                    WalletCommandMaker.Settle(customer, command);
                }
            }
            catch (Exception broken)
            {
                return new Failure(i, broken is Disagreement ? broken.Message : broken.ToString());
            }
        }
        try
        {
            foreach (var customer in customers)
            {
                customer.CheckHistory();
            }
        }
        catch (Exception broken)
        {
            return new Failure(steps.Count - 1, broken is Disagreement ? broken.Message : broken.ToString());
        }
        return null;
    }

    private static string Report(ulong seed, ulong life, List<ulong> steps, bool huge, Failure failure)
    {
        var shortest = Shrink([.. steps.Take(failure.Step + 1)], huge);
        var script = new List<string>();
        var last = Live(shortest, huge, script) ?? failure;
        var report = new StringBuilder();
        report.AppendLine($"seed {seed}, life {life}, command {failure.Step + 1}: {failure.What}");
        report.AppendLine($"replay with MCP_BILLING_SEED={seed}; the shortest script found, {shortest.Count} commands, ends with: {last.What}");
        report.AppendJoin('\n', script);
        return report.ToString();
    }

    // Leaves out runs of steps, ever shorter ones, for as long as what is left still fails.
    private static List<ulong> Shrink(List<ulong> steps, bool huge)
    {
        for (int run = Math.Max(1, steps.Count / 2); run >= 1; run /= 2)
        {
            bool shorter = true;
            while (shorter)
            {
                shorter = false;
                for (int at = steps.Count - run; at >= 0; at -= run)
                {
                    List<ulong> fewer = [.. steps.Take(at), .. steps.Skip(at + run)];
                    if (Live(fewer, huge, null) is { } failure)
                    {
                        steps = [.. fewer.Take(failure.Step + 1)];
                        shorter = true;
                        at = Math.Min(at, steps.Count);
                    }
                }
            }
        }
        return steps;
    }
}
