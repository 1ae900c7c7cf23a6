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

    public static readonly string[] Names = ["authorize", "hold", "record", "batch", "stored", "start", "simulate", "cold"];

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
