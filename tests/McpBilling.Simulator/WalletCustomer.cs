using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Wallets;

namespace McpBilling.Simulator;

/// <summary>The core and the naive wallet disagree, or a law is broken.</summary>
internal sealed class Disagreement(string what) : Exception(what);

/// <summary>One customer of the simulation: the core's wallet, the naive one, and what a ledger's storage would remember.</summary>
internal sealed class WalletCustomer(int number, bool huge)
{
    private static readonly string?[] Products = [null, "p", "q"];

    private readonly List<(WalletCommand Command, Instant Now)> _done = [];
    private readonly List<Entry> _entries = [];
    private readonly Replay _replay = new();
    private readonly Dictionary<long, long> _costs = [];
    private readonly List<long> _reversals = [];
    private NaiveWallet _naive = new() { Watching = huge };
    private long _keys;

    public WalletState State { get; private set; } = WalletState.Empty;

    public Instant Now { get; private set; } = Instant.Earliest;

    /// <summary>Every grant as last written, ended ones too.</summary>
    public Dictionary<long, (Asset Asset, Grant Grant)> StoredGrants { get; } = [];

    /// <summary>How every hold stands as last written.</summary>
    public Dictionary<long, HoldStatus> StoredHolds { get; } = [];

    /// <summary>Credit used and not yet given back, per event, in the order in which it was used.</summary>
    public List<(Asset Asset, List<PastUse> Uses)> Events { get; } = [];

    public long NextKey() => (number + 1) * 1_000_000L + ++_keys;

    /// <summary>Carries the command out on both sides and compares everything that can be seen.</summary>
    public Transition? Apply(WalletCommand command, Instant now)
    {
        long keys = _keys;
        var naiveBefore = huge ? _naive.Copy() : null;
        var answer = _naive.Apply(command, now, NextKey);
        long naiveKeys = _keys;
        _keys = keys;
        Transition done;
        try
        {
            done = State.Apply(command, now, NextKey);
        }
        catch (OverflowException) when (naiveBefore is not null && _naive.Overflowed)
        {
            (_naive, _keys) = (naiveBefore, keys);
            return null;
        }
        _naive.Overflowed = false;
        Must(naiveKeys == _keys, $"the core made {_keys - keys} grants, the naive wallet {naiveKeys - keys}");
        if (State.NextDue <= now)
        {
            CheckSteps(command, now, done, keys);
        }
        (State, Now) = (done.State, now);
        _done.Add((command, now));
        Remember(command, done, now);
        CompareAnswer(done, answer);
        ComparePostings(done);
        CompareAccounts();
        CompareHolds();
        CheckLaws(command, done);
        return done;
    }

    /// <summary>Law 6 (what other customers did in between changed nothing), law 2 for the whole history, and that a stored wallet is the wallet.</summary>
    public void CheckHistory()
    {
        var replayed = LedgerComparison.Differences(_replay, State.Accounts.Values, State.Holds.Values);
        Must(replayed.Count == 0, $"{string.Join("; ", replayed)}");
        var again = WalletState.Empty;
        var entries = new List<Entry>();
        var made = new Queue<long>(_reversals);
        foreach (var (command, now) in _done)
        {
            var done = again.Apply(command, now, made.Dequeue);
            entries.AddRange(done.Entries);
            again = WalletState.Restore(done.State.Accounts.Values, done.State.Holds.Values);
        }
        Must(entries.SequenceEqual(_entries), $"law 6: this customer's commands alone, with the wallet stored and read back after each, give other entries");
    }

    // Law 7: what fell due, in one step or in many, gives the same entries and the same wallet.
    private void CheckSteps(WalletCommand command, Instant now, Transition done, long keys)
    {
        var state = State;
        var entries = new List<Entry>();
        var left = new List<Grant>();
        while (state.NextDue < now)
        {
            var step = state.Apply(new WalletCommand.BringUp(), state.NextDue, NextKey);
            entries.AddRange(step.Entries);
            left.InsertRange(0, step.Grants.Select(g => g.Grant));
            state = step.State;
        }
        long after = _keys;
        _keys = keys;
        // Holds and grants that ended on the way are known to storage by then.
        var last = command switch
        {
            WalletCommand.Capture c => c with { StoredStatus = StatusAfter(c.HoldKey, state, c.StoredStatus), Returns = WithEnded(c.Returns, left) },
            WalletCommand.Use c => c with { Returns = WithEnded(c.Returns, left) },
            WalletCommand.VoidHold c => c with { StoredStatus = StatusAfter(c.HoldKey, state, c.StoredStatus) },
            WalletCommand.ExtendHold c => c with { StoredStatus = StatusAfter(c.HoldKey, state, c.StoredStatus) },
            _ => command,
        };
        var end = state.Apply(last, now, NextKey);
        entries.AddRange(end.Entries);
        Must(entries.SequenceEqual(done.Entries), $"law 7: in one step {done.Entries.Length} entries, in many {entries.Count}, or others");
        Must(Same(end.State, done.State), $"law 7: the wallet differs between one step and many");
        Must(end.Refusal == done.Refusal, $"law 7: the refusal differs between one step and many");
        _keys = after;
    }

