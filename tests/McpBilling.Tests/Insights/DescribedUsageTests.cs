using System.Text.Json;
using McpBilling.Operations;
using McpBilling.Tests.Catalog;

namespace McpBilling.Tests.Insights;

public sealed class DescribedUsageTests
{
    // Price, usage of each customer, revenue: computed by hand.
    public static TheoryData<string, string, string> ByHand => new()
    {
        // To 10 at 1.00, to 20 at 0.50, beyond 0.10: 10 + 5 + 0.50 each.
        { """ "model":"graduated","tiers":[{"up_to":"10","unit_price":"1"},{"up_to":"20","unit_price":"0.5"},{"up_to":null,"unit_price":"0.1"}] """, """ "customers":2,"quantity_per_customer":"25" """, "31.00 usd" },
        // The eleventh of 11 makes all cheaper: 11 × 0.50.
        { """ "model":"volume","tiers":[{"up_to":"10","unit_price":"1"},{"up_to":null,"unit_price":"0.5"}] """, """ "customers":3,"quantity_per_customer":"11" """, "16.50 usd" },
        // 100 free, then 1,000 for 0.20: 1,101 begin a second thousand.
        { """ "model":"package","package_size":"1000","package_price":"0.20","free_units":"100" """, """ "customers":10,"quantity_per_customer":"1101","quantity_per_event":"1101" """, "4.00 usd" },
        { """ "model":"package","package_size":"1000","package_price":"0.20","free_units":"100" """, """ "customers":10,"quantity_per_customer":"100" """, "0.00 usd" },
        // 20 free of 20.5 in events of one and a half at the end.
        { """ "model":"per_unit","unit_price":"0.04","free_units":"20" """, """ "customers":1,"quantity_per_customer":"20.5" """, "0.02 usd" },
        // A cap: 50 × 0.10 is 5.00, at most 3.
        { """ "model":"per_unit","unit_price":"0.10","max_per_period":"3" """, """ "customers":4,"quantity_per_customer":"50" """, "12.00 usd" },
        // A flat fee once a month.
        { """ "model":"flat","amount":"9.99" """, """ "customers":100,"quantity_per_customer":"7" """, "999.00 usd" },
        // Each event alone: 2.9 % + 0.30 of 100 is 3.20, five times.
        { """ "model":"percentage","percent":"2.9","fixed_per_event":"0.30" """, """ "customers":1,"quantity_per_customer":"500","quantity_per_event":"100" """, "16.00 usd" },
        // Three dollars per million tokens, without saying how large an event is.
        { """ "model":"per_unit","unit_price":"3","per":"1000000" """, """ "customers":1000,"quantity_per_customer":"2500000" """, "7500.00 usd" },
        // A third of a nano-dollar is rounded once, on the period's total.
        { """ "model":"per_unit","unit_price":"1","per":"3000000000" """, """ "customers":1,"quantity_per_customer":"3" """, "0.000000001 usd" },
        // Nobody uses anything.
        { """ "model":"flat","amount":"9.99" """, """ "customers":5,"quantity_per_customer":"0" """, "" },
        // More than 64 bits can count in nano-dollars: a billion customers at 50 dollars.
        { """ "model":"flat","amount":"50" """, """ "customers":1000000000,"quantity_per_customer":"1" """, "50000000000.00 usd" },
    };

    [Theory]
    [MemberData(nameof(ByHand))]
    public async Task Revenue_is_what_one_computes_by_hand(string price, string usage, string revenue)
    {
        var answer = await new SimulatedShop(SimulatedShop.Priced(price)).Ask($$"""{"usage":{"described":[{"event_type":"e",{{usage}} }]} }""");
        Assert.Equal(revenue, SimulatedShop.Say(answer.GetProperty("present").GetProperty("revenue")));
    }

