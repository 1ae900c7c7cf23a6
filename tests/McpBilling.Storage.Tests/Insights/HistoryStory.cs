using System.Globalization;
using System.Text.Json;
using McpBilling.Storage.Tests.Compliance;
using McpBilling.Storage.Tests.Sqlite;

namespace McpBilling.Storage.Tests.Insights;

/// <summary>
/// A random life of a few customers, told by numbers alone: each step is read against what there is (holds, grants, events) at its time, so that a story
/// stays tellable whatever is left out of it, and a failing one can be shortened.
/// </summary>
/// <param name="Minutes">How much later than the step before.</param>
internal readonly record struct StoryStep(int Kind, int A, int B, int C, int Minutes)
{
    public static List<StoryStep> Make(int seed, int length)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable.Range(0, length).Select(_ => new StoryStep(
                random.Next(24), random.Next(1000), random.Next(1000), random.Next(1000),
                random.Next(10) switch { < 4 => 0, < 8 => random.Next(30), 8 => random.Next(600), _ => random.Next(6000) })),
        ];
    }
}

internal sealed class HistoryStory(SqliteStore store, Desk desk)
{
    /// <summary>The shop's catalog with more of what depends on the wallet: alternatives with tiers, flat holds, and every length of period.</summary>
    public static readonly string Catalog = Shop.Catalog
        .Replace("{\"id\":\"sales\",\"event_type\":\"sale\",\"aggregation\":\"sum\"}]",
            "{\"id\":\"sales\",\"event_type\":\"sale\",\"aggregation\":\"sum\"},{\"id\":\"films\",\"event_type\":\"film\",\"aggregation\":\"sum\"}]", StringComparison.Ordinal)
        .Replace("\"products\":[",
            """
            "products":[{"id":"cinema","charge":"first_affordable","prices":[
                          {"id":"film-credits","meter":"films","asset":"credits","model":"volume","tiers":[{"up_to":"4","unit_price":"1"},{"up_to":null,"unit_price":"0.50"}],"period":"day"},
                          {"id":"film-usd","meter":"films","asset":"usd","model":"graduated","tiers":[{"up_to":"5","unit_price":"0.3"},{"up_to":null,"unit_price":"0.1"}],"free_units":"1","period":"ever",
                           "hold_policy":{"kind":"flat","amount":"0.25"}}]},
                        {"id":"stamps","prices":[{"id":"stamp","meter":"images","asset":"credits","model":"per_unit","unit_price":"0.01","period":"event"}]},
            """, StringComparison.Ordinal);

    private static readonly string[] Types = ["image", "image", "film", "film", "call", "memory", "login", "level", "stored", "tokens", "bulk", "sale", "typo"];

    private readonly List<(string Customer, string Id)> _holds = [];
    private readonly List<string> _grants = [];
    private readonly List<(string Customer, string Id)> _events = [];
    private int _key;

    public async Task Tell(IEnumerable<StoryStep> steps)
    {
        foreach (var step in steps)
        {
            store.Time.Advance(TimeSpan.FromMinutes(step.Minutes));
            await Tell(step);
        }
    }

