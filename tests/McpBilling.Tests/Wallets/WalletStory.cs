using System.Collections.Immutable;
using System.Globalization;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Wallets;

namespace McpBilling.Tests.Wallets;

/// <summary>
/// A wallet's life as a table that a person can read, one line a step, in the words of wallets.md. Amounts are usd unless another asset is named.
/// <code>
/// day 1    grant G1 5.00 promotional expires day 10 starts day 2 priority 10 for images,video cost 2.00
///          use 4.00 for images + 3 credits reject as U1
///          hold H1 1.50 until day 2 partial at least 0.80
///          capture H1 1.20 open reject expired-too as U2      (open: more captures follow)
///          release H1 · extend H1 until day 3 · void G1 2.00 · adjust A1 -3.00 · overdraft 5.00 · return U1 0.05 · pass
///          … → insufficient_balance short 0.10                (what the line is refused with; a line without → must succeed)
///          expect balance 4.00 held 0 available 4.00 debt 0 G1 4.00 G1.held 1.50 H1 1.50 available/images 5.00 credits.debt 3
///          lines used G1 -4.00, used debt -1.00 at day 2      (the ledger's lines of the step before; held and cost where not zero)
/// </code>
/// After every step the ledger is replayed and compared with the wallet. Reversal grants are R1, R2 … in the order in which they appear.
/// </summary>
internal sealed class WalletStory
{
    public static readonly Asset Usd = new("usd", "US dollar", 9, 2) { IsCurrency = true };
    private static readonly Asset Credits = new("credits", "Credits", 6, 0);
    private static readonly Instant Start = Instant.From(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    private readonly Dictionary<string, long> _keys = [];
    private readonly Dictionary<long, Grant> _grants = [];
    private readonly Dictionary<long, Hold> _holds = [];
    private readonly Dictionary<string, (Asset Asset, List<PastUse> Uses)> _uses = [];
    private readonly Replay _replay = new();
    private WalletState _state = WalletState.Empty;
    private Transition? _last;
    private Instant _now = Start;
    private long _nextKey;
    private int _reversals;
    private string _line = "";

    public static void Run(string table)
    {
        var story = new WalletStory();
        foreach (string line in table.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            story.Step(line);
        }
    }

    private void Step(string line)
    {
        _line = line;
        string[] halves = line.Split('→', StringSplitOptions.TrimEntries);
        var words = new Queue<string>(halves[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        if (Skip(words, "day"))
        {
            _now = Day(words.Dequeue());
        }
        string verb = words.Dequeue();
        switch (verb)
        {
            case "expect":
                Expect(words);
                return;
            case "lines":
                Assert.Equal(string.Join(' ', words), string.Join(", ", _last!.Entries.Select(Words)));
                return;
        }
        string? name = NameOf(words);
        var command = Command(verb, words);
        Assert.True(words.Count == 0, $"{line}: {string.Join(' ', words)} was not understood");
        Do(command, name, halves.Length > 1 ? halves[1] : "");
    }

    private void Do(WalletCommand command, string? name, string refusal)
    {
        _last = _state.Apply(command, _now, () =>
        {
            _keys[$"R{++_reversals}"] = ++_nextKey;
            return _nextKey;
        });
        _state = WalletState.Restore(_last.State.Accounts.Values, _last.State.Holds.Values);
        Assert.Equal($"{_line} → {refusal}", $"{_line} → {Words(_last.Refusal)}");
        foreach (var (_, grant) in _last.Grants)
        {
            _grants[grant.Key] = grant;
        }
        foreach (var hold in _last.Holds)
        {
            _holds[hold.Key] = hold;
        }
        foreach (var entry in _last.Entries)
        {
            _replay.Take(entry);
        }
        Assert.Equal([], LedgerComparison.Differences(_replay, _state.Accounts.Values, _state.Holds.Values));
        if (name is not null)
        {
            var debits = command is WalletCommand.Use use ? use.Debits : ((WalletCommand.Capture)command).Debits;
            _uses[name] = (debits[0].Asset, [.. _last.Debits[0].Select(s => new PastUse(s.GrantKey, s.Amount, _now))]);
        }
    }

    private WalletCommand Command(string verb, Queue<string> words)
    {
        switch (verb)
        {
            case "grant":
                return AddGrant(words);
            case "use":
                var debits = Debits(words);
                return new WalletCommand.Use(debits, [], Skip(words, "reject") ? OnInsufficient.Reject : OnInsufficient.Debt);
            case "hold":
                long key = Key(words.Dequeue());
                var held = Debits(words);
                var until = Skip(words, "until") ? DayOf(words) : _now + Hold.MaxLife;
                bool partial = Skip(words, "partial");
                return new WalletCommand.Authorize(key, held, until, partial, Skip(words, "at") && Skip(words, "least") ? Units(words.Dequeue(), held[0].Asset) : 0);
            case "capture":
                long captured = Key(words.Dequeue());
                var used = Debits(words);
                bool final = !Skip(words, "open");
                var missing = Skip(words, "reject") ? OnInsufficient.Reject : OnInsufficient.Debt;
                return new WalletCommand.Capture(captured, Stored(captured), used, [], final, missing, Skip(words, "expired-too"));
            case "release":
                long released = Key(words.Dequeue());
                return new WalletCommand.VoidHold(released, Stored(released));
            case "extend":
                long extended = Key(words.Dequeue());
                Skip(words, "until");
                return new WalletCommand.ExtendHold(extended, Stored(extended), DayOf(words));
            case "void":
                return new WalletCommand.VoidGrant(Key(words.Dequeue()), words.TryDequeue(out string? part) ? Units(part, Usd) : null);
            case "adjust":
                return new WalletCommand.Adjust(
                    Key(words.Dequeue()), Usd, Units(words.Dequeue(), Usd), Skip(words, "reject") ? OnInsufficient.Reject : OnInsufficient.Debt);
            case "overdraft":
                return new WalletCommand.SetOverdraft(Usd, Units(words.Dequeue(), Usd));
            case "return":
                return new WalletCommand.Use([], [Return(words.Dequeue(), words.Dequeue())], OnInsufficient.Debt);
            case "pass":
                return new WalletCommand.BringUp();
            default:
                throw new InvalidOperationException($"{_line}: unknown step {verb}");
        }
    }

    private WalletCommand.AddGrant AddGrant(Queue<string> words)
    {
        long key = Key(words.Dequeue());
        long amount = Amount(words, out var asset);
        var source = Enum.Parse<GrantSource>(words.Dequeue(), true);
        var grant = new WalletCommand.AddGrant(key, asset, amount, source, Grant.DefaultPriority, [], _now, Instant.Never, null);
        while (words.TryDequeue(out string? word))
        {
            grant = word switch
            {
                "expires" => grant with { ExpiresAt = DayOf(words) },
                "starts" => grant with { EffectiveAt = DayOf(words) },
                "priority" => grant with { Priority = int.Parse(words.Dequeue(), CultureInfo.InvariantCulture) },
                "for" => grant with { Products = [.. words.Dequeue().Split(',')] },
                "cost" => grant with { CostBasis = new CostBasis(Usd, Units(words.Dequeue(), Usd)) },
                _ => throw new InvalidOperationException($"{_line}: {word} was not understood"),
            };
        }
        return grant;
    }

    // What a ledger's storage does for a reversal: last used first, less what was given back before.
    private GiveBack Return(string name, string amountText)
    {
        var (asset, uses) = _uses[name];
        long amount = Units(amountText, asset);
        var back = new GiveBack(asset, amount, [.. uses.AsEnumerable().Reverse()], [.. _grants.Values.Where(g => g.IsOver)]);
        while (amount > 0 && uses.Count > 0)
        {
            long part = Math.Min(amount, uses[^1].Amount);
            amount -= part;
            uses[^1] = uses[^1] with { Amount = uses[^1].Amount - part };
            if (uses[^1].Amount == 0)
            {
                uses.RemoveAt(uses.Count - 1);
            }
        }
        return back;
    }

    private void Expect(Queue<string> words)
    {
        // As a read does: the wallet as it is now, without writing anything.
        var seen = _state.Apply(new WalletCommand.BringUp(), _now, () => 0).State;
        while (words.TryDequeue(out string? what))
        {
            string expected = words.Dequeue();
            string actual = Figure(seen, what, out var asset);
            Assert.Equal($"{_line}: {what} {new Amount(asset, Units(expected, asset))}", $"{_line}: {what} {actual}");
        }
    }

    private string Figure(WalletState seen, string what, out Asset asset)
    {
        asset = what.StartsWith("credits.", StringComparison.Ordinal) ? Credits : Usd;
        what = what.Replace("credits.", "", StringComparison.Ordinal);
        var account = seen.Accounts.GetValueOrDefault(asset.Id) ?? Account.Empty(asset);
        long Of(string name, Func<Grant, long> figure) => seen.Accounts.Values.SelectMany(a => a.Grants).Where(g => g.Key == _keys[name]).Sum(figure);
        long units = what switch
        {
            "balance" => account.Balance,
            "held" => account.Held,
            "available" => account.Available,
            "available/plain" => account.AvailableTo(null),
            "debt" => account.Debt,
            _ when what.StartsWith("available/", StringComparison.Ordinal) => account.AvailableTo(what[10..]),
            _ when what[0] == 'H' => seen.Holds.TryGetValue(_keys[what], out var hold) ? hold.Lines.Sum(l => l.Held) : 0,
            _ when what.EndsWith(".held", StringComparison.Ordinal) => Of(what[..^5], g => g.Held),
            _ => Of(what, g => g.Remaining),
        };
        return new Amount(asset, units).ToString();
    }

    private string Words(Entry entry)
    {
        string bucket = entry.GrantKey is { } key ? _keys.Single(k => k.Value == key).Key : "debt";
        string kind = entry.Kind == EntryKind.DebtSettled ? "settled" : entry.Kind.ToString().ToLowerInvariant();
        return $"{kind} {bucket} {new Amount(entry.Asset, entry.Amount)}"
            + (entry.Held == 0 ? "" : $" held {new Amount(entry.Asset, entry.Held)}")
            + (entry.CostBasis == 0 ? "" : $" cost {new Amount(Usd, entry.CostBasis)}")
            + (entry.Time == _now ? "" : $" at day {((decimal)(entry.Time - Start).Ticks / TimeSpan.TicksPerDay).ToString("0.####", CultureInfo.InvariantCulture)}");
    }

    private static string Words(Refusal? refusal) =>
        refusal is null ? "" : refusal.Asset is null ? refusal.Code.Name : $"{refusal.Code.Name} short {new Amount(refusal.Asset, refusal.Shortfall)}";

    private ImmutableArray<Debit> Debits(Queue<string> words)
    {
        var debits = ImmutableArray.CreateBuilder<Debit>();
        do
        {
            long amount = Amount(words, out var asset);
            string? product = Skip(words, "for") ? words.Dequeue() : null;
            debits.Add(new Debit(asset, amount, product, Skip(words, "quoted") ? "quote" : null));
        }
        while (Skip(words, "+"));
        return debits.ToImmutable();
    }

    private static string? NameOf(Queue<string> words)
    {
        var all = words.ToList();
        int at = all.IndexOf("as");
        if (at < 0)
        {
            return null;
        }
        words.Clear();
        all.Take(at).ToList().ForEach(words.Enqueue);
        return all[at + 1];
    }

    private HoldStatus? Stored(long key) => _holds.TryGetValue(key, out var hold) ? hold.Status : null;

    private long Key(string name) => _keys.TryGetValue(name, out long key) ? key : _keys[name] = ++_nextKey;

    private static long Amount(Queue<string> words, out Asset asset)
    {
        string text = words.Dequeue();
        asset = Skip(words, "credits") ? Credits : Usd;
        return Units(text, asset);
    }

    private static long Units(string text, Asset asset)
    {
        Assert.True(McpBilling.Money.Amount.TryFrom(asset, decimal.Parse(text, CultureInfo.InvariantCulture), out var amount), $"{text} is no amount of {asset.Id}");
        return amount.Units;
    }

    private static Instant DayOf(Queue<string> words)
    {
        Skip(words, "day");
        return Day(words.Dequeue());
    }

    private static Instant Day(string day) => Start + TimeSpan.FromTicks((long)(decimal.Parse(day, CultureInfo.InvariantCulture) * TimeSpan.TicksPerDay));

    private static bool Skip(Queue<string> words, string word)
    {
        bool there = words.TryPeek(out string? next) && next == word;
        if (there)
        {
            words.Dequeue();
        }
        return there;
    }
}
