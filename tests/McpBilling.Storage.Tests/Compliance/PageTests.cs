using System.Text;
using System.Text.Json;

namespace McpBilling.Storage.Tests.Compliance;

/// <summary>Lists: newest first, each row once, totals, filters, and cursors that somebody made up.</summary>
public abstract class PageTests(StoreUnderTest store) : ComplianceTests(store)
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(200)]
    public async Task Entries_come_newest_first_each_once(int limit)
    {
        await Ledger();
        var all = await Pages("list_entries", "entries", limit, new() { ["customer_id"] = "c" }, total: 60);
        Assert.Equal(60, all.Select(e => e.GetProperty("id").GetString()).Distinct().Count());
        Assert.Equal(all.Select(Sequence).OrderDescending(), all.Select(Sequence));
        foreach (var account in all.GroupBy(e => e.GetProperty("asset").GetString()))
        {
            decimal balance = 0;
            foreach (var entry in account.Reverse())
            {
                balance += decimal.Parse(entry.GetProperty("amount").GetString()!, System.Globalization.CultureInfo.InvariantCulture);
                Assert.Equal(balance, decimal.Parse(entry.GetProperty("balance_after").GetString()!, System.Globalization.CultureInfo.InvariantCulture));
            }
        }
        var usd = await Pages("list_entries", "entries", limit, new() { ["customer_id"] = "c", ["asset"] = "usd" }, total: 30);
        Assert.Equal(all.Where(e => e.GetProperty("asset").GetString() == "usd").Select(e => e.ToString()), usd.Select(e => e.ToString()));
    }

    [Fact]
    public async Task A_list_that_grows_between_pages_repeats_and_skips_nothing()
    {
        await Ledger();
        var first = await Desk.Do("list_entries", new { customer_id = "c", limit = 10 });
        await Desk.Grant("c", "1", key: "between");
        var second = await Desk.Do("list_entries", new { customer_id = "c", limit = 200, cursor = first.GetProperty("next_cursor").GetString() });
        Assert.Equal(50, second.GetProperty("entries").GetArrayLength());
        Assert.Empty(Ids(first, "entries").Intersect(Ids(second, "entries")));
    }

    [Fact]
    public async Task A_cursor_of_another_list_shows_nothing_of_another_customer_or_asset()
    {
        await Ledger();
        await Desk.Grant("other", "1", key: "x");
        string all = (await Desk.Do("list_entries", new { customer_id = "c", limit = 10 })).GetProperty("next_cursor").GetString()!;
        Assert.Empty(Ids(await Desk.Do("list_entries", new { customer_id = "other", cursor = all }), "entries"));
        var filtered = await Desk.Do("list_entries", new { customer_id = "c", asset = "usd", limit = 200, cursor = all });
        Assert.All(filtered.GetProperty("entries").EnumerateArray(), e => Assert.Equal("usd", e.GetProperty("asset").GetString()));
        Assert.Empty(Ids(await Desk.Do("list_usage", new { customer_id = "other", cursor = MadeUp("c1:4") }), "events"));
    }

    [Theory]
    [InlineData("list_entries", "no cursor")]
    [InlineData("list_entries", "c1:")]
    [InlineData("list_entries", "c1:-4")]
    [InlineData("list_entries", "c1:1,x")]
    [InlineData("list_entries", "c1:99999999999999999999")]
    [InlineData("list_usage", "c1:1,2")]
    [InlineData("list_usage", "x")]
    [InlineData("list_customers", "c1:1,2")]
    [InlineData("list_customers", "c2:1")]
    public async Task What_is_no_cursor_is_refused(string operation, string text)
    {
        await Ledger();
        Assert.Equal("invalid_request", await Desk.Code(operation, Query(operation, MadeUp(text))));
        Assert.Equal("invalid_request", await Desk.Code(operation, Query(operation, "§§")));
    }

    [Theory]
    [InlineData("list_entries", "c1:0")]
    [InlineData("list_entries", "c1:9223372036854775807")]
    [InlineData("list_entries", "c1:5,5,5,5,5")]
    [InlineData("list_usage", "c1:0")]
    [InlineData("list_usage", "c1:9223372036854775807")]
    [InlineData("list_customers", "c1:0")]
    [InlineData("list_customers", "c1:9223372036854775807")]
    public async Task A_made_up_cursor_is_harmless(string operation, string text)
    {
        await Ledger();
        Assert.Equal("ok", await Desk.Code(operation, Query(operation, MadeUp(text))));
    }

    [Theory]
    [InlineData(null, null, 40)]
    [InlineData("2026-03-10T12:10:00Z", null, 30)]
    [InlineData(null, "2026-03-10T12:10:00Z", 10)]
    [InlineData("2026-03-10T12:10:00Z", "2026-03-10T12:15:00Z", 5)]
    [InlineData("2026-03-10T13:10:00Z", null, 0)]
    public async Task Events_are_found_by_when_they_happened(string? from, string? to, int expected)
    {
        await Desk.Apply(Shop.Catalog);
        await Desk.Clock("2026-03-10T13:00:00Z");
        // Reported in another order than they happened.
        for (int i = 0; i < 40; i++)
        {
            await Desk.Record(i % 2 == 0 ? "c" : "d", "tokens", $"e{i}", "1", timestamp: Minutes(i * 7 % 40));
        }
        foreach (int limit in new[] { 1, 3, 200 })
        {
            var query = new Dictionary<string, object?> { ["from"] = from, ["to"] = to };
            var all = await Pages("list_usage", "events", limit, query, total: 40);
            Assert.Equal(expected, all.Select(e => e.GetProperty("id").GetString()).Distinct().Count());
            Assert.Equal(expected, all.Count);
            query["customer_id"] = "c";
            var mine = await Pages("list_usage", "events", limit, query, total: 20);
            Assert.Equal(all.Where(e => e.GetProperty("customer_id").GetString() == "c").Select(e => e.ToString()), mine.Select(e => e.ToString()));
        }
        Assert.Equal("invalid_request", await Desk.Code("list_usage", new { from = Minutes(2), to = Minutes(2) }));
        Assert.Equal("customer_not_found", await Desk.Code("list_usage", new { customer_id = "nobody" }));
    }

    // Chains are followed by pieces, of which this is several.
    [Theory]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(66)]
    [InlineData(400)]
    public async Task What_lies_far_back_in_a_chain_is_found(int count)
    {
        await Desk.Apply(Shop.Catalog);
        await Desk.Grant("c", "1000000");
        await Desk.Grant("d", "1000000");
        object[] events = [.. Enumerable.Range(0, count).Select(i => new { id = $"e{i}", customer_id = i % 3 == 0 ? "d" : "c", event_type = "bulk", quantity = "1", timestamp = $"2026-03-10T11:{i % 50:00}:00Z" })];
        foreach (object[] some in events.Chunk(100))
        {
            await Desk.Do("record_usage", new { events = some });
        }
        var query = new Dictionary<string, object?> { ["from"] = "2026-03-10T11:00:00Z", ["to"] = "2026-03-10T11:01:00Z" };
        string[] expected = [.. Enumerable.Range(0, count).Where(i => i % 50 == 0).Reverse().Select(i => $"e{i}")];
        Assert.Equal(expected, Ids(await Pages("list_usage", "events", 1, query, count)));
        Assert.Equal(expected, Ids(await Pages("list_usage", "events", 200, query, count)));
        query["customer_id"] = "c";
        string[] own = [.. expected.Where(id => int.Parse(id[1..], System.Globalization.CultureInfo.InvariantCulture) % 3 != 0)];
        Assert.Equal(own, Ids(await Pages("list_usage", "events", 2, query, null)));
        foreach (string oldest in new[] { "e1", "e2" })
        {
            Assert.StartsWith($"2026-03-10 11:0{oldest[1..]}:00 UTC", (await Desk.Do("explain_charge", new { customer_id = "c", event_id = oldest })).GetProperty("text").GetString(), StringComparison.Ordinal);
        }
        int entries = Enumerable.Range(0, count).Count(i => i % 3 != 0) + 1;
        var ledger = await Pages("list_entries", "entries", 200, new() { ["customer_id"] = "c", ["asset"] = "usd" }, entries);
        Assert.Equal(entries, ledger.Select(e => e.GetProperty("id").GetString()).Distinct().Count());
        var activity = await Desk.Do("get_activity", new { customer_id = "c" });
        var usd = activity.GetProperty("accounts").EnumerateArray().Single(a => a.GetProperty("asset").GetString() == "usd");
        Assert.Equal(
            ledger.Where(e => e.GetProperty("cause").GetProperty("kind").GetString() == "usage").Sum(e => -Number(e, "amount")),
            usd.GetProperty("days").EnumerateArray().Sum(day => Number(day, "used")));
        Assert.Equal(entries - 1, Assert.Single(activity.GetProperty("products").EnumerateArray()).GetProperty("events").GetInt64());
        await MustVerify();
    }

    [Fact]
    public async Task Customers_are_listed_newest_first_by_prefix()
    {
        foreach (string id in new[] { "a", "ab", "abc", "b", "a~", "A", "%", "a%" })
        {
            await Desk.Do("save_customer", new { id });
        }
        async Task<string> Found(string? prefix) => string.Join(' ', (await Pages("list_customers", "customers", 2, new() { ["id_prefix"] = prefix }, null)).Select(c => c.GetProperty("id").GetString()));
        Assert.Equal("a% % A a~ b abc ab a", await Found(null));
        Assert.Equal("a% a~ abc ab a", await Found("a"));
        Assert.Equal("abc ab", await Found("ab"));
        Assert.Equal("%", await Found("%"));
        Assert.Equal("", await Found("x"));
    }

    private async Task Ledger()
    {
        await Desk.Apply("""{"assets":[{"id":"credits"}]}""");
        for (int i = 0; i < 60; i++)
        {
            await Desk.Grant("c", "1", i % 2 == 0 ? "usd" : "credits", key: $"g{i}");
            await Desk.Grant("noise", "1", key: $"g{i}");
        }
    }

    private async Task<List<JsonElement>> Pages(string operation, string list, int limit, Dictionary<string, object?> query, int? total)
    {
        var all = new List<JsonElement>();
        query["limit"] = limit;
        query.Remove("cursor");
        while (true)
        {
            var page = await Desk.Do(operation, query.Where(q => q.Value is not null).ToDictionary());
            var rows = page.GetProperty(list).EnumerateArray().ToList();
            Assert.InRange(rows.Count, 0, limit);
            all.AddRange(rows);
            Assert.True(total is null || page.GetProperty("total").GetInt64() == total, page.GetProperty("total").ToString());
            if (!page.TryGetProperty("next_cursor", out var next))
            {
                return all;
            }
            query["cursor"] = next.GetString();
        }
    }

    // Entry ids are made of their sequence; grants are written in their order, so the time of a row and its id grow together.
    private static string Sequence(JsonElement entry) => entry.GetProperty("time").GetString()!;

    private static IEnumerable<string?> Ids(IEnumerable<JsonElement> rows) => rows.Select(row => row.GetProperty("id").GetString());

    private static decimal Number(JsonElement of, string name) => decimal.Parse(of.GetProperty(name).GetString()!, System.Globalization.CultureInfo.InvariantCulture);

    private static IEnumerable<string?> Ids(JsonElement page, string list) => page.GetProperty(list).EnumerateArray().Select(e => e.GetProperty("id").GetString());

    private static string MadeUp(string text) => System.Buffers.Text.Base64Url.EncodeToString(Encoding.ASCII.GetBytes(text));

    private static object Query(string operation, string cursor) => operation == "list_entries" ? new { customer_id = "c", cursor } : new { cursor };
}