    [Fact]
    public async Task A_price_by_cost_is_charged_by_the_assumed_cost_and_asks_for_it_where_there_is_none()
    {
        var shop = new SimulatedShop(SimulatedShop.Priced(""" "model":"cost_plus","markup_percent":"30" """));
        const string Usage = """ "usage":{"described":[{"event_type":"e","customers":2,"quantity_per_customer":"10"}]} """;
        // Two customers, ten at 0.50 and 30 % each.
        var answer = await shop.Ask("{" + Usage + ""","costs":[{"event_type":"e","per_unit":"0.5","asset":"usd"}]}""");
        Assert.Equal("13.00 usd", SimulatedShop.Say(answer.GetProperty("present").GetProperty("revenue")));
        Assert.Equal("3.00 usd", SimulatedShop.Say(answer.GetProperty("present").GetProperty("margin")));
        var refused = await Assert.ThrowsAsync<BillingException>(() => shop.Ask("{" + Usage + "}"));
        Assert.Equal(("costs", ErrorCode.InvalidRequest), (refused.Field, refused.Code));
    }

    [Fact]
    public async Task Five_hundred_users_with_five_percent_heavy_ones_use_their_credits_first()
    {
        var answer = await new SimulatedShop(SimulatedShop.Images).Ask(
            """{"usage":{"described":[{"customers":500,"event_type":"image","quantity_per_customer":"20","heavy":{"percent":"5","quantity_per_customer":"400"}}]}}""");
        // 475 × 20 and 25 × 100 credits; then 25 × 300 images at 0.04.
        var present = answer.GetProperty("present");
        Assert.Equal("12000 credits, 300.00 usd", SimulatedShop.Say(present.GetProperty("revenue")));
        Assert.Equal(500, answer.GetProperty("customers").GetInt64());
        Assert.Equal("19500", answer.GetProperty("events").GetString());
        // Nearest rank: the 475th of 500 still pays nothing in dollars, the 495th pays 12.
        var usd = present.GetProperty("percentiles").EnumerateArray().Single(p => p.GetProperty("asset").GetString() == "usd");
        Assert.Equal(("0.00", "0.00", "12.00"), (usd.GetProperty("p50").GetString(), usd.GetProperty("p95").GetString(), usd.GetProperty("p99").GetString()));
        // The hundredth of 400 images spread over November empties the account.
        var ran = Assert.Single(present.GetProperty("ran_out_of_credit").EnumerateArray());
        Assert.Equal(("credits", 25L), (ran.GetProperty("asset").GetString(), ran.GetProperty("customers").GetInt64()));
        Assert.StartsWith("2026-11-08T", ran.GetProperty("first").GetString(), StringComparison.Ordinal);
        var most = answer.GetProperty("pay_most").EnumerateArray().Single(c => c.GetProperty("asset").GetString() == "usd");
        Assert.Equal(("described[0].heavy", 25L, "12.00"), (most.GetProperty("customer_id").GetString(), most.GetProperty("customers").GetInt64(), most.GetProperty("present").GetString()));
    }

