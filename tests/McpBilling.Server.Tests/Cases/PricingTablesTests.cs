using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpBilling.Server.Tests.Usage;

namespace McpBilling.Server.Tests.Cases;

/// <summary>The worked examples and rules of pricing.md over REST: a price, the events that are recorded one after the other, what each is charged.</summary>
public sealed class PricingTablesTests : IAsyncLifetime
{
    private const string Tiers = """ "tiers":[{"up_to":"10","unit_price":"1"},{"up_to":"20","unit_price":"0.5"},{"up_to":null,"unit_price":"0.1"}] """;
    private const string Flat = """ "tiers":[{"up_to":"10","unit_price":"1","flat_price":"2"},{"up_to":null,"unit_price":"0.5","flat_price":"5"}] """;
    private const string Stairs = """ "tiers":[{"up_to":"10","flat_price":"5"},{"up_to":"100","flat_price":"20"},{"up_to":null,"flat_price":"50"}] """;

    private static int made;
    private readonly LiveServer server = new();
    private BillingClient client = null!;

    public async ValueTask InitializeAsync()
    {
        await server.InitializeAsync();
        client = server.Client;
    }

    public async ValueTask DisposeAsync()
    {
        Assert.Empty((await server.Verify()).Differences);
        await server.DisposeAsync();
    }

    /// <summary>The price, the quantities, the charge of each.</summary>
    public static TheoryData<string, string, string> Prices { get; } = new()
    {
        { """ "model":"per_unit","unit_price":"0.04" """, "3", "0.12" },
        { """ "model":"per_unit","unit_price":"3","per":"1000000" """, "1 999999", "0.000003 2.999997" },
        { """ "model":"flat","amount":"7" """, "0 1 5", "0 7 0" },
        { $""" "model":"graduated",{Tiers} """, "10", "10" },
        { $""" "model":"graduated",{Tiers} """, "11", "10.5" },
        { $""" "model":"graduated",{Tiers} """, "20", "15" },
        { $""" "model":"graduated",{Tiers} """, "25", "15.5" },
        { $""" "model":"graduated",{Tiers} """, "10.5", "10.25" },
        { $""" "model":"graduated",{Flat} """, "0 1 9 1", "0 3 9 5.5" },
        { $""" "model":"graduated",{Flat} """, "11", "17.5" },
        { $""" "model":"graduated",{Flat} """, "1 1 1 1 1 1 1 1 1 1 1", "3 1 1 1 1 1 1 1 1 1 5.5" },
        { $""" "model":"volume",{Tiers} """, "10 1 14", "10 -4.5 -3" },
        { $""" "model":"stairstep",{Stairs} """, "10 1 90", "5 15 30" },
        { """ "model":"package","package_size":"1000","package_price":"0.20" """, "1 999 1", "0.2 0 0.2" },
        { """ "model":"package","package_size":"1000","package_price":"0.20","free_units":"100" """, "100 1 999 1", "0 0.2 0 0.2" },
        { """ "model":"percentage","percent":"2.9","fixed_per_event":"0.30","min_per_event":"0.50" """, "5 100 0", "0.5 3.2 0.5" },
        { """ "model":"percentage","percent":"10","max_per_event":"5" """, "10 100", "1 5" },
        { """ "model":"percentage","percent":"10","fixed_per_event":"1","free_events":2 """, "50 50 50", "0 0 6" },
        { """ "model":"percentage","percent":"10","fixed_per_event":"1","free_amount":"60" """, "50 50 50", "0 5 6" },
        { """ "model":"percentage","percent":"10","fixed_per_event":"1","free_events":3,"free_amount":"60" """, "50 50 50", "0 5 6" },
        { """ "model":"percentage","percent":"100" """, "0.07", "0.07" },
        { """ "model":"graduated_percentage","tiers":[{"up_to":"100","percent":"2","flat_price":"1"},{"up_to":null,"percent":"1"}] """, "100 100", "3 1" },
        { """ "model":"per_unit","unit_price":"1","free_units":"5" """, "3 3 3", "0 1 3" },
        { """ "model":"per_unit","unit_price":"1","max_per_period":"5" """, "3 3 3", "3 2 0" },
        { """ "model":"per_unit","unit_price":"1","quantity_rounding":"up" """, "0.5 0.5 0.1", "1 0 1" },
        { """ "model":"per_unit","unit_price":"1","quantity_rounding":"nearest" """, "0.4 0.2 0.2", "0 1 0" },
        { """ "model":"per_unit","unit_price":"1","period":"event","free_units":"1" """, "2 2", "1 1" },
        { """ "model":"per_unit","unit_price":"0.000000001","per":"2" """, "1 1 1 1", "0 0.000000001 0.000000001 0" },
    };

