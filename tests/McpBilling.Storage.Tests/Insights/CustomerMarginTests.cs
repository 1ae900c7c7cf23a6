using System.Globalization;
using McpBilling.Operations;
using McpBilling.Storage.Tests.Compliance;
using McpBilling.Storage.Tests.Sqlite;

namespace McpBilling.Storage.Tests.Insights;

/// <summary>One customer's features, models and products have sums of their own. All customers' together must be the workspace's.</summary>
public sealed class CustomerMarginTests : IDisposable
{
    private readonly SqliteStore store = new();
    private readonly Desk desk;

    public CustomerMarginTests() => desk = new Desk(() => store.Billing, store.Caller(Mode.Test));

    public void Dispose() => store.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task The_customers_together_are_the_workspace_whatever_happened(int seed)
    {
        await desk.Apply(HistoryStory.Catalog);
        foreach (string customer in (string[])["c0", "c1", "c2"])
        {
            await desk.Do("grant_credit", new { customer_id = customer, asset = "credits", amount = "7", source = "paid", cost_basis = new { currency = "usd", amount = "3.5" }, idempotency_key = "paid" });
        }
        // Charges, captures, debts and their settling, reversals, late events.
        await new HistoryStory(store, desk).Tell(StoryStep.Make(seed, 80));
        foreach (string by in (string[])["product", "feature", "model", "period"])
        {
            var whole = await Revenues(by, null);
            var parts = new SortedDictionary<string, decimal>(StringComparer.Ordinal);
            foreach (string customer in (string[])["c0", "c1", "c2"])
            {
                foreach (var (key, revenue) in await Revenues(by, customer))
                {
                    parts[key] = parts.GetValueOrDefault(key) + revenue;
                }
            }
            Assert.Contains(whole, w => w.Value != 0);
            Assert.Equal(whole.Where(w => w.Value != 0), parts.Where(p => p.Value != 0));
        }
    }

    private async Task<SortedDictionary<string, decimal>> Revenues(string by, string? customer)
    {
        var answer = await desk.Do("get_margins", new { group_by = by, customer_id = customer, limit = 200 });
        return new(answer.GetProperty("rows").EnumerateArray().ToDictionary(r => r.GetProperty("key").GetString()!, r => decimal.Parse(r.GetProperty("revenue").GetString()!, CultureInfo.InvariantCulture)), StringComparer.Ordinal);
    }
}
