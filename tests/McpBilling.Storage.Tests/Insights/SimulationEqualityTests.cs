using System.Globalization;
using System.Text.Json;
using McpBilling.Operations;
using McpBilling.Storage.Tests.Compliance;
using McpBilling.Storage.Tests.Sqlite;

namespace McpBilling.Storage.Tests.Insights;

/// <summary>
/// pricing.md, Simulation: "on recorded usage and today's prices it equals what was charged, to the last unit". <c>MCP_BILLING_SEED</c> adds a seed of one's own;
/// a failing story is shortened before it is shown.
/// </summary>
public sealed class SimulationEqualityTests
{
    private const int Steps = 220;

    public static TheoryData<int> Seeds =>
        [.. Environment.GetEnvironmentVariable("MCP_BILLING_SEED") is { } own ? [int.Parse(own, CultureInfo.InvariantCulture)] : Enumerable.Range(1, 12).Append(133)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task On_recorded_usage_and_present_prices_a_simulation_equals_what_was_charged(int seed)
    {
        var steps = StoryStep.Make(seed, Steps);
        if (await Difference(steps) is { } difference)
        {
            steps = await Shortened(steps);
            Assert.Fail($"seed {seed}: {await Difference(steps) ?? difference}\n{string.Join('\n', steps)}");
        }
    }

    [Fact]
    public async Task The_stories_charge_something_in_every_product_and_asset()
    {
        var products = new HashSet<(string? Product, string? Asset)>();
        foreach (int seed in (int[])[1, 2, 3])
        {
            using var store = new SqliteStore();
            var desk = await Told(store, StoryStep.Make(seed, Steps));
            var answer = await desk.Do("simulate_pricing", new { });
            products.UnionWith(answer.GetProperty("products").EnumerateArray()
                .Where(p => p.GetProperty("present").GetString()!.Any(c => c is >= '1' and <= '9'))
                .Select(p => (p.TryGetProperty("product", out var name) ? name.GetString() : null, p.GetProperty("asset").GetString())));
        }
        Assert.Contains(("art", "credits"), products);
        Assert.Contains(("art", "usd"), products);
        Assert.Contains(("cinema", "credits"), products);
        Assert.Contains(("cinema", "usd"), products);
        Assert.Contains(("misc", "usd"), products);
        Assert.Contains(("stamps", "credits"), products);
    }

    private static async Task<Desk> Told(SqliteStore store, IReadOnlyList<StoryStep> steps)
    {
        var desk = new Desk(() => store.Billing, store.Caller(Mode.Test));
        await desk.Apply(HistoryStory.Catalog);
        await new HistoryStory(store, desk).Tell(steps);
        return desk;
    }

    // What of the law does not hold; null when all does.
    private static async Task<string?> Difference(IReadOnlyList<StoryStep> steps)
    {
        using var store = new SqliteStore();
        var desk = await Told(store, steps);
        var passed = store.Time.GetUtcNow() - StoreUnderTest.Start;
        string Day(double part) => Money.Instant.From(StoreUnderTest.Start + passed * part - TimeSpan.FromDays(part == 0 ? 1 : 0)).ToString();
        foreach (object recorded in new object[]
        {
            new { from = Day(0) }, new { from = Day(0.5) }, new { from = Day(0.2), to = Day(0.7) },
            new { from = Day(0), customer_id = "c0" }, new { from = Day(0), customer_id = "c1" }, new { from = Day(0), customer_id = "c2" },
        })
        {
            JsonElement answer;
            try
            {
                answer = await desk.Do("simulate_pricing", new { usage = new { recorded }, document = JsonElement.Parse(HistoryStory.Catalog) });
            }
            catch (BillingException e) when (e.Code == ErrorCode.CustomerNotFound)
            {
                continue;
            }
            string charged = Amounts(answer.GetProperty("charged")), present = Amounts(answer.GetProperty("present").GetProperty("revenue"));
            if (charged != present)
            {
                return $"{recorded}: charged {charged}, simulated {present}; {answer.GetProperty("warnings")}";
            }
            // A draft that says the same as the present catalog moves nobody.
            string draft = Amounts(answer.GetProperty("draft").GetProperty("revenue"));
            if (draft != present || answer.GetProperty("pay_more").GetArrayLength() + answer.GetProperty("pay_less").GetArrayLength() > 0)
            {
                return $"{recorded}: present {present}, the same catalog as a draft {draft}";
            }
        }
        return null;
    }

    // Leaves out ever smaller pieces as long as the law stays broken.
    private static async Task<List<StoryStep>> Shortened(List<StoryStep> steps)
    {
        for (int piece = steps.Count / 2; piece >= 1; piece /= 2)
        {
            for (int at = 0; at + piece <= steps.Count;)
            {
                List<StoryStep> fewer = [.. steps.Take(at), .. steps.Skip(at + piece)];
                if (await Difference(fewer) is null)
                {
                    at += piece;
                }
                else
                {
                    steps = fewer;
                }
            }
        }
        return steps;
    }

    // An asset in which nothing was charged may be named by one side only.
    private static string Amounts(JsonElement amounts) => string.Join(", ", amounts.EnumerateArray()
        .Select(a => (Asset: a.GetProperty("asset").GetString(), Amount: decimal.Parse(a.GetProperty("amount").GetString()!, CultureInfo.InvariantCulture)))
        .Where(a => a.Amount != 0).Select(a => $"{(a.Amount / 1.0000000000000000000000000000m).ToString(CultureInfo.InvariantCulture)} {a.Asset}"));
}