    [Theory]
    [MemberData(nameof(Prices))]
    public async Task An_event_is_charged_price_after_less_price_before(string price, string quantities, string charges)
    {
        string id = await Define($$"""{"id":"p","meter":"m","asset":"usd",{{price}}}""");
        Assert.Equal(charges, string.Join(' ', await Record(id, quantities.Split(' ').Select(q => ("2024-01-15T00:00:00Z", q, "{}")))));
    }

    /// <summary>What is remembered from event to event: the period, its time zone, the kind of meter.</summary>
    [Theory]
    [InlineData("month, the default", "graduated", "", "2024-01-31T23:59:59Z=10 2024-02-01T00:00:00Z=10", "10 10")]
    [InlineData("day", "graduated", "\"period\":\"day\",", "2024-01-31T23:59:59Z=10 2024-02-01T00:00:00Z=1 2024-02-01T01:00:00Z=10", "10 1 9.5")]
    [InlineData("ever", "graduated", "\"period\":\"ever\",", "2024-01-31T23:59:59Z=10 2024-02-01T00:00:00Z=10", "10 5")]
    [InlineData("event", "graduated", "\"period\":\"event\",", "2024-01-31T00:00:00Z=10 2024-01-31T00:00:00Z=11", "10 10.5")]
    [InlineData("a late event belongs to its own month", "graduated", "", "2024-01-31T00:00:00Z=10 2024-02-02T00:00:00Z=1 2024-01-31T12:00:00Z=10", "10 1 5")]
    public async Task A_period_is_that_of_the_events_own_time(string what, string model, string period, string events, string charges)
    {
        string id = await Define($$"""{"id":"p","meter":"m","asset":"usd",{{period}}"model":"{{model}}",{{Tiers}}}""");
        Assert.True(charges == string.Join(' ', await Record(id, events.Split(' ').Select(e => (e.Split('=')[0], e.Split('=')[1], "{}")))), what);
    }

    [Fact]
    public async Task A_month_begins_where_the_workspace_is()
    {
        string id = await Define($$"""{"id":"p","meter":"m","asset":"usd","model":"graduated",{{Tiers}}}""", zone: "America/New_York");
        var charges = await Record(id, [("2024-02-01T04:59:59Z", "10", "{}"), ("2024-02-01T05:00:00Z", "10", "{}"), ("2024-02-01T04:00:00Z", "1", "{}")]);
        Assert.Equal("10 10 0.5", string.Join(' ', charges));
    }

    [Theory]
    [InlineData("count", """{"aggregation":"count"}""", """{};{};{"x":1}""", "1 1 1")]
    [InlineData("sum of a property", """{"aggregation":"sum","property":"x"}""", """{"x":2};{"x":"0.5"};{"x":0}""", "2 0.5 0")]
    [InlineData("max", """{"aggregation":"max","property":"x"}""", """{"x":5};{"x":3};{"x":7}""", "5 0 2")]
    [InlineData("unique_count", """{"aggregation":"unique_count","property":"x"}""", """{"x":"a"};{"x":"a"};{"x":"b"};{"x":true}""", "1 0 1 1")]
    [InlineData("latest", """{"aggregation":"latest","property":"x"}""", """{"x":5};{"x":3};{"x":7}""", "5 -2 4")]
    [InlineData("a filter", """{"aggregation":"count","filter":{"x":["1","2"]}}""", """{"x":"1"};{"x":"3"};{"x":2};{}""", "1 none 1 none")]
    public async Task A_meter_measures_what_its_aggregation_says(string what, string meter, string properties, string charges)
    {
        string id = await Define("""{"id":"p","meter":"m","asset":"usd","model":"per_unit","unit_price":"1"}""", meter: meter);
        Assert.True(charges == string.Join(' ', await Record(id, properties.Split(';').Select(p => ("2024-01-15T00:00:00Z", "1", p)))), what);
    }

