using System.Globalization;
using CsCheck;

namespace McpBilling.Storage.Tests.Compliance;

/// <summary>Costs in the ledger: booked once, summed as they are booked, never edited.</summary>
public abstract class CostTests(StoreUnderTest store) : ComplianceTests(store)
{
    private const string Day = "2026-03-09T10:30:00Z";

    [Fact]
    public async Task A_cost_is_booked_once_however_often_it_is_told()
    {
        var first = await Gpu("anna", "c1", "0.123456789012345678");
        var again = await Gpu("anna", "c1", "0.123456789012345678");
        Assert.Equal(("0.123456789012345678", false), (Amount(first), first.GetProperty("replayed").GetBoolean()));
        Assert.Equal(("0.123456789012345678", true), (Amount(again), again.GetProperty("replayed").GetBoolean()));
        Assert.Equal("idempotency_conflict", await Desk.Code("record_cost", GpuInput("anna", "c1", "0.2")));
        Assert.Equal("0.123456789012345678", Dollars("dimension = 0"));
        await MustVerify();
    }

    [Fact]
    public async Task The_key_outlives_the_process_and_is_the_customers_own()
    {
        await Gpu("anna", "c1", "1");
        Store.Reopen();
        Assert.True((await Gpu("anna", "c1", "1")).GetProperty("replayed").GetBoolean());
        Assert.False((await Gpu("bob", "c1", "1")).GetProperty("replayed").GetBoolean());
        var another = Store.OpenAnother();
        Assert.True((await new Desk(() => another, Desk.Caller).Do("record_cost", GpuInput("bob", "c1", "1"))).GetProperty("replayed").GetBoolean());
        Assert.Equal("2", Dollars("dimension = 0"));
        await MustVerify();
    }

    [Fact]
    public async Task Background_work_is_nobodys_and_gets_no_credit_for_signing_up()
    {
        await Desk.Apply(Shop.Catalog);
        await Gpu("internal", "c1", "2");
        Assert.Equal(0, (await Desk.Wallet("internal")).GetProperty("accounts").GetArrayLength());
        Assert.Equal("2", Dollars("dimension = 1 AND key = 'internal'"));
        await Gpu("anna", "c2", "1");
        Assert.Equal("3", await Desk.Figure("anna", "balance", "credits"));
        await MustVerify();
    }

    [Fact]
    public async Task Every_sum_is_that_of_its_events()
    {
        await Desk.Do("record_cost", new
        {
            id = "c1",
            customer_id = "anna",
            provider = "AWS",
            category = "gpu",
            amount = new { currency = "usd", amount = "0.5" },
            quantity = "1.5",
            requested_at = Day,
            subject = new { end_user = "gina", session = "s", task = "t" },
            feature = "render",
            operation_id = "op",
        });
        await Gpu("bob", "c2", "0.25");
        foreach (string where in (string[])["dimension = 0", "dimension = 1", "dimension = 5", "dimension = 6", "dimension = 7"])
        {
            Assert.Equal("0.75", Dollars(where));
        }
        foreach (string where in (string[])["dimension = 2 AND key = 'anna\ngina'", "dimension = 3", "dimension = 4", "dimension = 5 AND key = 'render'"])
        {
            Assert.Equal("0.5", Dollars(where));
        }
        Assert.Equal(2, Summed("SELECT events FROM cost_day WHERE dimension = 6 AND key = 'aws/gpu'"));
        Assert.Equal(2, Store.Number("SELECT quantity_whole FROM cost_line_hour"));
        Assert.Equal(500_000_000, Store.Number("SELECT quantity_part FROM cost_line_hour"));
        await MustVerify();
    }

    [Theory]
    [InlineData("-1", "amount.amount")]
    [InlineData("1e3", "amount.amount")]
    [InlineData("0.1234567890123456789", "amount.amount")]
    [InlineData("1000000000", "amount.amount")]
    [InlineData("", "amount.amount")]
    public async Task An_amount_that_cannot_be_is_named_and_books_nothing(string amount, string field)
    {
        string before = Store.Fingerprint();
        var refused = await Assert.ThrowsAsync<Operations.BillingException>(() => Gpu("anna", "c1", amount));
        Assert.Equal(field, refused.Field);
        Assert.Equal(before, Store.Fingerprint());
    }

