using System.Globalization;
using System.Text.Json;
using McpBilling.Server.Tests.Usage;

namespace McpBilling.Server.Tests.Cases;

/// <summary>What other engines' own tests expect of credit that burns down (<c>burndown_cases.json</c>), told to the running program on its test clock.</summary>
public sealed class BurnDownCasesOverRestTests
{
    private const string File = "burndown_cases.json";
    private const string Customer = "customer-1";
    private static readonly JsonElement? Cases = SharedData.Load(File);

    public static TheoryData<string> Stories =>
        [.. Cases is { } file ? file.GetProperty("cases").EnumerateArray().Select(c => c.GetProperty("id").GetString()!) : ["absent"]];

    [Theory]
    [MemberData(nameof(Stories))]
    public async Task Credit_burns_down_as_other_engines_expect(string id)
    {
        if (Cases is not { } file)
        {
            SharedData.SkipOrFail(File);
            return;
        }
        await using var server = await LiveServer.Start();
        await new Story(file.GetProperty("cases").EnumerateArray().Single(c => c.GetProperty("id").GetString() == id), server.Client).Run();
        Assert.Empty((await server.Verify()).Differences);
    }

    private sealed class Story(JsonElement story, BillingClient client)
    {
        private readonly Dictionary<string, string> grants = [];
        private readonly Dictionary<string, string> holds = [];
        private readonly List<(string Id, decimal Left)> uses = [];
        private object? lastUse;
        private Reply? last;
        private decimal applied;

        public async Task Run()
        {
            await client.Apply(new
            {
                assets = new[] { new { id = "units" } },
                meters = new[] { new { id = "use", event_type = "unit.used", aggregation = "sum" } },
                products = new[] { new { id = "work", prices = new[] { new { id = "unit", meter = "use", asset = "units", model = "per_unit", unit_price = "1" } } } },
            });
            // Grants are made at their own time, which some stories put between steps or before the start.
            var moves = story.GetProperty("grants").EnumerateArray().SelectMany(Moves)
                .Concat(story.GetProperty("steps").EnumerateArray().Select(s => (At: At(s, "at"), Order: 2, Do: (Func<Task>)(() => Step(s)))))
                .OrderBy(m => m.At, StringComparer.Ordinal).ThenBy(m => m.Order).ToList();
            // A customer who has nothing and did nothing can be asked about all the same.
            await client.Clock(moves[0].At);
            await client.Do("/v1/customers", new { id = Customer });
            foreach (var (at, _, move) in moves)
            {
                await client.Clock(at);
                await move();
            }
        }

        private IEnumerable<(string At, int Order, Func<Task> Do)> Moves(JsonElement grant)
        {
            yield return (At(grant, "created_at"), 0, () => Grant(grant));
            if (grant.TryGetProperty("voided_at", out _))
            {
                yield return (At(grant, "voided_at"), 1, () => client.Do($"/v1/grants/{grants[Text(grant, "id")]}/void", new { idempotency_key = client.NextKey() }));
            }
        }

        // Everything as the case names it: the priority is a text, expires_at may be null.
        private async Task Grant(JsonElement grant)
        {
            bool paid = Text(grant, "kind") == "paid";
            var reply = await client.Do("/v1/grants", new
            {
                customer_id = Customer,
                asset = "units",
                amount = Text(grant, "amount"),
                source = paid ? "paid" : "promotional",
                priority = Text(grant, "priority"),
                effective_at = Text(grant, "effective_at"),
                expires_at = grant.GetProperty("expires_at").GetString(),
                cost_basis = grant.TryGetProperty("cost_basis", out var each) ? new { currency = "usd", amount = (Decimal(each) * Decimal(grant.GetProperty("amount"))).ToString(CultureInfo.InvariantCulture) } : null,
                idempotency_key = "grant-" + Text(grant, "id"),
            });
            grants[Text(grant, "id")] = reply.Json.GetProperty("grant").GetProperty("id").GetString()!;
        }

        private async Task Step(JsonElement step)
        {
            if (step.TryGetProperty("use", out var use))
            {
                await Use(use.GetString()!, step);
            }
            else if (step.TryGetProperty("refund", out var refund))
            {
                await Refund(Decimal(refund));
            }
            else if (step.TryGetProperty("grant", out var grant))
            {
                await Grant(grant);
            }
            else if (step.TryGetProperty("void_grant", out var voided))
            {
                last = await client.Post($"/v1/grants/{grants[voided.GetString()!]}/void", new
                {
                    amount = step.TryGetProperty("amount", out var part) ? part.GetString() : null,
                    idempotency_key = client.NextKey(),
                });
            }
            else if (step.TryGetProperty("hold", out var hold))
            {
                last = await client.Do("/v1/usage/authorize", new { customer_id = Customer, asset = "units", amount = Text(hold, "amount"), ttl_seconds = 86_400, idempotency_key = client.NextKey() });
                Assert.True(last.Json.GetProperty("allowed").GetBoolean(), last.Text);
                holds[Text(hold, "id")] = last.Json.GetProperty("hold_id").GetString()!;
            }
            else if (step.TryGetProperty("settle", out var settle))
            {
                last = await client.Do($"/v1/holds/{holds[Text(settle, "id")]}/capture", new { amount = Text(settle, "amount"), idempotency_key = client.NextKey() });
            }
            else if (step.TryGetProperty("release", out var release))
            {
                last = await client.Do($"/v1/holds/{holds[release.GetString()!]}/void", new { idempotency_key = client.NextKey() });
            }
            else if (step.TryGetProperty("repeat_of_previous_use", out _))
            {
                last = await client.Do("/v1/usage", lastUse!);
                Assert.True(last.Json.GetProperty("replayed").GetBoolean(), last.Text);
            }
            else
            {
                Assert.True(step.TryGetProperty("query", out _) || step.TryGetProperty("expire", out _), $"a step of an unknown kind: {step}");
            }
            if (step.TryGetProperty("expected", out var expected))
            {
                await Check(expected, step);
            }
        }