    [Theory]
    [InlineData("unique_count", """{"aggregation":"unique_count","property":"x"}""", """{"x":1};{"x":1};{"x":2}""", "1 1 1")]
    [InlineData("max", """{"aggregation":"max","property":"x"}""", """{"x":5};{"x":3}""", "5 3")]
    [InlineData("latest", """{"aggregation":"latest","property":"x"}""", """{"x":5};{"x":3};{"x":7}""", "5 3 7")]
    public async Task Of_a_price_per_event_each_event_is_metered_alone(string what, string meter, string properties, string charges)
    {
        string id = await Define("""{"id":"p","meter":"m","asset":"usd","model":"per_unit","unit_price":"1","period":"event"}""", meter: meter);
        Assert.True(charges == string.Join(' ', await Record(id, properties.Split(';').Select(p => ("2024-01-15T00:00:00Z", "1", p)))), what);
    }

    [Fact]
    public async Task Weight_by_time_counts_what_is_left_of_the_period()
    {
        string id = await Define("""{"id":"p","meter":"m","asset":"usd","model":"per_unit","unit_price":"30","period":"month"}""", meter: """{"aggregation":"sum","weight_by":"time"}""");
        // September has 30 days: a seat from its first instant costs all of it, one from its 16th day on half.
        Assert.Equal("30 15", string.Join(' ', await Record(id, [("2024-09-01T00:00:00Z", "1", "{}"), ("2024-09-16T00:00:00Z", "1", "{}")], now: "2024-09-16T00:00:00Z")));
    }

    [Fact]
    public async Task The_price_with_the_most_conditions_that_fit_wins()
    {
        string id = await DefineAll("every_asset",
            """{"id":"p","meter":"m","asset":"usd","model":"per_unit","unit_price":"1"}""",
            """{"id":"q","meter":"m","asset":"usd","model":"per_unit","unit_price":"2","where":{"model":["flux"]}}""",
            """{"id":"r","meter":"m","asset":"usd","model":"per_unit","unit_price":"3","where":{"model":["flux"],"size":["1024","2048"]}}""");
        Assert.Equal("1 2 3 1", string.Join(' ', await Record(id, Properties("""{"model":"sd"}""", """{"model":"flux","size":512}""", """{"model":"flux","size":1024}""", "{}"))));
    }

    [Fact]
    public async Task A_matrix_charges_by_the_row_that_fits_and_nothing_where_none_does()
    {
        string id = await Define("""{"id":"p","meter":"m","asset":"usd","model":"matrix","dimensions":["model","size"],"rows":[{"values":["flux","1024"],"unit_price":"2"},{"values":["sd","512"],"unit_price":"1"}]}""");
        Assert.Equal("2 1 none", string.Join(' ', await Record(id, Properties("""{"model":"flux","size":"1024"}""", """{"model":"sd","size":512}""", """{"model":"flux","size":"512"}"""))));
    }

    [Fact]
    public async Task First_affordable_takes_credits_first_then_dollars()
    {
        string id = await DefineAll("first_affordable",
            """{"id":"p","meter":"m","asset":"credits","model":"per_unit","unit_price":"1"}""", """{"id":"q","meter":"m","asset":"usd","model":"per_unit","unit_price":"0.04"}""");
        await client.Do("/v1/grants", new { customer_id = id, asset = "credits", amount = "3", idempotency_key = "g" });
        var seen = new List<string>();
        foreach (string quantity in (string[])["2", "2", "1", "1"])
        {
            var reply = await client.Do("/v1/usage", new { id = client.NextKey(), customer_id = id, event_type = id, quantity });
            var charge = reply.Json.GetProperty("charges").EnumerateArray().Single();
            seen.Add($"{charge.GetProperty("amount").GetString()} {charge.GetProperty("asset").GetString()}");
        }
        Assert.Equal(["2 credits", "0.08 usd", "1 credits", "0.04 usd"], seen.Select(s => decimal.Parse(s.Split(' ')[0], CultureInfo.InvariantCulture).ToString("0.##", CultureInfo.InvariantCulture) + " " + s.Split(' ')[1]));
    }