    private static ImmutableArray<GiveBack> WithEnded(ImmutableArray<GiveBack> returns, List<Grant> left) =>
        [.. returns.Select(r => r with { Ended = [.. left, .. r.Ended] })];

    private static HoldStatus? StatusAfter(long key, WalletState state, HoldStatus? stored) =>
        stored == HoldStatus.Open && !state.Holds.ContainsKey(key) ? HoldStatus.Expired : stored;

    private static bool Same(WalletState a, WalletState b) =>
        a.Accounts.Count == b.Accounts.Count
        && a.Accounts.All(x => b.Accounts.TryGetValue(x.Key, out var y) && x.Value.Grants.SequenceEqual(y.Grants) && x.Value.Settled.SequenceEqual(y.Settled)
            && (x.Value.Debt, x.Value.OverdraftLimit, x.Value.OverdraftHeld) == (y.Debt, y.OverdraftLimit, y.OverdraftHeld))
        && a.Holds.Count == b.Holds.Count && a.Holds.Keys.All(b.Holds.ContainsKey) && a.NextDue == b.NextDue;

    private void Remember(WalletCommand command, Transition done, Instant now)
    {
        foreach (var entry in done.Entries)
        {
            _entries.Add(entry);
            _replay.Take(entry);
            if (entry.GrantKey is { } grant)
            {
                _costs[grant] = _costs.GetValueOrDefault(grant) + entry.CostBasis;
            }
        }
        foreach (var (asset, grant) in done.Grants)
        {
            if (grant.Source == GrantSource.Reversal && !StoredGrants.ContainsKey(grant.Key))
            {
                _reversals.Add(grant.Key);
            }
            StoredGrants[grant.Key] = (asset, grant);
        }
        foreach (var hold in done.Holds)
        {
            StoredHolds[hold.Key] = hold.Status;
        }
        var debits = command switch { WalletCommand.Use u => u.Debits, WalletCommand.Capture c => c.Debits, _ => [] };
        for (int i = 0; i < done.Debits.Length && i < debits.Length; i++)
        {
            if (done.Debits[i].Length > 0)
            {
                Events.Add((debits[i].Asset, [.. done.Debits[i].Select(s => new PastUse(s.GrantKey, s.Amount, now))]));
            }
        }
    }

    private static void CompareAnswer(Transition done, NaiveWallet.Answer answer)
    {
        Must(done.Refusal?.Code == answer.No, $"the core answers {done.Refusal?.Code.Name ?? "yes"}, the naive wallet {answer.No?.Name ?? "yes"}");
        if (done.Refusal is { } refusal)
        {
            Must(refusal.Shortfall == answer.Shortfall && refusal.Available == answer.Available,
                $"shortfall and available: core {refusal.Shortfall}, {refusal.Available}; naive {answer.Shortfall}, {answer.Available}");
            return;
        }
        CompareShares("taken", done.Debits, answer.Taken);
        CompareShares("given back", done.Returns, answer.Given);
    }

    private static void CompareShares(string what, ImmutableArray<ImmutableArray<Share>> core, List<List<(long, Int128)>> naive)
    {
        for (int i = 0; i < naive.Count || i < core.Length; i++)
        {
            var a = i < core.Length ? Merged(core[i].Select(s => (s.GrantKey, (Int128)s.Amount))) : [];
            var b = i < naive.Count ? Merged(naive[i]) : [];
            if (!a.SequenceEqual(b))
            {
                throw new Disagreement($"{what}: core [{string.Join(", ", a)}], naive [{string.Join(", ", b)}]");
            }
        }
    }

    private static List<(long, Int128)> Merged(IEnumerable<(long Key, Int128 Amount)> shares)
    {
        var merged = new List<(long Key, Int128 Amount)>();
        foreach (var share in shares)
        {
            if (merged.Count > 0 && merged[^1].Key == share.Key)
            {
                merged[^1] = (share.Key, merged[^1].Amount + share.Amount);
            }
            else
            {
                merged.Add(share);
            }
        }
        return merged;
    }

    // Line by line, with the time at which each was due. Settling debt and holding move nothing into or out of an account.
    private void ComparePostings(Transition done)
    {
        var core = done.Entries.Where(e => e.Amount != 0 && e.Kind != EntryKind.DebtSettled).ToList();
        for (int i = 0; i < core.Count || i < _naive.Posted.Count; i++)
        {
            var a = i < core.Count ? (core[i].Asset.Id, core[i].Time, core[i].Kind, core[i].Counter, core[i].Amount) : default;
            var b = i < _naive.Posted.Count ? _naive.Posted[i] : default;
            Must(a == b, $"posting {i + 1} is {a} in the core, {b} in the naive wallet");
        }
    }

