using McpBilling.Operations;
using McpBilling.Storage.Detail;

namespace McpBilling.Storage.Tests.Compliance;

/// <summary>Detail for archives and queries: every row of one workspace once, in order, as of one moment.</summary>
public abstract class DetailTests(StoreUnderTest store) : ComplianceTests(store)
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5_000)]
    public async Task Every_row_comes_once_and_in_order_however_long_the_pages_are(int rowsAtOnce)
    {
        await Fill();
        using var detail = Store.Detail(Store.Caller(Mode.Test), rowsAtOnce);
        foreach (var (kind, table) in new[] { (DetailKind.Usage, "usage_event"), (DetailKind.Costs, "cost_event"), (DetailKind.Entries, "entry") })
        {
            long[] keys = [.. detail.Rows(kind).Select(r => r.Seq)];
            Assert.Equal((kind, Store.Number($"SELECT COUNT(*) FROM {table}")), (kind, keys.Length));
            Assert.True(keys.Length > 0 && keys.SequenceEqual(keys.Order().Distinct()), $"{kind}: {string.Join(' ', keys)}");
            Assert.Equal(keys[^1], detail.Last(kind));
            Assert.All(detail.Rows(kind), r => Assert.Equal((DetailReader.Columns(kind).Count, "c"), (r.Values.Count, r.Values[2])));
        }
    }

    [Fact]
    public async Task Values_are_those_that_were_recorded()
    {
        await Fill();
        using var detail = Store.Detail(Store.Caller(Mode.Test), 5_000);
        Assert.Equal(["e1", "e2", "e3"], detail.Rows(DetailKind.Usage).Select(r => Of(DetailKind.Usage, r, "event_id")));
        Assert.Equal(["1.25", "2", "3"], detail.Rows(DetailKind.Usage).Select(r => Of(DetailKind.Usage, r, "quantity")));
        var cost = Assert.Single(detail.Rows(DetailKind.Costs));
        Assert.Equal(("k1", "gpt-4o", "priced", "0.00257", "0"), (Of(DetailKind.Costs, cost, "cost_id"), Of(DetailKind.Costs, cost, "model"), Of(DetailKind.Costs, cost, "status"), Of(DetailKind.Costs, cost, "cost_usd"), Of(DetailKind.Costs, cost, "is_adjustment")));
        var first = detail.Rows(DetailKind.Entries).First(r => Of(DetailKind.Entries, r, "asset") == "usd");
        Assert.Equal(("granted", "10.000000000"), (Of(DetailKind.Entries, first, "kind"), Of(DetailKind.Entries, first, "amount")));
    }

    [Fact]
    public async Task What_is_written_later_and_what_is_of_another_workspace_is_not_seen()
    {
        await Fill();
        using var before = Store.Detail(Store.Caller(Mode.Test), 2);
        long last = before.Last(DetailKind.Usage);
        await Desk.Record("c", "tokens", "e4", "4");
        Assert.Equal((3, last), (before.Rows(DetailKind.Usage).Count(), before.Last(DetailKind.Usage)));
        using var other = Store.Detail(Store.AnotherWorkspace(), 2);
        Assert.All(Enum.GetValues<DetailKind>(), kind => Assert.Equal((0, 0L), (other.Rows(kind).Count(), other.Last(kind))));
    }

    private async Task Fill()
    {
        await Desk.Apply(Shop.Catalog);
        await Desk.Grant("c", "10");
        await Desk.Record("c", "tokens", "e1", "1.25");
        await Desk.Record("c", "tokens", "e2", "2");
        await Desk.Record("c", "tokens", "e3", "3");
        await Desk.Do("record_llm_cost", new
        {
            id = "k1",
            customer_id = "c",
            provider = "openai",
            api = "openai.chat",
            model = "gpt-4o",
            usage = new { prompt_tokens = 1000, completion_tokens = 7 },
            requested_at = "2026-03-09T00:00:00Z",
        });
    }

    private static string? Of(DetailKind kind, DetailRow row, string column) => row.Values[DetailReader.Columns(kind).Select(c => c.Name).ToList().IndexOf(column)];
}
