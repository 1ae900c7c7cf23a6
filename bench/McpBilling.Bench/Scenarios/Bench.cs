using McpBilling.Bench.Contenders;
using McpBilling.Bench.Load;

namespace McpBilling.Bench.Scenarios;

/// <summary>The scenarios by name; each begins with fresh files.</summary>
internal sealed class Bench(BenchOptions options, ResultPage page)
{
    private const int ManyCustomers = 10_000;
    private const int BatchSize = 100;
    private const int BatchConnections = 16;
    private const int StoredConnections = 64;

    public static readonly string[] Names = ["authorize", "hold", "record", "batch", "stored", "start", "simulate", "costs", "holds", "margins", "cold", "growth"];

    private bool isStoredMeasured;
    private readonly Turns turns = new(options.Rounds, TimeSpan.FromSeconds(options.Seconds));

    public void Run(string scenario)
    {
        Console.Error.WriteLine(scenario);
        switch (scenario)
        {
            case "authorize":
                Compare(1, [.. options.Connections.Select(n => new Measure("authorize, one hot wallet", n, c => c.Authorize(1)))]);
                break;
            case "hold":
                Compare(1, [.. options.Connections.Select(n => new Measure("authorize + capture, one hot wallet", n, c => c.AuthorizeAndCapture(1)))]);
                break;
            case "record":
                Compare(ManyCustomers, [new Measure("record, 10,000 customers", StoredConnections, c => c.Record(ManyCustomers))]);
                break;
            case "batch":
                Compare(ManyCustomers,
                [
                    new Measure("batches of 100 (events/s), one wallet", BatchConnections, c => c.Batches(1, BatchSize)),
                    new Measure("batches of 100 (events/s), 10,000 customers", BatchConnections, c => c.Batches(ManyCustomers, BatchSize)),
                ]);
                break;
            case "stored":
                CompareStored();
                break;
            case "start":
                MeasureStart();
                break;
            case "simulate":
                MeasureSimulation();
                break;
            case "costs":
                MeasureCosts();
                break;
            case "holds":
                page.AddHolds(HoldPolicies.Run(options.Folder).GetAwaiter().GetResult());
                break;
            case "margins":
                MeasureMargins();
                break;
            case "cold":
                if (options.Cold is { } cold)
                {
                    page.AddColdStart(ColdStart.Run(cold, options.Folder));
                }
                else
                {
                    Console.Error.WriteLine("No --program and --everything: the cold start is left out (bench/README.md).");
                }
                break;
            case "growth":
                if (options.Growth is { } growth)
                {
                    page.AddGrowth(Growth.Run(options, growth));
                }
                else
                {
                    Console.Error.WriteLine("No --ledger: growth is left out (bench/README.md).");
                }
                break;
        }
    }

    private void Compare(int customers, IReadOnlyList<Measure> measures)
    {
        var contenders = Contenders();
        try
        {
            contenders.ForEach(c => c.StartFresh(customers));
            page.AddFigures(turns.Run(measures, contenders));
            contenders.ForEach(c => page.AddMemory(measures[^1].Name, c));
        }
        finally
        {
            contenders.ForEach(c => c.Dispose());
        }
    }

    /// <summary>An empty file beside one with many events under random ids. The limit stays empty: its table of random keys would slow down, which is known.</summary>
    private void CompareStored()
    {
        var contenders = Contenders();
        var full = new Product("product-stored", options.Server, options.Folder);
        contenders.Add(full);
        try
        {
            contenders.ForEach(c => c.StartFresh(ManyCustomers));
            Seed(full);
            Measure[] measures =
            [
                new("authorize + capture, one hot wallet", StoredConnections, c => c.AuthorizeAndCapture(1)),
                new("record, 10,000 customers", StoredConnections, c => c.Record(ManyCustomers)),
            ];
            page.AddStored(options.Stored, turns.Run(measures, contenders));
            page.AddMemory($"{options.Stored:N0} stored", full);
            MeasureStart(full, options.Stored);
        }
        finally
        {
            contenders.ForEach(c => c.Dispose());
        }
    }