    private void CompareAccounts()
    {
        foreach (var (id, account) in State.Accounts)
        {
            var book = _naive.BookOf(id);
            Equal(id, "balance", account.Balance, _naive.Balance(id));
            Equal(id, "held", account.Held, _naive.Held(id));
            Equal(id, "debt", account.Debt, book.Debt);
            Equal(id, "overdraft held", account.OverdraftHeld, book.Promised);
            Equal(id, "available", account.Available, _naive.Available(id, _ => true));
            foreach (var product in Products)
            {
                Equal(id, product ?? "available to a plain amount", account.AvailableTo(product), _naive.AvailableTo(id, product));
            }
            var blocks = _naive.Blocks.Where(b => b.Asset == id && (b.Remaining > 0 || !(b.Begun || b.Expired || b.Voided))).ToDictionary(b => b.Key);
            Equal(id, "number of grants", account.Grants.Length, blocks.Count);
            foreach (var grant in account.Grants)
            {
                Must(blocks.TryGetValue(grant.Key, out var block), $"{id}: grant {grant.Key} lives in the core only");
                Equal(id, "remaining of a grant", grant.Remaining, block!.Remaining);
                Equal(id, "held of a grant", grant.Held, block.Held);
                var status = block.Voided ? GrantStatus.Voided : block.Expired ? GrantStatus.Expired : block.Begun ? GrantStatus.Active : GrantStatus.Scheduled;
                Must(grant.Status == status, $"{id}: grant {grant.Key} is {grant.Status} in the core, {status} in the naive wallet");
            }
            Must(account.Settled.Select(s => (s.GrantKey, (Int128)s.Amount, s.UsedAt)).SequenceEqual(book.Settled), $"{id}: the settlements differ");
        }
    }

    private void CompareHolds()
    {
        int open = 0;
        foreach (var promise in _naive.Promises)
        {
            if (promise.Status != HoldStatus.Open)
            {
                Must(StoredHolds.GetValueOrDefault(promise.Key) == promise.Status, $"hold {promise.Key} ended as {promise.Status} in the naive wallet only");
                continue;
            }
            open++;
            Must(State.Holds.TryGetValue(promise.Key, out var hold), $"hold {promise.Key} is open in the naive wallet only");
            Must(hold!.ExpiresAt == promise.Ends, $"hold {promise.Key} ends at {hold.ExpiresAt} in the core, {promise.Ends} in the naive wallet");
            for (int i = 0; i < promise.Lines.Count; i++)
            {
                var (line, other) = (hold.Lines[i], promise.Lines[i]);
                Must(line.Shares.Select(s => (s.GrantKey, (Int128)s.Amount)).SequenceEqual(other.Parts), $"hold {promise.Key} keeps other shares");
                Must(line.Amount == other.Amount && line.Captured == other.Captured, $"hold {promise.Key}: amount or captured differ");
            }
        }
        Must(open == State.Holds.Count, $"{State.Holds.Count} holds are open in the core, {open} in the naive wallet");
    }

    private void CheckLaws(WalletCommand command, Transition done)
    {
        foreach (var (id, account) in State.Accounts)
        {
            Must(account.Debt >= 0 && account.OverdraftHeld >= 0, $"law 3: {id} debt {account.Debt}, overdraft held {account.OverdraftHeld}");
            Must(account.Grants.All(g => g.Remaining >= g.Held && g.Held >= 0 && g.Remaining <= g.Granted), $"law 3: a grant of {id}");
            Must(account.Debt == 0 || !account.Grants.Any(g => g.Products.IsEmpty && g.Free > 0), $"{id} has debt beside free unrestricted credit");
        }
        // With several lines each was measured against what the ones before it left; the naive wallet checks that.
        if (command is WalletCommand.Authorize && done is { Refusal: null, Hold.Lines: [{ Amount: > 0 } line] })
        {
            Must(State.Accounts[line.Asset.Id].AvailableTo(line.Product) >= 0, $"law 4: hold {done.Hold.Key} took more than was available");
        }
        foreach (var (_, grant) in done.Grants)
        {
            var block = _naive.Blocks.Single(b => b.Key == grant.Key);
            Equal("cost basis", "share of a grant", _costs.GetValueOrDefault(grant.Key), block.CostConsumed);
        }
        if (_done.Count % 8 == 0)
        {
            var differences = LedgerComparison.Differences(_replay, State.Accounts.Values, State.Holds.Values);
            Must(differences.Count == 0, $"law 2: {string.Join("; ", differences)}");
        }
    }

    private static void Equal(string id, string what, Int128 core, Int128 naive)
    {
        if (core != naive)
        {
            throw new Disagreement($"{id}: {what} is {core} in the core, {naive} in the naive wallet");
        }
    }

    private static void Must(bool holds, [InterpolatedStringHandlerArgument(nameof(holds))] Otherwise otherwise)
    {
        if (!holds)
        {
            throw new Disagreement(otherwise.Text);
        }
    }

    // Words are put together only when they are needed: millions of checks hold for each that fails.
    [InterpolatedStringHandler]
    private readonly struct Otherwise
    {
        private readonly StringBuilder? _text;

        public Otherwise(int literalLength, int formattedCount, bool holds, out bool needed)
        {
            needed = !holds;
            _text = holds ? null : new StringBuilder(literalLength + 8 * formattedCount);
        }

        public string Text => _text?.ToString() ?? "";

        public void AppendLiteral(string words) => _text!.Append(words);

        public void AppendFormatted<T>(T value) => _text!.Append(value);
    }
}
