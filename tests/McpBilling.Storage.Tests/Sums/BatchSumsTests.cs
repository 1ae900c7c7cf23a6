using McpBilling.Costs;
using McpBilling.Storage.Sums;

namespace McpBilling.Storage.Tests.Sums;

public sealed class BatchSumsTests
{
    private readonly BatchSums batch = new();

    [Fact]
    public void What_is_added_to_the_same_sums_is_one_posting()
    {
        for (int i = 0; i < 64; i++)
        {
            Earn("anna", "chat", ("art", 0.04m));
        }
        var posting = Assert.Single(batch.Postings);
        Assert.Equal((64, 2.56m, new ProductShare("art", 2.56m)), (posting.Sum.Charges, posting.Sum.Revenue, Assert.Single(posting.Products)));
    }

    [Fact]
    public void What_differs_in_anything_stays_apart_and_comes_to_the_same_sums()
    {
        (string Customer, string? Feature, (string, decimal)[] Products)[] all =
            [("anna", "chat", [("art", 1)]), ("bob", "chat", [("art", 2)]), ("anna", null, [("art", 3)]), ("anna", "chat", [("api", 4)]), ("anna", "chat", [("art", 5), ("api", 6)]), ("anna", "chat", [("art", 5), ("api", 6)])];
        var days = new DaySums();
        foreach (var (customer, feature, products) in all)
        {
            Earn(customer, feature, products);
            Earn(customer, feature, products);
            Add(new CostSums(days.Add), customer, feature, products);
            Add(new CostSums(days.Add), customer, feature, products);
        }
        // Of several products, an event's first counts it: those are never one.
        Assert.Equal(4 + 4, batch.Postings.Count);
        var own = new DaySums();
        foreach (var posting in batch.Postings)
        {
            own.Add(posting);
        }
        Assert.Equal(days.All.OrderBy(d => d.Key, Comparer<CostDayKey>.Create(FoldPoint.Compare)), own.All.OrderBy(d => d.Key, Comparer<CostDayKey>.Create(FoldPoint.Compare)));
    }

    private void Earn(string customer, string? feature, params (string Product, decimal Revenue)[] products) => Add(batch.Sums, customer, feature, products);

    private static void Add(CostSums sums, string customer, string? feature, (string Product, decimal Revenue)[] products) =>
        sums.AddRevenue(7, customer, null, feature, null, 1, products.Sum(p => p.Revenue), [.. products.Select(p => KeyValuePair.Create(p.Product, p.Revenue))]);
}
