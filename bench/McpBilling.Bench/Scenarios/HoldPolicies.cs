using System.Text.Json;
using McpBilling.Bench.Load;
using McpBilling.Catalog;
using McpBilling.Costs;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Storage;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Bench.Scenarios;

/// <summary>What one way to hold did to the workload.</summary>
/// <param name="Name">The policy, and what the app told.</param>
/// <param name="Calls">Each call's hold and its charge, in dollars, in order.</param>
internal sealed record HoldFigures(string Name, IReadOnlyList<(decimal Held, decimal Used)> Calls)
{
    /// <summary>Dollars set aside for each dollar that was then charged.</summary>
    public decimal TiedUp => Calls.Sum(c => c.Held) / Calls.Sum(c => c.Used);

    /// <summary>Calls that came to more than was held.</summary>
    public decimal ShortPercent => 100m * Calls.Count(c => c.Used > c.Held) / Calls.Count;

    /// <summary>What was not held of all that was charged.</summary>
    public decimal MissingPercent => 100 * Calls.Sum(c => Math.Max(0, c.Used - c.Held)) / Calls.Sum(c => c.Used);

    /// <summary>Calls that a customer with so much left could have paid, and would have been denied.</summary>
    public decimal DeniedPercent(decimal left) => 100m * Calls.Count(c => c.Used <= left && c.Held > left) / Calls.Count;
}

/// <summary>
/// The hold policies on one recorded, skewed workload, by the operations themselves on a file of their own: 64 calls are in flight, all authorized before the
/// first of them is captured. Amounts, not times: the same on every machine.
/// </summary>
internal static class HoldPolicies
{
    public const decimal FewCents = 0.05m;

    private const int Count = 6_400;
    private const int InFlight = 64;
    private const int Guess = 300;
    private const string FlatAmount = "0.01";

    private static readonly Instant RequestedAt = Instant.From(new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero));

    public static async Task<List<HoldFigures>> Run(string folder)
    {
        var calls = RecordedCalls.Make(Count);
        string flat = $"\"amount\":\"{FlatAmount}\"";
        return
        [
            await Run(folder, calls, $"estimate, the app expects {Guess} output tokens", "\"kind\":\"estimate\"", guesses: true),
            await Run(folder, calls, $"flat, {FlatAmount} usd", $"\"kind\":\"flat\",{flat}", guesses: false),
            await Run(folder, calls, "max", "\"kind\":\"max\"", guesses: false),
            await Run(folder, calls, $"learned, at first {FlatAmount} usd", $"\"kind\":\"learned\",{flat}", guesses: false),
        ];
    }

    private static async Task<HoldFigures> Run(string folder, List<RecordedCall> calls, string name, string policy, bool guesses)
    {
        var file = DataFile.Locate(Path.Combine(folder, $"{name}.db"), _ => null);
        Migrator.Prepare(file, TimeProvider.System);
        var caller = new ApiKeys(file, TimeProvider.System).OwnerCaller(Mode.Test);
        using var billing = new BillingStore(file, TimeProvider.System, Console.Error.WriteLine);
        await Do(new ApplyCatalog(), new ApplyCatalogInput { Document = Catalog(policy) });
        foreach (string customer in calls.Select(c => c.Customer).Distinct())
        {
            await Do(new GrantCredit(), new GrantCreditInput { CustomerId = customer, Asset = "usd", Amount = 100_000, IdempotencyKey = "grant" });
        }
        var figures = new List<(decimal, decimal)>();
        foreach (var flight in calls.Index().Chunk(InFlight))
        {
            // In the order of the queue: the writer takes them together, and decides them one by one.
            var holds = await Task.WhenAll(flight.Select(c => Do(new AuthorizeUsage(), new AuthorizeUsageInput
            {
                CustomerId = c.Item.Customer,
                Event = new EventEstimate
                {
                    EventType = "llm.call",
                    Estimate = new CostEstimate { Provider = "openai", Model = c.Item.Model, InputTokens = c.Item.Input, MaxOutputTokens = c.Item.MaxOutput, OutputTokens = guesses ? Math.Min(Guess, c.Item.MaxOutput) : null },
                },
                IdempotencyKey = $"authorize-{c.Index}",
            })));
            var captures = await Task.WhenAll(flight.Zip(holds, (c, hold) => Do(new CaptureHold(), new CaptureHoldInput
            {
                HoldId = hold.HoldId!,
                Event = new CapturedEvent
                {
                    Id = $"call-{c.Index}",
                    EventType = "llm.call",
                    Cost = new LlmCall
                    {
                        Id = $"call-{c.Index}",
                        Provider = "openai",
                        Api = "openai.chat",
                        Model = c.Item.Model,
                        Usage = JsonElement.Parse($"{{\"prompt_tokens\":{c.Item.Input},\"completion_tokens\":{c.Item.Output}}}"),
                        RequestedAt = RequestedAt,
                    },
                },
                IdempotencyKey = $"capture-{c.Index}",
            })));
            figures.AddRange(holds.Zip(captures, (hold, capture) => (Dollars(hold.Amounts[0].Amount), Dollars(capture.Charges[0].Amount))));
        }
        return new HoldFigures(name, figures);

        Task<TOutput> Do<TInput, TOutput>(Operation<TInput, TOutput> operation, TInput input)
            where TInput : class
            where TOutput : class => operation.Run(input, caller, billing, CancellationToken.None).AsTask();
    }

    private static JsonElement Catalog(string policy) => JsonElement.Parse(
        """
        {"meters":[{"id":"calls","event_type":"llm.call","aggregation":"count"}],
         "products":[{"id":"chat","prices":[{"id":"chat-usd","meter":"calls","asset":"usd","model":"cost_plus","markup_percent":"30","hold_policy":{POLICY}}]}]}
        """.Replace("POLICY", policy, StringComparison.Ordinal));

    private static decimal Dollars(string amount) => decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture);
}