    [Theory]
    [InlineData(true, "0.5 0.5")]
    [InlineData(false, "1 1")]
    public async Task A_new_version_goes_on_from_the_quantity_that_the_period_has(bool carry, string charges)
    {
        string now = await Start();
        string id = await Define($$"""{"id":"p","meter":"m","asset":"usd","model":"graduated","period":"ever",{{Tiers.Replace("0.1", "0.2", StringComparison.Ordinal)}}}""");
        Assert.Equal("10", string.Join(' ', await Record(id, [(now, "10", "{}")], now)));
        await Define($$"""{"id":"p","meter":"m","asset":"usd","model":"graduated","period":"ever","carry":{{(carry ? "true" : "false")}},{{Tiers}}}""", id);
        Assert.Equal(charges, string.Join(' ', await Record(id, [(now, "1", "{}"), (now, "1", "{}")], now)));
    }

    [Fact]
    public async Task An_event_is_rated_by_the_version_of_its_own_time()
    {
        string now = await Start();
        string id = await Define("""{"id":"p","meter":"m","asset":"usd","model":"per_unit","unit_price":"1"}""");
        string later = After(now, TimeSpan.FromHours(1));
        await Define($$"""{"id":"p","meter":"m","asset":"usd","model":"per_unit","unit_price":"2","effective_at":"{{later}}"}""", id);
        Assert.Equal("1 1", string.Join(' ', await Record(id, [(now, "1", "{}"), (now, "1", "{}")], now)));
        Assert.Equal("1 2", string.Join(' ', await Record(id, [(now, "1", "{}"), (later, "1", "{}")], later)));
    }

    [Fact]
    public async Task An_event_may_be_34_days_old_and_5_minutes_ahead_and_no_more()
    {
        string now = await Start();
        string id = await Define("""{"id":"p","meter":"m","asset":"usd","model":"per_unit","unit_price":"1"}""");
        (TimeSpan From, int Status)[] cases = [(TimeSpan.FromDays(-34), 200), (TimeSpan.FromDays(-34) - TimeSpan.FromSeconds(1), 400), (TimeSpan.FromMinutes(5), 200), (TimeSpan.FromMinutes(5) + TimeSpan.FromSeconds(1), 400), (TimeSpan.Zero, 200)];
        foreach (var (from, status) in cases)
        {
            var reply = await client.Post("/v1/usage", new { id = client.NextKey() + from, customer_id = id, event_type = id, timestamp = After(now, from) });
            Assert.True(reply.Status == status && (status == 200 || reply.Field == "timestamp"), reply.Text);
        }
    }

