using System.Globalization;
using System.Text.Json;

namespace McpBilling.Server.Tests.Usage;

/// <summary>
/// A story of one customer, told to the running program line by line: <c>day | what is done | what is then seen</c>. A line without a day happens on the
/// day of the line before. Names are given to grants, holds and uses where they are made.
/// </summary>
/// <remarks>
/// Done: grant NAME AMOUNT [SOURCE] [from DAY] [until DAY] [priority N] [products P] · use AMOUNT [as NAME] [reject] [on HOLD] [late DAY] · hold NAME AMOUNT
/// [ttl SECONDS] [partial] [min AMOUNT] [key KEY] · capture NAME AMOUNT [more] [reject] [expired] [key KEY] · void NAME · extend NAME SECONDS ·
/// void-grant NAME [AMOUNT] · reverse NAME [QUANTITY] · adjust AMOUNT [debt] · overdraft AMOUNT · freeze · thaw · look.
/// Seen: balance, held, available, debt, expired (in all), a grant's name (what remains of it), a hold's name (its status), allowed, denied REASON,
/// shortfall, amount (of the hold), charge, refused CODE, replayed.
/// </remarks>
internal sealed class RestStory(BillingClient client, string asset = "usd", string customer = "c")
{
    private readonly Dictionary<string, string> grants = [];
    private readonly Dictionary<string, string> holds = [];
    private Reply last = null!;
    private int uses;

    /// <summary>Usage of one product costs what its quantity says, unless <paramref name="price"/> says otherwise.</summary>
    public static object Catalog(object? price = null) => new
    {
        assets = new[] { new { id = "credits" } },
        meters = new[] { new { id = "spending", event_type = "spent", aggregation = "sum" } },
        products = new[] { new { id = "work", prices = new[] { price ?? new { id = "unit", meter = "spending", asset = "usd", model = "per_unit", unit_price = "1" } } } },
    };