    [Fact]
    public async Task A_draft_is_laid_beside_the_present_prices()
    {
        // 50 credits instead of 100, and 0.05 instead of 0.04.
        string draft = SimulatedShop.Images.Replace("0.04", "0.05", StringComparison.Ordinal).Replace("\"100\"", "\"50\"", StringComparison.Ordinal);
        var answer = await new SimulatedShop(SimulatedShop.Images).Ask(
            $$"""{"document":{{draft}},"usage":{"described":[{"customers":10,"event_type":"image","quantity_per_customer":"20","heavy":{"percent":"30","quantity_per_customer":"110"} }]},"""
            + """ "costs":[{"event_type":"image","per_unit":"0.03","asset":"usd"}]}""");
        // Three heavy ones: now 100 credits and 10 × 0.04; then 50 credits and 60 × 0.05.
        Assert.Equal("440 credits, 1.20 usd", SimulatedShop.Say(answer.GetProperty("present").GetProperty("revenue")));
        Assert.Equal("290 credits, 9.00 usd", SimulatedShop.Say(answer.GetProperty("draft").GetProperty("revenue")));
        var moves = answer.GetProperty("moves").EnumerateArray().ToDictionary(m => m.GetProperty("asset").GetString()!);
        Assert.Equal((3L, 0L, 7L), Moved(moves["usd"]));
        Assert.Equal((0L, 3L, 7L), Moved(moves["credits"]));
        var loser = answer.GetProperty("pay_more").EnumerateArray().Single();
        Assert.Equal(("described[0].heavy", "0.40", "3.00", "2.60"),
            (loser.GetProperty("customer_id").GetString(), loser.GetProperty("present").GetString(), loser.GetProperty("draft").GetString(), loser.GetProperty("change").GetString()));
        // 7 × 20 + 3 × 110 images at 0.03 cost 14.10; everyone costs more than the dollars they pay.
        Assert.Equal("14.10 usd", SimulatedShop.Say(answer.GetProperty("present").GetProperty("cost")));
        Assert.Equal("-12.90 usd", SimulatedShop.Say(answer.GetProperty("present").GetProperty("margin")));
        Assert.Equal("-5.10 usd", SimulatedShop.Say(answer.GetProperty("draft").GetProperty("margin")));
        Assert.Equal(10, answer.GetProperty("present").GetProperty("unprofitable_customers").GetInt64());
        var worst = answer.GetProperty("unprofitable")[0];
        Assert.Equal(("described[0]", "0.60", "-0.60", "-0.60"),
            (worst.GetProperty("customer_id").GetString(), worst.GetProperty("cost").GetString(), worst.GetProperty("present_margin").GetString(), worst.GetProperty("draft_margin").GetString()));
        var product = answer.GetProperty("products").EnumerateArray().Single(p => p.GetProperty("asset").GetString() == "usd");
        Assert.Equal(("art", "1.20", "9.00", "7.80", "-12.90", "-5.10"),
            (product.GetProperty("product").GetString(), product.GetProperty("present").GetString(), product.GetProperty("draft").GetString(), product.GetProperty("change").GetString(),
                product.GetProperty("present_margin").GetString(), product.GetProperty("draft_margin").GetString()));
    }