    [Fact]
    public async Task What_no_price_takes_is_kept_charged_nothing_and_warned_of_with_the_nearest_name()
    {
        string id = await Define("""{"id":"p","meter":"m","asset":"usd","model":"per_unit","unit_price":"1"}""");
        var reply = await client.Do("/v1/usage", new { id = client.NextKey(), customer_id = id, event_type = id + "x" });
        Assert.Empty(reply.Json.GetProperty("charges").EnumerateArray());
        string warning = reply.Json.GetProperty("warnings")[0].GetString()!;
        Assert.StartsWith("no_matching_price", warning, StringComparison.Ordinal);
        Assert.Contains($"'{id}'", warning, StringComparison.Ordinal);
        Assert.Equal(1, (await client.Get($"/v1/usage?customer_id={id}")).Json.GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task An_event_is_authorized_for_what_it_would_cost_now()
    {
        string id = await Define($$"""{"id":"p","meter":"m","asset":"usd","model":"graduated",{{Tiers}}}""");
        await client.Do("/v1/grants", new { customer_id = id, asset = "usd", amount = "20", idempotency_key = "g" });
        await client.Do("/v1/usage", new { id = client.NextKey(), customer_id = id, event_type = id, quantity = "9" });
        var quote = await client.Do("/v1/usage/authorize", new { customer_id = id, @event = new { event_type = id, quantity = "3" }, idempotency_key = "a" });
        Assert.Equal(2m, decimal.Parse(quote.Json.GetProperty("amounts")[0].GetProperty("amount").GetString()!, CultureInfo.InvariantCulture));
        var captured = await client.Do($"/v1/holds/{quote.Json.GetProperty("hold_id").GetString()}/capture", new { @event = new { id = client.NextKey(), event_type = id, quantity = "2" }, idempotency_key = "c" });
        Assert.Equal(1.5m, decimal.Parse(captured.Json.GetProperty("charges")[0].GetProperty("amount").GetString()!, CultureInfo.InvariantCulture));
    }

    private static IEnumerable<(string Time, string Quantity, string Properties)> Properties(params string[] properties) => properties.Select(p => ("2024-01-15T00:00:00Z", "1", p));

    /// <summary>The clock's present, set when it is not.</summary>
    private async Task<string> Start()
    {
        var clock = await client.Get("/v1/test-clock");
        if (clock.Json.GetProperty("real").GetBoolean())
        {
            clock = await client.Clock("2024-02-02T00:00:00Z");
        }
        return clock.Json.GetProperty("now").GetString()!;
    }

    private static string After(string time, TimeSpan span) => (DateTimeOffset.Parse(time, CultureInfo.InvariantCulture) + span).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private Task<string> DefineAll(string charge, params string[] prices) => Define(null, null, null, charge, prices);

    private Task<string> Define(string price, string? id = null, string? meter = null, string? zone = null) => Define(id, meter, zone, "every_asset", [price]);

    /// <summary>Makes a catalog of these prices under names of their own; gives the event type, which is the customer's name too.</summary>
    private async Task<string> Define(string? id, string? meter, string? zone, string charge, string[] prices)
    {
        id ??= $"e{Interlocked.Increment(ref made)}";
        var measured = JsonNode.Parse(meter ?? """{"aggregation":"sum"}""")!.AsObject();
        (measured["id"], measured["event_type"]) = (id, id);
        var listed = new JsonArray([.. prices.Select(p =>
        {
            var price = JsonNode.Parse(p)!.AsObject();
            (price["id"], price["meter"]) = ($"{id}-{price["id"]}", id);
            return (JsonNode)price;
        })]);
        var document = new JsonObject
        {
            ["assets"] = new JsonArray(new JsonObject { ["id"] = "credits" }),
            ["meters"] = new JsonArray(measured),
            ["products"] = new JsonArray(new JsonObject { ["id"] = id, ["charge"] = charge, ["prices"] = listed }),
        };
        if (zone is not null)
        {
            document["time_zone"] = zone;
        }
        await client.Apply(document);
        return id;
    }

    private async Task<List<string>> Record(string id, IEnumerable<(string Time, string Quantity, string Properties)> events, string? now = null)
    {
        var charges = new List<string>();
        await client.Clock(now ?? await Start());
        foreach (var (time, quantity, properties) in events)
        {
            var reply = await client.Do("/v1/usage", new
            {
                id = client.NextKey() + "-" + charges.Count,
                customer_id = id,
                event_type = id,
                timestamp = time,
                quantity,
                properties = JsonNode.Parse(properties),
            });
            var amounts = reply.Json.GetProperty("charges").EnumerateArray().Select(c => decimal.Parse(c.GetProperty("amount").GetString()!, CultureInfo.InvariantCulture)).ToList();
            charges.Add(amounts.Count == 0 ? "none" : amounts.Sum().ToString("0.############", CultureInfo.InvariantCulture));
        }
        return charges;
    }
}