    public async Task Tell(string story)
    {
        foreach (string line in story.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] parts = [.. line.Split('|').Select(p => p.Trim())];
            if (parts[0].Length > 0)
            {
                await client.Clock(Day(parts[0]));
            }
            await Do(new Words(parts[1]), line);
            if (parts.Length > 2 && parts[2].Length > 0)
            {
                await See(parts[2].Split(',', StringSplitOptions.TrimEntries), line);
            }
            else
            {
                Assert.True(last.Status is 200 or 201, $"{line}: {last.Text}");
            }
        }
    }

    private async Task Do(Words words, string line)
    {
        string verb = words.Next();
        switch (verb)
        {
            case "grant":
                string name = words.Next();
                last = await client.Post("/v1/grants", new
                {
                    customer_id = customer,
                    asset,
                    amount = words.Next(),
                    source = words.Flag("paid") ? "paid" : words.Flag("included") ? "included" : "promotional",
                    effective_at = words.After("from") is { } from ? Day(from) : null,
                    expires_at = words.After("until") is { } until ? Day(until) : null,
                    priority = words.After("priority"),
                    products = words.After("products") is { } product ? new[] { product } : null,
                    idempotency_key = client.NextKey(),
                });
                grants[name] = last.Status < 300 ? last.Json.GetProperty("grant").GetProperty("id").GetString()! : "";
                break;
            case "use":
                string quantity = words.Next();
                last = await client.Post("/v1/usage", new
                {
                    id = words.After("as") ?? $"use-{++uses}",
                    customer_id = customer,
                    event_type = "spent",
                    quantity,
                    on_insufficient = words.Flag("reject") ? "reject" : null,
                    hold_id = words.After("on") is { } hold ? holds[hold] : null,
                    timestamp = words.After("late") is { } when ? Day(when) : null,
                });
                break;
            case "hold":
                string held = words.Next();
                last = await client.Post("/v1/usage/authorize", new
                {
                    customer_id = customer,
                    asset,
                    amount = words.Next(),
                    ttl_seconds = words.After("ttl"),
                    allow_partial = words.Flag("partial"),
                    min_amount = words.After("min"),
                    idempotency_key = words.After("key") ?? client.NextKey(),
                });
                if (last.Status == 200 && last.Json.TryGetProperty("hold_id", out var id))
                {
                    Assert.True(!holds.TryGetValue(held, out string? before) || before == id.GetString(), $"{line}: another hold");
                    holds[held] = id.GetString()!;
                }
                break;
            case "capture":
                last = await client.Post($"/v1/holds/{holds[words.Next()]}/capture", new
                {
                    amount = words.Next(),
                    final = !words.Flag("more"),
                    on_insufficient = words.Flag("reject") ? "reject" : "debt",
                    allow_expired = words.Flag("expired"),
                    idempotency_key = words.After("key") ?? client.NextKey(),
                });
                break;
            case "void":
                last = await client.Post($"/v1/holds/{holds[words.Next()]}/void", new { idempotency_key = client.NextKey() });
                break;
            case "extend":
                last = await client.Post($"/v1/holds/{holds[words.Next()]}/extend", new { ttl_seconds = words.Next(), idempotency_key = client.NextKey() });
                break;
            case "void-grant":
                last = await client.Post($"/v1/grants/{grants[words.Next()]}/void", new { amount = words.NextOrNull(), idempotency_key = client.NextKey() });
                break;
            case "reverse":
                last = await client.Post($"/v1/usage/{words.Next()}/reverse", new { customer_id = customer, quantity = words.NextOrNull(), idempotency_key = client.NextKey() });
                break;
            case "adjust":
                last = await client.Post("/v1/adjustments", new { customer_id = customer, asset, amount = words.Next(), reason = "a test", on_insufficient = words.Flag("debt") ? "debt" : "reject", idempotency_key = client.NextKey() });
                break;
            case "overdraft":
                last = await client.Post("/v1/customers", new { id = customer, overdraft_limits = new[] { new { asset, amount = words.Next() } } });
                break;
            case "freeze":
            case "thaw":
                last = await client.Post("/v1/customers", new { id = customer, frozen = verb == "freeze" });
                break;
            case "look":
                last = await client.Wallet(customer);
                break;
            default:
                throw new ArgumentException($"nobody knows how to {verb}");
        }
        Assert.True(words.AllUsed, $"{line}: not understood");
    }

    private async Task See(string[] expectations, string line)
    {
        if (!expectations.Any(e => e.StartsWith("refused ", StringComparison.Ordinal)))
        {
            Assert.True(last.Status is 200 or 201, $"{line}: {last.Text}");
        }
        var reply = await client.Get($"/v1/customers/{customer}/wallet");
        var account = reply.Status == 200 ? reply.Json.GetProperty("accounts").EnumerateArray().FirstOrDefault(a => a.GetProperty("asset").GetString() == asset) : default;
        foreach (string expectation in expectations)
        {
            int space = expectation.IndexOf(' ', StringComparison.Ordinal);
            string what = space < 0 ? expectation : expectation[..space], value = space < 0 ? "" : expectation[(space + 1)..];
            string found = what switch
            {
                "balance" or "held" or "available" or "debt" => Plain(account.GetProperty(what).GetString()!),
                "expired" => Plain((-(await client.Entries(customer, "&asset=" + asset)).Where(e => e.GetProperty("kind").GetString() == "expired").Sum(e => Number(e.GetProperty("amount")))).ToString(CultureInfo.InvariantCulture)),
                "refused" => last.Code ?? last.Text,
                "allowed" => last.Json.GetProperty("allowed").GetBoolean() ? "" : "no",
                "denied" => last.Json.GetProperty("allowed").GetBoolean() ? "allowed" : last.Json.GetProperty("reason").GetString()!,
                "shortfall" => Plain(last.Json.GetProperty("shortfall").GetString()!),
                "amount" => Plain(last.Json.GetProperty("amounts")[0].GetProperty("amount").GetString()!),
                "charge" => Plain(last.Json.GetProperty("charges").EnumerateArray().Sum(c => Number(c.GetProperty("amount"))).ToString(CultureInfo.InvariantCulture)),
                "replayed" => last.Json.GetProperty("replayed").GetBoolean() ? "" : "no",
                _ when grants.TryGetValue(what, out string? grant) => Plain(account.GetProperty("grants").EnumerateArray().Where(g => g.GetProperty("id").GetString() == grant).Sum(g => Number(g.GetProperty("remaining"))).ToString(CultureInfo.InvariantCulture)),
                _ when holds.TryGetValue(what, out string? hold) => (await client.Get("/v1/holds/" + hold)).Json.GetProperty("hold").GetProperty("status").GetString()!,
                _ => throw new ArgumentException($"nobody knows what {what} is"),
            };
            Assert.True((decimal.TryParse(value, CultureInfo.InvariantCulture, out _) ? Plain(value) : value) == found, $"{line.Trim()}\n  {what}: {found}\n  {last.Text}\n  {reply.Text}");
        }
    }

    /// <summary>Day 1 is 2024-01-01; 1.5 is its noon.</summary>
    public static string Day(string day) =>
        new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds((double)((decimal.Parse(day, CultureInfo.InvariantCulture) - 1) * 86_400)).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static decimal Number(JsonElement text) => decimal.Parse(text.GetString()!, CultureInfo.InvariantCulture);

    private static string Plain(string number) => decimal.Parse(number, CultureInfo.InvariantCulture).ToString("0.############", CultureInfo.InvariantCulture);

    /// <summary>The words of a line, taken one by one; each must be taken.</summary>
    private sealed class Words(string line)
    {
        private readonly List<string> left = [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries)];

        public bool AllUsed => left.Count == 0 || (left is ["promotional"]);

        public string Next() => NextOrNull() ?? throw new ArgumentException($"'{line}' ends too early");

        public string? NextOrNull()
        {
            string? next = left.FirstOrDefault();
            if (next is not null)
            {
                left.RemoveAt(0);
            }
            return next;
        }

        public bool Flag(string word) => left.Remove(word);

        public string? After(string word)
        {
            int at = left.IndexOf(word);
            if (at < 0)
            {
                return null;
            }
            string value = left[at + 1];
            left.RemoveRange(at, 2);
            return value;
        }
    }
}