        private async Task Use(string quantity, JsonElement step)
        {
            lastUse = new { id = $"use-{uses.Count + 1}-{client.NextKey()}", customer_id = Customer, event_type = "unit.used", timestamp = Text(step, "at"), quantity, on_insufficient = OnInsufficient(step) };
            last = await client.Post("/v1/usage", lastUse);
            Assert.True(last.Status == 200 || last.Code == "insufficient_balance", last.Text);
            applied = 0;
            if (last.Status == 200)
            {
                applied = last.Json.GetProperty("charges").EnumerateArray().Sum(c => Decimal(c.GetProperty("amount")));
                uses.Add((last.Json.GetProperty("event_id").GetString()!, Decimal(quantity)));
            }
        }

        // So much is given back, last used first, and never more than was used.
        private async Task Refund(decimal amount)
        {
            for (int i = uses.Count - 1; i >= 0 && amount > 0; i--)
            {
                decimal part = Math.Min(amount, uses[i].Left);
                if (part > 0)
                {
                    last = await client.Do($"/v1/usage/{uses[i].Id}/reverse", new { customer_id = Customer, quantity = part.ToString(CultureInfo.InvariantCulture), idempotency_key = client.NextKey() });
                }
                uses[i] = (uses[i].Id, uses[i].Left - part);
                amount -= part;
            }
        }

        private async Task Check(JsonElement expected, JsonElement step)
        {
            var wallet = (await client.Wallet(Customer)).Json;
            var account = wallet.GetProperty("accounts").EnumerateArray().SingleOrDefault(a => Text(a, "asset") == "units");
            foreach (var figure in expected.EnumerateObject())
            {
                string what = $"{figure.Name} after {step}, wallet {wallet}";
                switch (figure.Name)
                {
                    case "balances":
                        foreach (var grant in figure.Value.EnumerateObject())
                        {
                            Assert.Equal((what, grant.Name, Decimal(grant.Value)), (what, grant.Name, Remaining(account, grant.Name)));
                        }
                        break;
                    case "total":
                        Assert.Equal((what, Decimal(figure.Value)), (what, account.GetProperty("grants").EnumerateArray().Sum(g => Decimal(g.GetProperty("remaining")))));
                        Assert.Equal((what, Decimal(figure.Value)), (what, Decimal(account.GetProperty("balance")) + Decimal(account.GetProperty("debt"))));
                        break;
                    case "debt":
                        Assert.Equal((what, Decimal(figure.Value)), (what, Decimal(account.GetProperty("debt"))));
                        break;
                    case "expired_total":
                        var entries = await client.Entries(Customer, "&asset=units");
                        Assert.Equal((what, Decimal(figure.Value)), (what, -entries.Where(e => Text(e, "kind") == "expired").Sum(e => Decimal(e.GetProperty("amount")))));
                        break;
                    case "applied":
                        Assert.Equal((what, Decimal(figure.Value)), (what, applied));
                        break;
                    case "rejected":
                        Assert.Equal((what, figure.Value.GetBoolean() ? 422 : 200), (what, last!.Status));
                        break;
                    default:
                        Assert.Fail($"an expectation of an unknown kind: {figure}");
                        break;
                }
            }
        }

        private decimal Remaining(JsonElement account, string grant) =>
            grants.TryGetValue(grant, out string? id) && account.ValueKind == JsonValueKind.Object
                ? account.GetProperty("grants").EnumerateArray().Where(g => Text(g, "id") == id).Sum(g => Decimal(g.GetProperty("remaining"))) : 0;

        // "partial" (take what there is) is no way of ours: where nothing is left it comes to the same as a refusal.
        private string OnInsufficient(JsonElement step)
        {
            string said = step.TryGetProperty("on_insufficient", out var own) ? own.GetString()!
                : story.TryGetProperty("policy", out var policy) ? Text(policy, "on_insufficient") : "debt";
            return said == "partial" ? "reject" : said;
        }

        private static string At(JsonElement item, string name) => Text(item, name);

        private static string Text(JsonElement item, string name) => item.GetProperty(name).GetString()!;

        private static decimal Decimal(JsonElement text) => Decimal(text.GetString()!);

        private static decimal Decimal(string text) => decimal.Parse(text, CultureInfo.InvariantCulture);
    }
}
