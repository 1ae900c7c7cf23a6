using System.Text.Json;
using McpBilling.Storage.Tests.Compliance;

namespace McpBilling.Storage.Tests.Postgres;

/// <summary>Each question to a server is a way over the network, which takes as long as a thousand rows: a read takes few, however many rows it is made of.</summary>
public sealed class ReadTripsTests : IDisposable
{
    private const string Catalog =
        """
        {"customers":{"auto_create":true},"meters":[{"id":"images","event_type":"image","aggregation":"count"}],
         "products":[{"id":"image","prices":[{"id":"image","meter":"images","asset":"usd","model":"per_unit","unit_price":"0.5"}]}],
         "top_ups":{"packs":[{"id":"small","price":"100","currency":"usd","credit":{"asset":"usd","amount":"100"}}]}}
        """;

    private const int Few = 20, Many = 150;

    private readonly ReplicasUnderTest _replicas = new();
    private readonly Desk _desk;
    private string _hold = "", _entry = "";

    public ReadTripsTests()
    {
        var engine = _replicas.Engine();
        _desk = new Desk(() => new Equipped(engine), _replicas.Caller);
    }

    // How often the server is asked at most until the answer is there. A chain is followed by longer and longer pieces.
    private IEnumerable<(string Operation, object Input, int Most)> Reads =>
    [
        ("get_wallet", new { customer_id = "busy" }, 2),
        ("list_entries", new { customer_id = "busy", limit = 200 }, 5),
        ("list_usage", new { customer_id = "busy", limit = 200 }, 4),
        ("list_usage", new { limit = 200 }, 4),
        ("list_customers", new { limit = 200 }, 2),
        ("get_hold", new { hold_id = _hold }, 3),
        ("explain_charge", new { customer_id = "busy", event_id = "e0" }, 19),
        ("explain_charge", new { hold_id = _hold }, 11),
        ("explain_charge", new { entry_id = _entry }, 15),
        ("list_costs", new { limit = 200 }, 5),
        ("list_costs", new { customer_id = "busy", limit = 200 }, 6),
        ("reprice_costs", new { dry_run = true }, 5),
        ("get_margins", new { customer_id = "busy" }, 8),
        ("get_margin_report", new { }, 14),
        ("list_top_ups", new { limit = 200 }, 6),
        ("list_refunds", new { limit = 200 }, 6),
        ("list_receipts", new { customer_id = "busy" }, 4),
        ("get_activity", new { customer_id = "busy" }, 9),
        ("get_limits", new { customer_id = "busy" }, 3),
        ("list_auto_recharges", new { customer_id = "busy" }, 2),
        ("simulate_pricing", new { usage = new { recorded = new { } } }, 12),
        ("apply_catalog", new { document = JsonElement.Parse(Catalog.Replace("0.5", "0.6", StringComparison.Ordinal)), dry_run = true }, 13),
        ("list_webhook_deliveries", new { limit = 200 }, 2),
        ("take_ledger_digest", new { }, 3),
        // Some customers at a time, and each time as much as the longest of these takes; it writes what it found, too.
        ("verify_integration", new { }, 28),
    ];

    public void Dispose() => _replicas.Dispose();

    [Fact]
    public async Task A_read_asks_few_times_however_many_rows_it_is_made_of()
    {
        await _desk.Apply(Catalog);
        await _desk.Do("create_webhook_endpoint", new { url = "https://example.com/hook", idempotency_key = "hook" });
        var asked = new List<string>();
        for (int done = 0; done < Many; done += Few)
        {
            await Trade(done, done + Few);
            if (done is 0 or >= Many - Few)
            {
                asked.AddRange(await TooOften(done + Few));
            }
        }
        Assert.True(asked.Count == 0, string.Join(Environment.NewLine, asked));
    }

    private async Task<List<string>> TooOften(int rows)
    {
        var asked = new List<string>();
        foreach (var (operation, input, most) in Reads)
        {
            // What the process remembers, such as the catalog, is not of the read.
            await _desk.Do(operation, input);
            int trips = await _replicas.RoundTrips(() => _desk.Do(operation, input), answered: true);
            if (trips > most)
            {
                asked.Add($"{operation} {JsonSerializer.Serialize(input)} of {rows}: {trips}, more than {most}");
            }
        }
        return asked;
    }

    // One customer who has all of it, and as many who have a little each.
    private async Task Trade(int first, int last)
    {
        for (int i = first; i < last; i++)
        {
            string other = $"c{i}";
            await _desk.Grant("busy", "10", key: $"g{i}");
            string? over = (await _desk.Grant("busy", "1", key: $"over{i}")).GetProperty("grant").GetProperty("id").GetString();
            await _desk.Do("void_grant", new { grant_id = over, idempotency_key = $"void{i}" });
            await _desk.Record("busy", "image", $"e{i}");
            _hold = await _desk.Hold("busy", "1", $"h{i}");
            await _desk.Do("capture_hold", new { hold_id = _hold, amount = "0.5", idempotency_key = $"c{i}" });
            await _desk.Do("record_cost", new { id = $"cost{i}", customer_id = "busy", provider = "aws", category = "gpu", operation_id = $"e{i}", amount = new { currency = "usd", amount = "1" } });
            await _desk.Grant(other, "10");
            await _desk.Hold(other, "1", "h");
            await _desk.Record(other, "image", "e");
            await _desk.Do("record_llm_cost", new { id = "llm", customer_id = other, provider = "openai", api = "openai.chat", model = "nobody", usage = new { prompt_tokens = 1, completion_tokens = 1 }, requested_at = "2026-03-02T00:00:00Z" });
            foreach (string customer in new[] { "busy", other })
            {
                string topUp = (await _desk.Do("create_top_up", new { customer_id = customer, pack = "small", processor = "manual", idempotency_key = $"order{i}" })).GetProperty("id").GetString()!;
                await _desk.Do("mark_top_up_paid", new { top_up_id = topUp, amount = "100", currency = "usd", payment = $"{customer} {i}", idempotency_key = $"paid{i}" });
                await _desk.Do("refund_payment", new { top_up_id = topUp, amount = "1", idempotency_key = $"refund{i}" });
            }
        }
        _entry = (await _desk.Do("list_entries", new { customer_id = "busy", limit = 1 })).GetProperty("entries")[0].GetProperty("id").GetString()!;
    }
}
