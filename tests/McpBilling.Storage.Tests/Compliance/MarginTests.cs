using System.Globalization;
using System.Text.Json;

namespace McpBilling.Storage.Tests.Compliance;

/// <summary>Reports on margins: read from sums of days, and the same as adding up every event.</summary>
public abstract class MarginTests(StoreUnderTest store) : ComplianceTests(store)
{
    private const string Catalog =
        """
        {"meters":[{"id":"images","event_type":"image","aggregation":"sum"},{"id":"calls","event_type":"call","aggregation":"count"}],
         "products":[{"id":"art","prices":[{"id":"image","meter":"images","asset":"usd","model":"per_unit","unit_price":"0.04"}]},
                     {"id":"api","prices":[{"id":"call","meter":"calls","asset":"usd","model":"per_unit","unit_price":"0.015"}]}],
         "costs":{"failed_calls":"POLICY"}}
        """;

    private static readonly string[] Groups = ["customer", "end_user", "session", "task", "feature", "model", "product", "period"];

    [Theory]
    [InlineData(1, "attribute")]
    [InlineData(2, "write_off")]
    [InlineData(3, "socialize")]
    [InlineData(4, "attribute")]
    public async Task Every_report_from_sums_is_the_scan_of_all_events(int seed, string policy)
    {
        var random = new Random(seed);
        await Trade(random, policy, 0, 30);
        await MustBeTheScan(policy);
        Assert.Equal(0, Store.Number("SELECT COUNT(*) FROM cost_day"));
        // Whatever of it was added to the sums, by whomever.
        await Store.Fold(Desk.Caller, each: 3, steps: 20);
        await MustBeTheScan(policy);
        await Trade(random, policy, 30, 60);
        await MustBeTheScan(policy);
        await Store.Fold(Desk.Caller, each: 5, steps: 10, by: Store.OpenAnother());
        await MustBeTheScan(policy);
        Store.Reopen();
        await Store.Fold(Desk.Caller);
        await Store.Fold(Desk.Caller);
        Assert.Equal(0, Store.Number("SELECT COUNT(*) FROM cost_posting"));
        await MustBeTheScan(policy);
    }