    [Theory]
    [InlineData("2019-12-31T23:59:59Z")]
    [InlineData("2027-03-12T00:00:00Z")]
    public async Task A_time_that_cannot_be_is_refused(string at)
    {
        var refused = await Assert.ThrowsAsync<Operations.BillingException>(() => Desk.Do("record_cost", GpuInput("anna", "c1", "1", at)));
        Assert.Equal("requested_at", refused.Field);
    }

    [Theory]
    [InlineData("other currency", """{"id":"a","customer_id":"c","provider":"p","category":"k","amount":{"currency":"eur","amount":"1"}}""", "amount.currency")]
    [InlineData("no quantity", """{"id":"a","customer_id":"c","provider":"p","category":"k","quantity":"0","amount":{"currency":"usd","amount":"1"}}""", "quantity")]
    public async Task What_is_wrong_is_named(string what, string input, string field)
    {
        var refused = await Assert.ThrowsAsync<Operations.BillingException>(() => Desk.Do("record_cost", System.Text.Json.Nodes.JsonNode.Parse(input)!));
        Assert.True(refused.Field == field, $"{what}: {refused.Field}");
    }

    [Fact]
    public async Task A_unit_sold_earns_its_charge_and_credit_earns_what_was_paid_for_it()
    {
        await Desk.Apply(Shop.Catalog);
        await Desk.Grant("anna", "100");
        await Desk.Record("anna", "call", "e1", timestamp: Day);
        // 30 credits for 3 dollars, after the 3 of sign-up.
        await Desk.Do("grant_credit", new { customer_id = "anna", asset = "credits", amount = "30", source = "paid", cost_basis = new { currency = "usd", amount = "3" }, idempotency_key = "paid" });
        await Desk.Record("anna", "image", "e2", "13", timestamp: Day);
        Assert.Equal("2", Revenue("dimension = 0"));
        Assert.Equal("1", Revenue("dimension = 7 AND key = 'misc'"));
        Assert.Equal("1", Revenue("dimension = 7 AND key = 'art'"));
        await Desk.Do("reverse_usage", new { event_id = "e2", customer_id = "anna", idempotency_key = "r" });
        Assert.Equal("1", Revenue("dimension = 0"));
        Assert.Equal("0", Revenue("dimension = 7 AND key = 'art'"));
        Assert.Equal(2, Summed("SELECT charges FROM cost_day WHERE dimension = 0"));
        await MustVerify();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Debt_that_paid_credit_settles_when_its_day_comes_earns_whoever_notices(bool swept)
    {
        await Desk.Clock("2026-03-10T12:00:00Z");
        await Desk.Apply(
            """
            {"assets":[{"id":"credits","scale":2}],"meters":[{"id":"images","event_type":"image","aggregation":"sum"}],
             "products":[{"id":"art","prices":[{"id":"image","meter":"images","asset":"credits","model":"per_unit","unit_price":"1"}]}]}
            """);
        await Desk.Do("grant_credit", new
        {
            customer_id = "anna",
            asset = "credits",
            amount = "30",
            source = "paid",
            cost_basis = new { currency = "usd", amount = "3" },
            effective_at = "2026-03-11T00:00:00Z",
            idempotency_key = "paid",
        });
        await Desk.Record("anna", "image", "e1", "7");
        Assert.Equal("0", Revenue("dimension = 0"));
        await Desk.Clock("2026-03-11T12:00:00Z");
        if (swept)
        {
            await Store.BringUp(Desk.Caller, 10);
        }
        else
        {
            await Desk.Grant("anna", "1");
        }
        Assert.Equal("23", await Desk.Figure("anna", "balance", "credits"));
        Assert.Equal("0.7", Revenue("dimension = 0"));
        Assert.Equal("0.7", Revenue("dimension = 1 AND key = 'anna'"));
        await MustVerify();
    }

    [Fact]
    public void Shuffled_duplicated_and_late_streams_give_the_same_totals() =>
        Gen.Select(Gen.Int[0, 4], Gen.Int[0, 3], Gen.Int[0, 5], Gen.Long[0, 2_000_000_000]).Array[1, 25].SelectMany(costs => Gen.Shuffle(Enumerable.Range(0, costs.Length).Concat(Enumerable.Range(0, costs.Length)).ToArray()).Select(order => (costs, order)))
            .Sample(sample =>
            {
                var told = sample.costs.Select((c, i) => (Customer: $"c{c.Item1}", Day: $"2026-03-0{c.Item2 + 1}T0{c.Item3}:00:00Z", Amount: (c.Item4 / 1_000_000_000m).ToString(CultureInfo.InvariantCulture), Id: $"id{i}")).ToArray();
                foreach (int i in sample.order)
                {
                    Desk.Do("record_cost", GpuInput(told[i].Customer, told[i].Id + sample.GetHashCode(), told[i].Amount, told[i].Day)).GetAwaiter().GetResult();
                }
                return Store.Differences().GetAwaiter().GetResult().Count == 0;
            }, iter: 20, threads: 1);

    [Fact]
    public async Task A_price_that_arrives_later_reaches_what_waited_for_it_after_a_look()
    {
        await Call("anna", "c1", "house-model", 1000, 500);
        await Call("bob", "c2", "another-model", 10, 0);
        Assert.Equal(2, Summed("SELECT unpriced FROM cost_day WHERE dimension = 0"));
        await Desk.Do("set_model_price", new { provider = "openai", model = "house-model", rates = new { input = "1", output = "2" }, source = "our own machines" });
        string before = Store.Fingerprint();
        var dry = await Desk.Do("reprice_costs", new { });
        Assert.Equal(("0.002", 1, 1), (dry.GetProperty("delta").GetString(), dry.GetProperty("events").GetInt32(), dry.GetProperty("still_unpriced").GetInt32()));
        Assert.Equal(before, Store.Fingerprint());
        var done = await Desk.Do("reprice_costs", new { dry_run = false });
        Assert.Equal(dry.GetProperty("models").ToString(), done.GetProperty("models").ToString());
        Assert.Equal(("0.002", "0.002"), (Dollars("dimension = 0"), Dollars("dimension = 1 AND key = 'anna'")));
        Assert.Equal(1, Summed("SELECT unpriced FROM cost_day WHERE dimension = 0"));
        Assert.Equal(0, (await Desk.Do("reprice_costs", new { dry_run = false })).GetProperty("events").GetInt32());
        var listed = (await Desk.Do("list_costs", new { customer_id = "anna" })).GetProperty("costs")[0];
        Assert.Equal(("priced", "0.002"), (listed.GetProperty("status").GetString(), listed.GetProperty("cost").GetProperty("amount").GetString()));
        await MustVerify();
    }

    [Fact]
    public async Task A_stream_that_broke_off_stays_a_lower_bound_when_its_price_arrives()
    {
        await Desk.Do("record_llm_cost", new
        {
            id = "cut",
            customer_id = "anna",
            provider = "anthropic",
            api = "anthropic.messages.stream",
            response = System.Text.Json.JsonElement.Parse("""{"events":[{"type":"message_start","message":{"id":"msg","model":"house-claude","usage":{"input_tokens":25,"output_tokens":1}}}]}"""),
            requested_at = Day,
        });
        Assert.Equal((1, 0), (Summed("SELECT unpriced FROM cost_day WHERE dimension = 0"), Summed("SELECT incomplete FROM cost_day WHERE dimension = 0")));
        await Desk.Do("set_model_price", new { provider = "anthropic", model = "house-claude", rates = new { input = "2", output = "10" }, source = "our own machines" });
        await Desk.Do("reprice_costs", new { dry_run = false });
        var listed = (await Desk.Do("list_costs", new { customer_id = "anna" })).GetProperty("costs")[0];
        Assert.Equal(("incomplete", "0.00006"), (listed.GetProperty("status").GetString(), listed.GetProperty("cost").GetProperty("amount").GetString()));
        Assert.Equal((0, 1), (Summed("SELECT unpriced FROM cost_day WHERE dimension = 0"), Summed("SELECT incomplete FROM cost_day WHERE dimension = 0")));
        await MustVerify();
    }

    [Fact]
    public async Task A_corrected_price_is_an_adjustment_and_the_first_cost_stays()
    {
        await Call("anna", "c1", "gpt-4o", 1000, 500);
        await Desk.Do("set_model_price", new { provider = "openai", model = "gpt-4o", rates = new { input = "2", output = "8" }, effective_from = "2026-03-01T00:00:00Z", source = "our contract" });
        await Desk.Do("reprice_costs", new { dry_run = false, all = true, reason = "our contract" });
        Assert.Equal("0.006", Dollars("dimension = 0"));
        var listed = (await Desk.Do("list_costs", new { })).GetProperty("costs")[0];
        Assert.Equal(("0.006", "0.0075"), (listed.GetProperty("cost").GetProperty("amount").GetString(), listed.GetProperty("first_cost").GetProperty("amount").GetString()));
        Assert.True((await Call("anna", "c1", "gpt-4o", 1000, 500)).GetProperty("replayed").GetBoolean());
        Assert.Equal(1, Store.Number("SELECT COUNT(*) FROM cost_adjustment"));
        await MustVerify();
    }

    [Fact]
    public async Task Whoever_reads_anothers_cache_may_be_shown_with_a_part_of_what_writing_it_cost()
    {
        await Cached("owner", "w", """{"input_tokens":0,"output_tokens":0,"cache_creation_input_tokens":1000000,"cache_creation":{"ephemeral_5m_input_tokens":1000000,"ephemeral_1h_input_tokens":0}}""", null);
        await Cached("owner", "r0", """{"input_tokens":0,"output_tokens":0,"cache_read_input_tokens":100000}""", null);
        await Cached("reader", "r1", """{"input_tokens":0,"output_tokens":0,"cache_read_input_tokens":300000}""", "owner");
        async Task<string> Costs(bool shared) => string.Join(", ", (await Desk.Do("get_margins", new { share_cache_writes = shared })).GetProperty("rows").EnumerateArray()
            .Select(r => $"{r.GetProperty("key")} {r.GetProperty("cost")}").Order(StringComparer.Ordinal));
        Assert.Equal("owner 3.78, reader 0.09", await Costs(false));
        Assert.Equal("owner 0.9675, reader 2.9025", await Costs(true));
        await MustVerify();
        Scatter();
        Assert.Equal("owner 0.9675, reader 2.9025", await Costs(true));
    }

    [Fact]
    public async Task A_charge_is_told_with_the_customers_costs_of_its_operation_wherever_they_stand()
    {
        await Desk.Apply(Shop.Catalog);
        await Desk.Do("record_usage_event", new { id = "e", customer_id = "anna", event_type = "tokens", quantity = "1", timestamp = "2026-03-09T12:00:00Z" });
        // From a day before to a day after; each has a digit of its own. The last that is told is the margin.
        foreach (var (id, customer, operation, at, amount) in new[]
        {
            ("c1", "anna", "e", "2026-03-07T23:59:59Z", "0.1"), ("c2", "anna", "e", "2026-03-08T00:00:00Z", "0.02"), ("c3", "bob", "e", Day, "0.1"), ("c4", "anna", "e", Day, "0.003"),
            ("c5", "anna", "other", Day, "0.1"), ("c6", "anna", "e", "2026-03-09T23:59:59Z", "0.0004"), ("c7", "anna", "e", "2026-03-10T11:59:59Z", "0.00005"),
        })
        {
            await Desk.Do("record_cost", new { id, customer_id = customer, provider = "aws", category = "gpu", amount = new { currency = "usd", amount }, requested_at = at, operation_id = operation });
        }
        async Task<string> Told() => string.Join(", ", (await Desk.Do("explain_charge", new { event_id = "e", customer_id = "anna" })).GetProperty("steps").EnumerateArray()
            .Where(s => s.GetProperty("kind").GetString() == "cost").Select(s => s.TryGetProperty("amount", out var amount) ? amount.GetString() : s.GetProperty("says").GetString()));
        string told = await Told();
        Assert.Equal("0.02, 0.003, 0.0004, 0.00005, 0.97655", told);
        Scatter();
        Assert.Equal(told, await Told());
    }

    // Gives each cost a block of the sequence to itself, which takes 16,384 otherwise.
    private void Scatter() => Assert.True(Store.Tamper("UPDATE cost_event SET seq = seq * 20011") > 0);

    [Theory]
    [InlineData("a cost", "UPDATE cost_event SET cost_whole = cost_whole + 1")]
    [InlineData("a cost's lines, beyond reading", "UPDATE cost_event SET lines = '[{'")]
    [InlineData("a cost's lines, of another kind", "UPDATE cost_event SET lines = '[{\"kind\":\"gpu\",\"quantity\":\"many\"}]'")]
    [InlineData("a cost's inside", "UPDATE cost_event SET inside = 'reasoning'")]
    [InlineData("a cost's day", "UPDATE cost_event SET requested_at = requested_at + 86400000000")]
    [InlineData("a sum", "UPDATE cost_day SET cost_part = cost_part + 1 WHERE dimension = 6")]
    [InlineData("an hour's sum", "UPDATE cost_line_hour SET quantity_whole = quantity_whole + 1")]
    [InlineData("what waits to be added", "UPDATE cost_posting SET postings = REPLACE(postings, '0.5', '0.6')")]
    [InlineData("what waits, beyond reading", "UPDATE cost_posting SET postings = '[[7]]'")]
    [InlineData("what waits gone", "DELETE FROM cost_posting")]
    [InlineData("how far it was added", "UPDATE cost_fold SET folded = 2, through = 2")]
    [InlineData("a sum gone", "DELETE FROM cost_day WHERE dimension = 1")]
    [InlineData("an hour gone", "DELETE FROM cost_line_hour")]
    [InlineData("a cost gone", "DELETE FROM cost_event")]
    [InlineData("a cost twice", "INSERT INTO cost_event SELECT workspace_id, seq + 100, customer_id, id, input_hash, at, requested_at, completed_at, day, provider, api, requested_model, model, operation_id, attempt, outcome, policy, end_user, session, task, feature, context, inside, partial, context_of, status, reason, lines, cost_whole, cost_part, event_seq, product FROM cost_event")]
    [InlineData("a wait for a price", "INSERT INTO cost_unpriced (workspace_id, seq) VALUES (1, 1)")]
    public async Task What_was_tampered_with_is_named(string what, string sql)
    {
        await Gpu("anna", "c1", "0.5");
        await Store.Fold(Desk.Caller);
        await Gpu("anna", "c2", "0.5");
        await MustVerify();
        Assert.True(Store.Tamper(sql) > 0, $"{what}: the statement changed nothing");
        Assert.NotEmpty(await Store.Differences());
    }

    [Fact]
    public async Task An_adjustment_that_cannot_be_read_is_named()
    {
        await Call("anna", "c1", "gpt-4o", 1000, 500);
        await Desk.Do("set_model_price", new { provider = "openai", model = "gpt-4o", rates = new { input = "2", output = "8" }, effective_from = "2026-03-01T00:00:00Z", source = "our contract" });
        await Desk.Do("reprice_costs", new { dry_run = false, all = true, reason = "our contract" });
        Assert.Equal(1, Store.Tamper("UPDATE cost_adjustment SET lines = '[{'"));
        Assert.Contains(await Store.Differences(), d => d.Contains("the adjustment 2 of the cost 1 cannot be read", StringComparison.Ordinal));
    }

    private Task<System.Text.Json.JsonElement> Call(string customer, string id, string model, int input, int output) => Desk.Do("record_llm_cost", new
    {
        id,
        customer_id = customer,
        provider = "openai",
        api = "openai.chat",
        model,
        usage = new { prompt_tokens = input, completion_tokens = output },
        requested_at = Day,
    });

    private Task<System.Text.Json.JsonElement> Cached(string customer, string id, string usage, string? owner) => Desk.Do("record_llm_cost", new
    {
        id,
        customer_id = customer,
        provider = "anthropic",
        api = "anthropic.messages",
        model = "claude-sonnet-4-0",
        usage = System.Text.Json.JsonElement.Parse(usage),
        context_of = owner,
        requested_at = Day,
    });

    private static object GpuInput(string customer, string id, string amount, string at = Day) =>
        new { id, customer_id = customer, provider = "aws", category = "gpu", amount = new { currency = "usd", amount }, requested_at = at };

    private Task<System.Text.Json.JsonElement> Gpu(string customer, string id, string amount) => Desk.Do("record_cost", GpuInput(customer, id, amount));

    private static string Amount(System.Text.Json.JsonElement output) => output.GetProperty("cost").GetProperty("amount").GetString()!;

    private string Dollars(string where) => Sum("cost", where);

    private string Revenue(string where) => Sum("revenue", where);

    private string Sum(string column, string where) => McpBilling.Costs.CostMoney.Format(McpBilling.Costs.CostMoney.Join(
        Summed($"SELECT COALESCE(SUM({column}_whole), 0) FROM cost_day WHERE {where}"), Summed($"SELECT COALESCE(SUM({column}_part), 0) FROM cost_day WHERE {where}")));

    // Of the sums as they are when nothing waits to be added to them.
    private long Summed(string sql)
    {
        Store.Fold(Desk.Caller).GetAwaiter().GetResult();
        return Store.Number(sql);
    }
}