    private void MeasureStart()
    {
        using var product = new Product("product", options.Server, options.Folder);
        product.StartFresh(1);
        MeasureStart(product, 0);
        if (!isStoredMeasured)
        {
            product.StartFresh(ManyCustomers);
            Seed(product);
            MeasureStart(product, options.Stored);
        }
    }

    private void MeasureStart(Product product, int events)
    {
        product.Stop();
        page.AddStart(events, StartTimes.Ready(product), StartTimes.ToolsList(product));
        isStoredMeasured |= events > 0;
    }

    /// <summary>One question at a time on a server that does nothing else, started anew so that its peak of memory is the question's.</summary>
    private void MeasureSimulation()
    {
        using var product = new Product("product", options.Server, options.Folder);
        product.StartFresh(ManyCustomers);
        Seed(product);
        foreach (bool withDraft in (bool[])[false, true])
        {
            product.Stop();
            product.Start();
            long before = product.Memory;
            var times = Enumerable.Range(0, options.Rounds).Select(_ => product.Simulate(withDraft, options.Stored)).ToList();
            page.AddSimulation(withDraft, options.Stored, ManyCustomers, times, before, product.PeakMemory);
        }
    }

    /// <summary>Batches of costs at a steady rate, and beside them single authorizations, held against the same authorizations on an idle server. Then costs alone, as fast as they go.</summary>
    private void MeasureCosts()
    {
        const int PerSecond = 5_000, Authorizing = 4;
        var time = TimeSpan.FromSeconds(options.Seconds);
        using var product = new Product("product", options.Server, options.Folder);
        product.StartFresh(ManyCustomers);
        product.Load(product.Authorize(1), Authorizing, Until.Elapsed(TimeSpan.FromSeconds(3)), 1);
        product.Load(product.Costs(ManyCustomers, BatchSize), BatchConnections, Until.Elapsed(TimeSpan.FromSeconds(12)), 2);
        var rounds = Enumerable.Range(0, options.Rounds).Select(round =>
        {
            ulong seed = (ulong)(round * 10) + 100;
            // Until the sums of the costs before are added: idle means that there is nothing beside.
            Task.Delay(TimeSpan.FromSeconds(3)).Wait();
            var idle = product.Load(product.Authorize(1), Authorizing, Until.Elapsed(time), seed);
            var paced = Task.Run(() => product.Load(product.Costs(ManyCustomers, BatchSize), BatchConnections, Until.Elapsed(time) with { RequestsPerSecond = PerSecond / BatchSize }, seed + 1));
            var beside = product.Load(product.Authorize(1), Authorizing, Until.Elapsed(time), seed + 2);
            var costs = paced.GetAwaiter().GetResult();
            var alone = product.Load(product.Costs(ManyCustomers, BatchSize), BatchConnections, Until.Elapsed(time), seed + 3);
            Console.Error.WriteLine($"  round {round + 1}: {costs.PerSecond:F0} costs/s beside p99 {beside.P99.TotalMilliseconds:F2} ms, idle {idle.P99.TotalMilliseconds:F2} ms; alone {alone.PerSecond:F0}/s; bad {costs.Bad + beside.Bad + alone.Bad} {costs.FirstBad}");
            return new CostRound(idle, beside, costs, alone);
        }).ToList();
        page.AddCosts(rounds);
    }

    private void MeasureMargins()
    {
        using var product = new Product("product", options.Server, options.Folder);
        product.StartFresh(1);
        product.Stop();
        MarginSeed.Fill(product.File, options.Stored);
        product.Start();
        page.AddMargins(options.Stored, MarginTimes.Run(product, Math.Max(5, options.Rounds)));
    }

    private void Seed(Contender contender)
    {
        long empty = contender.BytesOnDisk;
        var result = contender.Load(contender.Batches(ManyCustomers, BatchSize), BatchConnections, Until.Sent(options.Stored / BatchSize), 7);
        if (result.Bad > 0)
        {
            throw new InvalidOperationException($"{contender.Name}: {result.Bad} batches failed, first {result.FirstBad}");
        }
        page.AddSeeded(contender, options.Stored, result, contender.BytesOnDisk - empty);
    }

    private List<Contender> Contenders() =>
        [.. options.Limit is { } limit ? [new Limit(limit, options.Folder)] : Array.Empty<Contender>(), new Product("product", options.Server, options.Folder)];
}
