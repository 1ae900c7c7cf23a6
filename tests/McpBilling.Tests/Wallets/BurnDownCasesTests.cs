using System.Text.Json;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Wallets;

namespace McpBilling.Tests.Wallets;

/// <summary>
/// What other engines' own tests expect of grants burning down (<c>burndown_cases.json</c>, sources named per case), told to our wallet. The file lies
/// beside the project, not in it: absent, these are skipped, except under CI.
/// </summary>
public sealed class BurnDownCasesTests
{
    private const string CasesPath = "data/burndown_cases.json";
    private static readonly Asset Units = new("units", "Units", 6, 0);
    private static readonly JsonElement? File = Load();

    public static TheoryData<string> Stories =>
        [.. File is { } file ? file.GetProperty("cases").EnumerateArray().Select(c => c.GetProperty("id").GetString()!) : ["absent"]];

    [Theory]
    [MemberData(nameof(Stories))]
    public void Credit_burns_down_as_other_engines_expect(string id)
    {
        if (File is not { } file)
        {
            Needs.Shared(CasesPath);
            return;
        }
        new Story(file.GetProperty("cases").EnumerateArray().Single(c => c.GetProperty("id").GetString() == id)).Run();
    }

    private static JsonElement? Load()
    {
        string? path = Needs.FindShared(CasesPath);
        return path is null ? null : JsonDocument.Parse(System.IO.File.ReadAllText(path)).RootElement;
    }

    private sealed class Story(JsonElement story)
    {
        private readonly Dictionary<string, long> _keys = [];
        private readonly Dictionary<long, Grant> _grants = [];
        private readonly List<PastUse> _used = [];
        private readonly Replay _replay = new();
        private WalletState _state = WalletState.Empty;
        private Transition? _last;
        private long _nextKey;
        private long _expired;

        public void Run()
        {
            // Grants are created at their own time, which some stories put between steps or before the start.
            var moves = story.GetProperty("grants").EnumerateArray()
                .SelectMany(g => Moves(g)).Concat(story.GetProperty("steps").EnumerateArray().Select(s => (At: Time(s, "at"), Order: 2, Do: (Action<Instant>)(at => Step(s, at)))))
                .OrderBy(m => m.At).ThenBy(m => m.Order);
            foreach (var (at, _, move) in moves)
            {
                move(at);
            }
        }

        private IEnumerable<(Instant At, int Order, Action<Instant> Do)> Moves(JsonElement grant)
        {
            yield return (Time(grant, "created_at"), 0, at => AddGrant(grant, at));
            if (grant.TryGetProperty("voided_at", out _))
            {
                yield return (Time(grant, "voided_at"), 1, at => Do(new WalletCommand.VoidGrant(Key(grant.GetProperty("id")), null), at));
            }
        }

        private void AddGrant(JsonElement grant, Instant at)
        {
            bool paid = grant.GetProperty("kind").GetString() == "paid";
            bool ends = grant.GetProperty("expires_at").ValueKind == JsonValueKind.String;
            Do(new WalletCommand.AddGrant(
                Key(grant.GetProperty("id")), Units, Amount(grant.GetProperty("amount")), paid ? GrantSource.Paid : GrantSource.Promotional,
                int.Parse(grant.GetProperty("priority").GetString()!), [], Time(grant, "effective_at"), ends ? Time(grant, "expires_at") : Instant.Never, null), at);
        }

        private void Step(JsonElement step, Instant at)
        {
            if (step.TryGetProperty("use", out var use))
            {
                Do(new WalletCommand.Use([new Debit(Units, Amount(use))], [], OnInsufficientOf(step)), at);
            }
            else if (step.TryGetProperty("refund", out var refund))
            {
                GiveBack(Amount(refund), at);
            }
            else if (step.TryGetProperty("grant", out var grant))
            {
                AddGrant(grant, at);
            }
            else if (step.TryGetProperty("void_grant", out var voided))
            {
                Do(new WalletCommand.VoidGrant(Key(voided), step.TryGetProperty("amount", out var part) ? Amount(part) : null), at);
            }
            else if (step.TryGetProperty("hold", out var hold))
            {
                Do(new WalletCommand.Authorize(Key(hold.GetProperty("id")), [new Debit(Units, Amount(hold.GetProperty("amount")))], at + Hold.MaxLife, false, 0), at);
                Assert.Null(_last!.Refusal);
            }
            else if (step.TryGetProperty("settle", out var settle))
            {
                Do(new WalletCommand.Capture(
                    Key(settle.GetProperty("id")), HoldStatus.Open, [new Debit(Units, Amount(settle.GetProperty("amount")))], [], true, OnInsufficient.Debt, false), at);
                Assert.Null(_last!.Refusal);
            }
            else if (step.TryGetProperty("release", out var release))
            {
                Do(new WalletCommand.VoidHold(Key(release), HoldStatus.Open), at);
                Assert.Null(_last!.Refusal);
            }
            else
            {
                Assert.True(step.TryGetProperty("query", out _) || step.TryGetProperty("expire", out _), $"a step of an unknown kind: {step}");
                Do(new WalletCommand.BringUp(), at);
            }
            if (step.TryGetProperty("expected", out var expected))
            {
                foreach (var figure in expected.EnumerateObject())
                {
                    Check(figure, step);
                }
            }
        }