    // A refusal is a story too: it must leave nothing to replay.
    private async Task Tell(StoryStep s)
    {
        string customer = "c" + s.A % 3;
        string key = "k" + ++_key;
        switch (s.Kind)
        {
            case < 9:
                string? hold = s.C % 5 == 0 && Of(_holds, s.A) is { Id: not null } held && held.Customer == customer ? held.Id : null;
                if (await Do("record_usage_event", new
                {
                    id = key,
                    customer_id = customer,
                    event_type = Type(s),
                    quantity = Quantity(s),
                    properties = Properties(s),
                    hold_id = hold,
                    timestamp = Late(s),
                    on_insufficient = s.B % 11 == 0 ? "reject" : "debt",
                }) is not null)
                {
                    _events.Add((customer, key));
                }
                break;
            case 9 or 10:
                var quoted = await Do("authorize_usage", new
                {
                    customer_id = customer,
                    @event = new { event_type = Type(s), quantity = Quantity(s), properties = Properties(s) },
                    ttl_seconds = 60 + s.C * 20,
                    idempotency_key = key,
                });
                Remember(customer, quoted);
                break;
            case 11:
                Remember(customer, await Do("authorize_usage", new
                {
                    customer_id = customer,
                    asset = s.B % 2 == 0 ? "usd" : "credits",
                    amount = Amount(s.C, 300),
                    ttl_seconds = 60 + s.C * 20,
                    allow_partial = s.B % 3 == 0,
                    idempotency_key = key,
                }));
                break;
            case 12 or 13 when Of(_holds, s.B) is { Id: not null } captured:
                if (await Do("capture_hold", new
                {
                    hold_id = captured.Id,
                    @event = new { id = key, event_type = Type(s), quantity = Quantity(s), properties = Properties(s), timestamp = Late(s) },
                    final = s.C % 3 != 0,
                    allow_expired = s.A % 2 == 0,
                    idempotency_key = key,
                }) is not null)
                {
                    _events.Add((captured.Customer, key));
                }
                break;
            case 14 when Of(_holds, s.B) is { Id: not null } taken:
                await Do("capture_hold", new { hold_id = taken.Id, amount = Amount(s.C, 300), final = s.A % 2 == 0, allow_expired = s.A % 3 == 0, idempotency_key = key });
                break;
            case 15 when Of(_holds, s.B) is { Id: not null } ended:
                await (s.C % 2 == 0
                    ? Do("void_hold", new { hold_id = ended.Id, idempotency_key = key })
                    : Do("extend_hold", new { hold_id = ended.Id, ttl_seconds = 60 + s.A * 40, idempotency_key = key }));
                break;
            case 16 or 17:
                string asset = s.B % 3 == 0 ? "usd" : "credits";
                var grant = await Do("grant_credit", new
                {
                    customer_id = customer,
                    asset,
                    amount = Amount(s.C + 1, 1200),
                    priority = s.B % 4 * 20,
                    source = s.C % 4 == 0 ? "paid" : "promotional",
                    products = s.A % 5 == 0 ? new[] { "cinema" } : null,
                    expires_at = s.A % 3 == 0 ? In(s.B * 8) : null,
                    effective_at = s.C % 6 == 0 ? In(s.B) : null,
                    idempotency_key = key,
                });
                if (grant is { } given)
                {
                    _grants.Add(given.GetProperty("grant").GetProperty("id").GetString()!);
                }
                break;
            case 18 when _grants.Count > 0:
                await Do("void_grant", new { grant_id = _grants[s.B % _grants.Count], amount = s.C % 2 == 0 ? Amount(s.C, 200) : null, idempotency_key = key });
                break;
            case 19:
                await Do("adjust_balance", new { customer_id = customer, asset = s.B % 2 == 0 ? "usd" : "credits", amount = (s.C % 2 == 0 ? "-" : "") + Amount(s.C + 1, 400), reason = "why not", idempotency_key = key });
                break;
            case 20 or 21 when Of(_events, s.B) is { Id: not null } recorded:
                await Do("reverse_usage", new { event_id = recorded.Id, customer_id = recorded.Customer, quantity = s.C % 2 == 0 ? Amount(s.C + 1, 300) : null, idempotency_key = key });
                break;
            case 22:
                await Do("save_customer", new { id = customer, name = "N" + s.B, overdraft_limits = s.C % 2 == 0 ? null : new[] { new { asset = s.B % 2 == 0 ? "usd" : "credits", amount = Amount(s.C, 500) } } });
                break;
            case 23 when s.C % 4 == 0:
                await store.BringUp(desk.Caller, 10);
                break;
        }
    }

    private async Task<JsonElement?> Do(string operation, object input)
    {
        try
        {
            return await desk.Do(operation, input);
        }
        catch (Operations.BillingException)
        {
            return null;
        }
    }

    private void Remember(string customer, JsonElement? authorized)
    {
        if (authorized is { } answer && answer.TryGetProperty("hold_id", out var id))
        {
            _holds.Add((customer, id.GetString()!));
        }
    }

    // The latest are the likeliest to be open still.
    private static (string Customer, string Id) Of(List<(string Customer, string Id)> list, int n) => list.Count == 0 ? default : list[^(1 + n % Math.Min(4, list.Count))];

    private static string Type(StoryStep s) => Types[(s.B + s.C) % Types.Length];

    private static string? Quantity(StoryStep s) => s.C % 4 == 0 ? null : (s.A % 7 * (s.B % 3 == 0 ? 0.25m : 1)).ToString(CultureInfo.InvariantCulture);

    private static object Properties(StoryStep s) => new { mb = s.B % 20, user = "u" + s.C % 5, n = s.A % 9, gb = s.C % 6 };

    private string? Late(StoryStep s) => s.C % 6 == 0 ? Money.Instant.From(store.Time.GetUtcNow().AddMinutes(-(s.B * 40) % 30_000)).ToString() : null;

    private string In(int minutes) => Money.Instant.From(store.Time.GetUtcNow().AddMinutes(minutes)).ToString();

    private static string Amount(int n, int most) => (n * 37 % most / 100m).ToString(CultureInfo.InvariantCulture);
}