    private async Task MustBeTheScan(string policy)
    {
        await MustVerify();
        var scan = await Scan(policy, null, "2026-03-02", "2026-03-08");
        foreach (string by in Groups)
        {
            var report = await Rows(by, null, "2026-03-02", "2026-03-08");
            // What is socialized is in the customers' rows of the report, and apart in the scan.
            var expected = scan[by].Where(r => !r.Key.StartsWith(' ')).OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => Said(r.Key, r.Value));
            Assert.Equal(expected, report.Select(r => Said(Key(r), Figures(r))));
        }
        var totals = await Desk.Do("get_margins", new { from = "2026-03-02", to = "2026-03-08" });
        Assert.Equal(Said("", scan["total"][""]), Said("", Figures(totals.GetProperty("totals"))));
        foreach (var (field, key) in new[] { ("written_off", " written_off"), ("socialized", " socialized"), ("internal", "internal"), ("unattributed", "unattributed") })
        {
            var share = scan["customer"].GetValueOrDefault(key);
            Assert.Equal((field, share.Events, share.Cost), (field, totals.GetProperty(field).GetProperty("events").GetInt64(), Decimal(totals.GetProperty(field), "cost")));
        }
        Assert.Equal(scan["total"][""].Unpriced, totals.GetProperty("unpriced").GetProperty("events").GetInt64());
    }

    [Theory]
    [InlineData(5, "attribute")]
    [InlineData(6, "write_off")]
    public async Task Of_one_customer_every_report_is_the_scan_of_its_events(int seed, string policy)
    {
        await Trade(new Random(seed), policy, 0, 60);
        for (int steps = 0; steps < 12; steps++)
        {
            foreach (string customer in (string[])["anna", "bob"])
            {
                var scan = await Scan(policy, customer, "2026-03-01", "2026-03-20");
                foreach (string by in Groups.Except(["end_user", "session", "task"]).Concat(policy == "attribute" ? ["end_user", "session", "task"] : []))
                {
                    var report = await Rows(by, customer, "2026-03-01", "2026-03-20");
                    Assert.Equal(scan[by].Where(r => !r.Key.StartsWith(' ')).OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => Said(r.Key, r.Value)), report.Select(r => Said(Key(r), Figures(r))));
                }
            }
            await Store.Fold(Desk.Caller, each: 20, steps: 1);
        }
    }

    [Fact]
    public async Task Of_many_end_users_the_first_come_in_order_page_by_page()
    {
        var random = new Random(7);
        var sums = new Dictionary<(string User, string Customer), (int Cost, int Events)>();
        for (int i = 0; i < 1_100; i++)
        {
            // Few amounts, so that many are equal and their keys decide.
            var (user, customer, amount) = ("u" + random.Next(500), random.Next(2) == 0 ? "anna" : "bob", random.Next(1, 4));
            await Desk.Do("record_cost", new
            {
                id = "c" + i,
                customer_id = customer,
                provider = "aws",
                category = "gpu",
                amount = new { currency = "usd", amount = $"{amount}" },
                requested_at = $"2026-03-0{random.Next(1, 9)}T10:00:00Z",
                subject = new { end_user = user },
            });
            var sum = sums.GetValueOrDefault((user, customer));
            sums[(user, customer)] = (sum.Cost + amount, sum.Events + 1);
        }
        Assert.True(sums.Count > 512, "so many keys that the table of sums must have been widened");
        var byKey = sums.OrderBy(s => s.Key.User, StringComparer.Ordinal).ThenBy(s => s.Key.Customer, StringComparer.Ordinal).ToList();
        foreach (var (sort, expected) in new[] { ("cost", byKey.OrderByDescending(s => s.Value.Cost)), ("events", byKey.OrderByDescending(s => s.Value.Events)), ("key", byKey.OrderBy(_ => 0)) })
        {
            var rows = new List<string>();
            string? cursor = null;
            for (int page = 0; page < 3; page++)
            {
                var answer = await Desk.Do("get_margins", new { group_by = "end_user", sort, limit = 90, cursor });
                Assert.Equal(sums.Count, answer.GetProperty("total_rows").GetInt32());
                rows.AddRange(answer.GetProperty("rows").EnumerateArray().Select(r => $"{r.GetProperty("key")} {r.GetProperty("customer_id")} {r.GetProperty("cost")} {r.GetProperty("events")}"));
                cursor = answer.GetProperty("next_cursor").GetString();
            }
            Assert.Equal(expected.Take(270).Select(s => $"{s.Key.User} {s.Key.Customer} {s.Value.Cost} {s.Value.Events}"), rows);
        }
    }

    [Fact]
    public async Task A_model_without_a_price_is_unpriced_on_the_day_of_its_request_and_not_free()
    {
        await Desk.Do("record_llm_cost", Call("anna", "c1", "no-such-model", "2026-03-03T10:00:00Z"));
        var before = await Desk.Do("get_margins", new { group_by = "period" });
        Assert.Equal(("0", "100"), (before.GetProperty("totals").GetProperty("cost").GetString(), before.GetProperty("unpriced").GetProperty("events_percent").GetString()));
        Assert.Contains("lower bounds", before.GetProperty("warnings")[0].GetString(), StringComparison.Ordinal);
        Assert.Equal("2026-03-03", Assert.Single(before.GetProperty("rows").EnumerateArray()).GetProperty("key").GetString());
        Assert.Equal("2026-03-03T00:00:00Z 2026-03-04T00:00:00Z", $"{before.GetProperty("period").GetProperty("from")} {before.GetProperty("period").GetProperty("to")}");
    }

    [Fact]
    public async Task On_another_model_every_hour_has_that_models_prices_and_kinds_without_one_are_named()
    {
        await Desk.Do("record_llm_cost", Call("anna", "c1", "gpt-4o-2024-08-06", "2026-03-03T10:00:00Z"));
        await Desk.Do("record_cost", new { id = "g", customer_id = "anna", provider = "aws", category = "gpu", amount = new { currency = "usd", amount = "0.5" }, requested_at = "2026-03-03T10:00:00Z" });
        var same = (await Desk.Do("get_margins", new { on_model = "openai/gpt-4o-2024-08-06" })).GetProperty("on_model");
        Assert.Equal("0", same.GetProperty("difference").GetString());
        Assert.NotEqual("0", same.GetProperty("cost").GetString());
        var other = (await Desk.Do("get_margins", new { on_model = "openai/gpt-4o-mini" })).GetProperty("on_model");
        Assert.StartsWith("-", other.GetProperty("difference").GetString(), StringComparison.Ordinal);
        Assert.Equal("0.5", Assert.Single(other.GetProperty("without_price").EnumerateArray()).GetProperty("actual").GetString());
        Assert.Equal("invalid_request", await Desk.Code("get_margins", new { on_model = "openai/gpt-4o-mimi" }));
        Assert.Equal("invalid_request", await Desk.Code("get_margins", new { on_model = "gpt-4o" }));
        Assert.Equal("invalid_request", await Desk.Code("get_margins", new { on_model = "openai/gpt-4o", customer_id = "anna" }));
    }

    [Fact]
    public async Task An_alert_is_kept_once_and_stays_as_it_was_found()
    {
        await Desk.Do("record_cost", Gpu("anna", "c1", "5"));
        await Desk.Do("record_cost", Gpu("bob", "c2", "1"));
        var found = await Desk.Do("check_margins", new { month = "2026-03" });
        Assert.Equal(3, found.GetProperty("found").GetInt32());
        Assert.Equal(["negative_margin anna -5", "negative_margin bob -1", "top_cost anna -5"], Alerts(found.GetProperty("added")));
        await Desk.Do("record_cost", Gpu("bob", "c3", "9"));
        Assert.Equal(["top_cost bob -10"], Alerts((await Desk.Do("check_margins", new { month = "2026-03" })).GetProperty("added")));
        Assert.Equal(0, (await Desk.Do("check_margins", new { })).GetProperty("found").GetInt32());
        Store.Reopen();
        var first = await Desk.Do("list_margin_alerts", new { limit = 3 });
        Assert.Equal(["top_cost bob -10", "top_cost anna -5", "negative_margin bob -1"], Alerts(first.GetProperty("alerts")));
        var second = await Desk.Do("list_margin_alerts", new { limit = 3, cursor = first.GetProperty("next_cursor").GetString() });
        Assert.Equal(["negative_margin anna -5"], Alerts(second.GetProperty("alerts")));
        Assert.Equal(4, second.GetProperty("total").GetInt64());
        Assert.Equal(0, (await Desk.Do("list_proofs", new { })).GetProperty("total").GetInt64());
        Assert.Equal("invalid_request", await Desk.Code("check_margins", new { month = "2026-13" }));
    }

    [Fact]
    public async Task Another_workspace_sees_nothing_of_it()
    {
        await Desk.Do("record_cost", Gpu("anna", "c1", "5"));
        await Desk.Do("check_margins", new { month = "2026-03" });
        var other = new Desk(() => Store.Billing, Store.AnotherWorkspace());
        Assert.Equal("0", (await other.Do("get_margins", new { })).GetProperty("totals").GetProperty("cost").GetString());
        Assert.Equal(0, (await other.Do("list_margin_alerts", new { })).GetProperty("total").GetInt64());
        Assert.Equal("customer_not_found", await other.Code("get_margins", new { customer_id = "anna" }));
    }

    private static object Gpu(string customer, string id, string amount) =>
        new { id, customer_id = customer, provider = "aws", category = "gpu", amount = new { currency = "usd", amount }, requested_at = "2026-03-05T10:00:00Z" };

    private static object Call(string customer, string id, string model, string at, string outcome = "succeeded", object? subject = null, string? feature = null) => new
    {
        id,
        customer_id = customer,
        provider = "openai",
        api = "openai.chat",
        requested_at = at,
        outcome,
        subject,
        feature,
        response = new { id = "r-" + id, @object = "chat.completion", model, usage = new { prompt_tokens = 1000 + id.Length, completion_tokens = 77, total_tokens = 1077 + id.Length } },
    };

    // Model calls that succeed and fail, of models with and without a price, other costs, and usage that is charged, with and without a cost told beside it.
    private async Task Trade(Random random, string policy, int from, int to)
    {
        await Desk.Apply(Catalog.Replace("POLICY", policy, StringComparison.Ordinal));
        await Desk.Grant("anna", "100");
        await Desk.Grant("bob", "100");
        T One<T>(params T[] of) => of[random.Next(of.Length)];
        for (int i = from; i < to; i++)
        {
            string id = "x" + i, at = $"2026-03-0{random.Next(1, 10)}T{random.Next(24):00}:00:00Z";
            string customer = One("anna", "bob", "anna", "internal", "unattributed");
            string? feature = One(null, "chat", "search", "a b");
            object? subject = One<object?>(null, new { end_user = One("gina", "otto") }, new { end_user = "gina", session = One("s1", "s2"), task = One("t1", "gina") });
            switch (random.Next(4))
            {
                case 0:
                    await Desk.Do("record_cost", new { id, customer_id = customer, provider = "aws", category = One("gpu", "disk"), amount = new { currency = "usd", amount = $"0.{random.Next(1, 1_000_000_000):000000000}" }, requested_at = at, subject, feature });
                    break;
                case 1:
                    string payer = One("anna", "bob");
                    var told = random.Next(2) == 0 ? null : new
                    {
                        provider = "openai",
                        api = "openai.chat",
                        requested_at = at,
                        response = new { id = "u-" + id, @object = "chat.completion", model = One("gpt-4o-2024-08-06", "gpt-4o-mini"), usage = new { prompt_tokens = 10 + i, completion_tokens = 3, total_tokens = 13 + i } },
                    };
                    await Desk.Do("record_usage_event", new { id, customer_id = payer, event_type = One("image", "call"), quantity = random.Next(1, 20).ToString(CultureInfo.InvariantCulture), timestamp = at, subject, feature, cost = told });
                    break;
                default:
                    await Desk.Do("record_llm_cost", Call(customer, id, One("gpt-4o-2024-08-06", "gpt-4o-mini", "no-such-model"), at, One("succeeded", "succeeded", "failed", "aborted"), subject, feature));
                    break;
            }
        }
    }

    // Everything added up from the lists of events, as one would who knows nothing of sums.
    private async Task<Dictionary<string, SortedDictionary<string, Sum>>> Scan(string policy, string? only, string from, string to)
    {
        var sums = Groups.Append("total").ToDictionary(g => g, _ => new SortedDictionary<string, Sum>(StringComparer.Ordinal));
        void Add(string by, string key, Sum sum) => sums[by][key] = sums[by].GetValueOrDefault(key) + sum;
        void Spread(JsonElement e, string day, string customer, string borneBy, string model, string product, Sum sum)
        {
            if (string.CompareOrdinal(day, from) < 0 || string.CompareOrdinal(day, to) >= 0 || (only is not null && (customer != only || borneBy != only)))
            {
                return;
            }
            Add("total", "", sum);
            Add("customer", borneBy, sum);
            Add("feature", Text(e, "feature"), sum);
            Add("model", model, sum);
            Add("product", product, sum);
            Add("period", day, sum);
            foreach (string part in (string[])["end_user", "session", "task"])
            {
                if (e.TryGetProperty("subject", out var subject) && Text(subject, part) is { Length: > 0 } value)
                {
                    Add(part, customer + "\n" + value, sum);
                }
            }
        }
        var usage = await All("list_usage", "events");
        var costs = await All("list_costs", "costs");
        string ModelOf(JsonElement c) => $"{Text(c, "provider")}/{Text(c, "model")}";
        foreach (var c in costs)
        {
            // A cost that came with usage is kept under the usage's product.
            var with = usage.FirstOrDefault(u => "u-" + Text(u, "id") == Text(c, "cost_event_id").Split(':')[^1]);
            string outcome = Text(c, "outcome"), customer = Text(c, "customer_id");
            string borneBy = outcome == "succeeded" || policy == "attribute" ? customer : policy == "write_off" ? " written_off" : " socialized";
            Spread(
                c, Text(c, "requested_at")[..10], customer, borneBy, ModelOf(c), with.ValueKind == JsonValueKind.Undefined ? "" : Text(with.GetProperty("charges")[0], "product"),
                new Sum(1, Text(c, "status") == "unpriced" ? 1 : 0, c.GetProperty("cost").ValueKind == JsonValueKind.Null ? 0 : Decimal(c.GetProperty("cost"), "amount"), 0));
        }
        foreach (var u in usage)
        {
            var charge = u.GetProperty("charges")[0];
            var with = costs.FirstOrDefault(c => "u-" + Text(u, "id") == Text(c, "cost_event_id").Split(':')[^1]);
            Spread(
                u, Text(u, "timestamp")[..10], Text(u, "customer_id"), Text(u, "customer_id"), with.ValueKind == JsonValueKind.Undefined ? "" : ModelOf(with), Text(charge, "product"),
                new Sum(0, 0, 0, Decimal(charge, "amount")));
        }
        return sums;
    }

    private async Task<List<JsonElement>> All(string operation, string list)
    {
        var all = new List<JsonElement>();
        string? cursor = null;
        do
        {
            var page = await Desk.Do(operation, new { limit = 50, cursor });
            all.AddRange(page.GetProperty(list).EnumerateArray());
            cursor = page.TryGetProperty("next_cursor", out var next) ? next.GetString() : null;
        }
        while (cursor is not null);
        return all;
    }

    private async Task<List<JsonElement>> Rows(string by, string? customer, string from, string to)
    {
        var rows = new List<JsonElement>();
        string? cursor = null;
        do
        {
            var page = await Desk.Do("get_margins", new { group_by = by, customer_id = customer, from, to, sort = "key", limit = 7, cursor });
            rows.AddRange(page.GetProperty("rows").EnumerateArray());
            cursor = page.TryGetProperty("next_cursor", out var next) ? next.GetString() : null;
        }
        while (cursor is not null);
        return [.. rows.OrderBy(r => Key(r), StringComparer.Ordinal)];
    }

    private static string Key(JsonElement row) => Text(row, "customer_id") is { Length: > 0 } customer ? customer + "\n" + Text(row, "key") : Text(row, "key");

    private static Sum Figures(JsonElement of) => new(
        of.GetProperty("events").GetInt64(), of.TryGetProperty("unpriced", out var unpriced) ? unpriced.GetInt64() : 0,
        Decimal(of, "cost") - (of.TryGetProperty("socialized", out _) ? Decimal(of, "socialized") : 0), Decimal(of, "revenue"));

    // Totals have no count of unpriced events of their own.
    private static string Said(string key, Sum s) => string.Create(CultureInfo.InvariantCulture, $"{key}: {s.Events} events, {McpBilling.Costs.CostMoney.Format(s.Cost)} cost, {McpBilling.Costs.CostMoney.Format(s.Revenue)} revenue");

    private static string[] Alerts(JsonElement list) => [.. list.EnumerateArray().Select(a => $"{Text(a, "kind")} {Text(a, "customer_id")} {Text(a, "margin")}")];

    private static string Text(JsonElement of, string name) => of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static decimal Decimal(JsonElement of, string name) => decimal.Parse(of.GetProperty(name).GetString()!, CultureInfo.InvariantCulture);

    private readonly record struct Sum(long Events, long Unpriced, decimal Cost, decimal Revenue)
    {
        public static Sum operator +(Sum a, Sum b) => new(a.Events + b.Events, a.Unpriced + b.Unpriced, a.Cost + b.Cost, a.Revenue + b.Revenue);
    }
}