        private void Check(JsonProperty expected, JsonElement step)
        {
            var account = _state.Accounts.GetValueOrDefault(Units.Id) ?? Account.Empty(Units);
            string what = $"{expected.Name} after {step}";
            switch (expected.Name)
            {
                case "balances":
                    foreach (var grant in expected.Value.EnumerateObject())
                    {
                        long remaining = _keys.TryGetValue(grant.Name, out long key)
                            ? account.Grants.Where(g => g.Key == key && g.Status == GrantStatus.Active).Sum(g => g.Remaining) : 0;
                        Assert.Equal((what, grant.Name, Amount(grant.Value)), (what, grant.Name, remaining));
                    }
                    break;
                case "total":
                    Assert.Equal((what, Amount(expected.Value)), (what, account.Balance + account.Debt));
                    break;
                case "debt":
                    Assert.Equal((what, Amount(expected.Value)), (what, account.Debt));
                    break;
                case "expired_total":
                    Assert.Equal((what, Amount(expected.Value)), (what, _expired));
                    break;
                case "applied":
                    Assert.Equal((what, Amount(expected.Value)), (what, _last!.Debits.Sum(d => d.Sum(s => s.Amount))));
                    break;
                case "rejected":
                    Assert.Equal((what, expected.Value.GetBoolean()), (what, _last!.Refusal is not null));
                    break;
                default:
                    Assert.Fail($"an expectation of an unknown kind: {expected}");
                    break;
            }
        }

        private void GiveBack(long amount, Instant at)
        {
            var uses = _used.AsEnumerable().Reverse().ToList();
            long most = Math.Min(amount, uses.Sum(u => u.Amount));
            Do(new WalletCommand.Use([], [new GiveBack(Units, most, [.. uses], [.. _grants.Values.Where(g => g.IsOver)])], OnInsufficient.Debt), at);
            while (most > 0)
            {
                long part = Math.Min(most, _used[^1].Amount);
                most -= part;
                _used[^1] = _used[^1] with { Amount = _used[^1].Amount - part };
                if (_used[^1].Amount == 0)
                {
                    _used.RemoveAt(_used.Count - 1);
                }
            }
        }

        private void Do(WalletCommand command, Instant at)
        {
            _last = _state.Apply(command, at, () => ++_nextKey);
            _state = _last.State;
            foreach (var entry in _last.Entries)
            {
                _replay.Take(entry);
                _expired -= entry.Kind == EntryKind.Expired ? entry.Amount : 0;
            }
            foreach (var (_, grant) in _last.Grants)
            {
                _grants[grant.Key] = grant;
            }
            _used.AddRange(_last.Debits.SelectMany(d => d).Select(s => new PastUse(s.GrantKey, s.Amount, at)));
            Assert.Equal([], LedgerComparison.Differences(_replay, _state.Accounts.Values, _state.Holds.Values));
        }

        // "partial" (take what there is) is no way of ours: where nothing is left it comes to the same as a refusal.
        private OnInsufficient OnInsufficientOf(JsonElement step)
        {
            string? said = step.TryGetProperty("on_insufficient", out var own) ? own.GetString()
                : story.TryGetProperty("policy", out var policy) ? policy.GetProperty("on_insufficient").GetString() : "debt";
            return said switch
            {
                "debt" => OnInsufficient.Debt,
                "reject" or "partial" => OnInsufficient.Reject,
                _ => throw new InvalidOperationException($"unknown on_insufficient {said}"),
            };
        }

        private long Key(JsonElement name) => _keys.TryGetValue(name.GetString()!, out long key) ? key : _keys[name.GetString()!] = ++_nextKey;

        private static long Amount(JsonElement text)
        {
            Assert.True(McpBilling.Money.Amount.TryFrom(Units, decimal.Parse(text.GetString()!), out var amount), $"{text} is no amount");
            return amount.Units;
        }

        private static Instant Time(JsonElement item, string name)
        {
            Assert.True(Instant.TryParse(item.GetProperty(name).GetString()!, out var time), $"{item} has no time {name}");
            return time;
        }
    }
}