    public static TheoryData<string, string> Mistakes => new()
    {
        { """{"usage":{"described":[{"customers":0,"event_type":"image","quantity_per_customer":"1"}]}}""", "usage.described[0].customers" },
        { """{"usage":{"described":[{"customers":5,"event_type":"imag","quantity_per_customer":"1"}]}}""", "usage.described[0].event_type" },
        { """{"usage":{"described":[{"customers":5,"event_type":"image","quantity_per_customer":"-1"}]}}""", "usage.described[0].quantity_per_customer" },
        { """{"usage":{"described":[{"customers":5,"event_type":"image","quantity_per_customer":"1","quantity_per_event":"0"}]}}""", "usage.described[0].quantity_per_event" },
        { """{"usage":{"described":[{"customers":5,"event_type":"image","quantity_per_customer":"1000000","quantity_per_event":"1"}]}}""", "usage.described[0].quantity_per_event" },
        { """{"usage":{"described":[{"customers":5,"event_type":"image","quantity_per_customer":"1","heavy":{"percent":"101","quantity_per_customer":"1"}}]}}""", "usage.described[0].heavy.percent" },
        { """{"usage":{"described":[]}}""", "usage.described" },
        { """{"usage":{"described":[{"customers":5,"event_type":"image","quantity_per_customer":"1"}],"recorded":{}}}""", "usage.described" },
        { """{"usage":{"recorded":{"from":"2026-11-02T00:00:00Z","to":"2026-11-01T00:00:00Z"}}}""", "usage.recorded.to" },
        { """{"usage":{"recorded":{"from":"2024-11-02T00:00:00Z","to":"2026-11-01T00:00:00Z"}}}""", "usage.recorded.to" },
        { """{"usage":{"recorded":{"from":"2024-11-02T00:00:00Z"}}}""", "usage.recorded.from" },
        { """{"usage":{"described":[{"customers":5,"event_type":"image","quantity_per_customer":"1"}]},"costs":[{"event_type":"image","per_unit":"-1","asset":"usd"}]}""", "costs[0].per_unit" },
        { """{"usage":{"described":[{"customers":5,"event_type":"image","quantity_per_customer":"1"}]},"costs":[{"event_type":"image","per_unit":"1","asset":"euros"}]}""", "costs[0].asset" },
        { """{"usage":{"described":[{"customers":5,"event_type":"image","quantity_per_customer":"1"}]},"costs":[{"event_type":"video","per_unit":"1","asset":"usd"}]}""", "costs[0].event_type" },
        { """{"limit":0}""", "limit" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task A_mistake_is_named_by_its_field(string input, string field)
    {
        var refusal = await Assert.ThrowsAsync<BillingException>(() => new SimulatedShop(SimulatedShop.Images).Ask(input));
        Assert.True(refusal.Field == field || refusal.Problems.Any(p => Dotted(p.Pointer) == field), $"{refusal.Field}: {refusal.Message} {string.Join("; ", refusal.Problems)}");
    }

    [Fact]
    public async Task Every_problem_of_a_draft_is_told_as_apply_tells_it()
    {
        string draft = SimulatedShop.Images.Replace("per_unit", "perunit", StringComparison.Ordinal);
        var refusal = await Assert.ThrowsAsync<BillingException>(() => new SimulatedShop(SimulatedShop.Images).Ask($$"""{"document":{{draft}} }"""));
        Assert.Equal(ErrorCode.InvalidCatalog, refusal.Code);
        Assert.Equal(["/products/0/prices/0/model", "/products/0/prices/1/model"], refusal.Problems.Select(p => p.Pointer));
    }

    [Fact]
    public async Task A_property_that_the_meter_needs_is_asked_for()
    {
        const string catalog =
            """
            {"meters":[{"id":"t","event_type":"llm","aggregation":"sum","property":"tokens"}],
             "products":[{"id":"p","prices":[{"id":"x","meter":"t","asset":"usd","model":"per_unit","unit_price":"1"}]}]}
            """;
        var refusal = await Assert.ThrowsAsync<BillingException>(() => new SimulatedShop(catalog).Ask("""{"usage":{"described":[{"customers":1,"event_type":"llm","quantity_per_customer":"2"}]}}"""));
        Assert.Equal("usage.described[0].properties", refusal.Field);
        var answer = await new SimulatedShop(catalog).Ask("""{"usage":{"described":[{"customers":3,"event_type":"llm","quantity_per_customer":"2","properties":{"tokens":10}}]}}""");
        Assert.Equal("60.00 usd", SimulatedShop.Say(answer.GetProperty("present").GetProperty("revenue")));
    }

    [Fact]
    public async Task A_price_that_is_only_scheduled_is_not_the_present_one()
    {
        var first = Catalogs.After(SimulatedShop.Priced(""" "model":"per_unit","unit_price":"1" """));
        var both = first.Apply(SimulatedShop.Priced(""" "model":"per_unit","unit_price":"2","effective_at":"2026-12-01T00:00:00Z" """), Catalogs.Day2).Next;
        var answer = await new SimulatedShop(both).Ask("""{"usage":{"described":[{"customers":1,"event_type":"e","quantity_per_customer":"5"}]}}""");
        Assert.Equal("5.00 usd", SimulatedShop.Say(answer.GetProperty("present").GetProperty("revenue")));
    }

    [Fact]
    public async Task Whoever_cancels_gets_no_answer()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new SimulatedShop(SimulatedShop.Images).Ask(
            """{"usage":{"described":[{"customers":5,"event_type":"image","quantity_per_customer":"20"}]}}""", stop.Token));
    }

    private static (long, long, long) Moved(JsonElement moves) => (moves.GetProperty("pay_more").GetInt64(), moves.GetProperty("pay_less").GetInt64(), moves.GetProperty("same").GetInt64());

    // /usage/described/0/customers → usage.described[0].customers
    private static string Dotted(string pointer) => pointer.TrimStart('/').Split('/').Aggregate("", (path, part) =>
        path.Length == 0 ? part : part.All(char.IsDigit) ? $"{path}[{part}]" : $"{path}.{part}");
}
