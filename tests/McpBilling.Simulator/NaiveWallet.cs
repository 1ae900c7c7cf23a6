using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Simulator;

/// <summary>
/// The wallet once more, read from wallets.md and nothing else, as plainly as it can be said: lists that change in place, every question answered by walking
/// over all of them. It shares no rule with the core; where the two differ, one of them misread the page.
/// </summary>
internal sealed class NaiveWallet
{
    public const long NoGrant = 0;

    public sealed class Block
    {
        public long Key, Granted;
        public Int128 Remaining, Held;
        public required string Asset;
        public GrantSource Source;
        public int Priority;
        public required string[] Products;
        public Instant Created, From, To;
        public long Cost;
        public Int128 CostBefore;
        public bool Begun, Expired, Voided;

        public bool Usable(Instant t) => Begun && !Expired && !Voided && From <= t && t < To;
        public Int128 Free(Instant t) => Usable(t) ? Remaining - Held : 0;
        public bool Fits(string? product) => Products.Length == 0 || (product != null && Products.Contains(product));
        public Block Copy() => (Block)MemberwiseClone();

        /// <summary>What the entries of this grant must have consumed of its cost basis so far.</summary>
        public Int128 CostConsumed => Begun && Granted > 0 ? Cost * (Granted - Remaining) / Granted - CostBefore : 0;
    }

    public sealed class Line
    {
        public required Debit For;
        public Int128 Amount, Captured;
        public List<(long Grant, Int128 Amount)> Parts = [];
        public Line Copy() => new() { For = For, Amount = Amount, Captured = Captured, Parts = [.. Parts] };
    }

    public sealed class Promise
    {
        public long Key;
        public Instant Created, Ends;
        public HoldStatus Status;
        public List<Line> Lines = [];
        public Promise Copy() => new() { Key = Key, Created = Created, Ends = Ends, Status = Status, Lines = [.. Lines.Select(l => l.Copy())] };
    }

    public sealed class Book
    {
        public Int128 Debt, Limit, Promised;
        public List<(long Grant, Int128 Amount, Instant At)> Settled = [];
        public Book Copy() => new() { Debt = Debt, Limit = Limit, Promised = Promised, Settled = [.. Settled] };
    }

    public sealed record Answer(ErrorCode? No, Int128 Shortfall, Int128 Available, List<List<(long, Int128)>> Taken, List<List<(long, Int128)>> Given);

    // What the core promises to remember of settled debt (AccountDraft).
    private const int SettlementsRemembered = 32;

    public List<Block> Blocks = [];
    public List<Promise> Promises = [];
    public Dictionary<string, Book> Books = [];
    /// <summary>What the last command moved into or out of the account, in order: the ledger's lines that change the balance.</summary>
    public List<(string Asset, Instant At, EntryKind Kind, CounterAccount Counter, Int128 Amount)> Posted = [];
    public Instant Now;

    /// <summary>Whether some figure has left 64 bits, if only for a moment.</summary>
    public bool Overflowed;

    /// <summary>Whether to look out for that; it takes time, and only huge amounts can.</summary>
    public bool Watching;

    public NaiveWallet Copy() => new()
    {
        Blocks = [.. Blocks.Select(b => b.Copy())],
        Promises = [.. Promises.Select(p => p.Copy())],
        Books = Books.ToDictionary(b => b.Key, b => b.Value.Copy()),
        Posted = [.. Posted],
        Now = Now,
        Overflowed = Overflowed,
        Watching = Watching,
    };

    public Book BookOf(string asset) => Books.TryGetValue(asset, out var book) ? book : Books[asset] = new Book();

    public Int128 Balance(string asset) => Blocks.Where(b => b.Asset == asset && b.Begun).Sum128(b => b.Remaining) - BookOf(asset).Debt;

    public Int128 Held(string asset) => Blocks.Where(b => b.Asset == asset).Sum128(b => b.Held) + BookOf(asset).Promised;

    public Int128 Available(string asset, Func<Block, bool> counts)
    {
        var book = BookOf(asset);
        return Blocks.Where(b => b.Asset == asset && counts(b)).Sum128(b => b.Free(Now)) - book.Debt + book.Limit - book.Promised;
    }

    public Int128 AvailableTo(string asset, string? product) => Available(asset, b => b.Fits(product));

    // ---- time comes first -------------------------------------------------------------------------------------------

    public void BringUp(Instant now)
    {
        while (true)
        {
            // The earliest event; at one instant holds end (0), then grants expire (1), then grants begin (2).
            (Instant At, int Order, long Key)? next = null;
            void Consider(Instant at, int order, long key)
            {
                if (at <= now && (next is not { } n || at < n.At || (at == n.At && (order < n.Order || (order == n.Order && key < n.Key)))))
                {
                    next = (at, order, key);
                }
            }
            foreach (var promise in Promises)
            {
                if (promise.Status == HoldStatus.Open)
                {
                    Consider(promise.Ends, 0, promise.Key);
                }
            }
            foreach (var block in Blocks)
            {
                if (!block.Expired && !block.Voided && block.To != Instant.Never)
                {
                    Consider(block.To, 1, block.Key);
                }
                if (!block.Begun && !block.Expired && !block.Voided)
                {
                    Consider(block.From, 2, block.Key);
                }
            }
            if (next is not { } due)
            {
                Now = now;
                return;
            }
            Now = due.At;
            if (due.Order == 0)
            {
                EndPromise(Promises.Single(p => p.Key == due.Key), HoldStatus.Expired);
            }
            else if (due.Order == 1)
            {
                Expire(BlockOf(due.Key));
            }
            else
            {
                Begin(BlockOf(due.Key), EntryKind.Granted);
            }
        }
    }

    private Block BlockOf(long key) => Blocks.Single(b => b.Key == key);

    private void Begin(Block block, EntryKind kind)
    {
        block.Begun = true;
        block.CostBefore = block.Granted == 0 ? 0 : (Int128)block.Cost * (block.Granted - block.Remaining) / block.Granted;
        if (kind == EntryKind.Returned)
        {
            block.CostBefore += block.Cost;
        }
        Post(block.Asset, kind, CounterOf(block.Source), block.Remaining);
        Settle(block.Asset);
    }

    private void Expire(Block block)
    {
        if (block.Begun)
        {
            Post(block.Asset, EntryKind.Expired, CounterAccount.Expired, block.Held - block.Remaining);
            block.Remaining = block.Held;
        }
        else
        {
            block.Remaining = 0;
        }
        block.Expired = true;
    }

    // ---- the moves --------------------------------------------------------------------------------------------------

    private List<Block> InBurnOrder(string asset, string? product) => Blocks
        .Where(b => b.Asset == asset && b.Fits(product) && b.Free(Now) > 0)
        .OrderBy(b => b.Priority).ThenBy(b => b.To).ThenBy(b => b.Products.Length > 0 ? 0 : 1).ThenBy(b => b.Source == GrantSource.Paid ? 1 : 0)
        .ThenBy(b => b.From).ThenBy(b => b.Created).ThenBy(b => b.Key)
        .ToList();

    private void Settle(string asset)
    {
        var book = BookOf(asset);
        if (book.Debt == 0)
        {
            return;
        }
        foreach (var block in InBurnOrder(asset, null))
        {
            var part = Int128.Min(book.Debt, block.Free(Now));
            if (part > 0)
            {
                block.Remaining -= part;
                book.Debt -= part;
                if (book.Settled.Count > 0 && book.Settled[^1].Grant == block.Key && book.Settled[^1].At == Now)
                {
                    book.Settled[^1] = (block.Key, book.Settled[^1].Amount + part, Now);
                }
                else
                {
                    book.Settled.Add((block.Key, part, Now));
                }
                if (book.Settled.Count > SettlementsRemembered)
                {
                    book.Settled.RemoveAt(0);
                }
            }
        }
    }

    private List<(long, Int128)> Take(string asset, Int128 amount, string? product, EntryKind kind, CounterAccount counter)
    {
        var parts = new List<(long, Int128)>();
        foreach (var block in InBurnOrder(asset, product))
        {
            var part = Int128.Min(amount, block.Free(Now));
            if (part > 0)
            {
                block.Remaining -= part;
                amount -= part;
                parts.Add((block.Key, part));
                Post(asset, kind, counter, -part);
            }
        }
        if (amount > 0)
        {
            BookOf(asset).Debt += amount;
            parts.Add((NoGrant, amount));
            Post(asset, kind, counter, -amount);
        }
        return parts;
    }

    private List<(long, Int128)> Reserve(string asset, Int128 amount, string? product)
    {
        var parts = new List<(long, Int128)>();
        foreach (var block in InBurnOrder(asset, product))
        {
            var part = Int128.Min(amount, block.Free(Now));
            if (part > 0)
            {
                block.Held += part;
                amount -= part;
                parts.Add((block.Key, part));
            }
        }
        if (amount > 0)
        {
            BookOf(asset).Promised += amount;
            parts.Add((NoGrant, amount));
        }
        Watch(asset);
        return parts;
    }

    private void UsePart(string asset, long grant, Int128 amount)
    {
        if (grant == NoGrant)
        {
            BookOf(asset).Promised -= amount;
            BookOf(asset).Debt += amount;
            Post(asset, EntryKind.Used, CounterAccount.Revenue, -amount);
            Settle(asset);
            return;
        }
        BlockOf(grant).Held -= amount;
        BlockOf(grant).Remaining -= amount;
        Post(asset, EntryKind.Used, CounterAccount.Revenue, -amount);
    }

    private void EndPromise(Promise promise, HoldStatus status)
    {
        foreach (var line in promise.Lines)
        {
            foreach (var (grant, amount) in line.Parts)
            {
                LetGo(line.For.Asset.Id, grant, amount);
            }
            line.Parts.Clear();
        }
        promise.Status = status;
    }

    private void LetGo(string asset, long grant, Int128 amount)
    {
        if (grant == NoGrant)
        {
            BookOf(asset).Promised -= amount;
            return;
        }
        var block = BlockOf(grant);
        block.Held -= amount;
        if (block.Voided || block.Expired)
        {
            block.Remaining -= amount;
            Post(asset, block.Voided ? EntryKind.Voided : EntryKind.Expired, block.Voided ? CounterAccount.Voided : CounterAccount.Expired, -amount);
        }
        Settle(asset);
    }

    // ---- the commands -----------------------------------------------------------------------------------------------

    public Answer Apply(WalletCommand command, Instant now, Func<long> nextKey)
    {
        Posted.Clear();
        BringUp(now);
        return command switch
        {
            WalletCommand.BringUp => Yes(),
            WalletCommand.AddGrant c => c.Amount < 0 ? No(ErrorCode.AmountInvalid) : AddGrant(c),
            WalletCommand.VoidGrant c => c.Amount < 0 ? No(ErrorCode.AmountInvalid) : VoidGrant(c),
            WalletCommand.Adjust c => Adjust(c),
            WalletCommand.SetOverdraft c => c.Limit < 0 ? No(ErrorCode.AmountInvalid) : SetOverdraft(c),
            WalletCommand.Authorize c => c.MinAmount < 0 || c.Debits.Any(d => d.Amount < 0) ? No(ErrorCode.AmountInvalid) : WholeOrNot(c.Debits.Length > 1, () => Authorize(c)),
            WalletCommand.Capture c => AnyNegative(c.Debits, c.Returns) ? No(ErrorCode.AmountInvalid) : WholeOrNot(c.OnInsufficient == OnInsufficient.Reject, () => Capture(c, nextKey)),
            WalletCommand.VoidHold c => VoidHold(c),
            WalletCommand.ExtendHold c => ExtendHold(c),
            WalletCommand.Use c => AnyNegative(c.Debits, c.Returns) ? No(ErrorCode.AmountInvalid) : WholeOrNot(c.OnInsufficient == OnInsufficient.Reject, () => Use(c.Debits, c.Returns, c.OnInsufficient, nextKey)),
            _ => throw new InvalidOperationException(command.ToString()),
        };
    }

    private static bool AnyNegative(IEnumerable<Debit> debits, IEnumerable<GiveBack> returns) => debits.Any(d => d.Amount < 0) || returns.Any(r => r.Amount < 0);

    private static Answer Yes(List<List<(long, Int128)>>? taken = null, List<List<(long, Int128)>>? given = null) => new(null, 0, 0, taken ?? [], given ?? []);

    private static Answer No(ErrorCode code, Int128 shortfall = default, Int128 available = default) => new(code, shortfall, available, [], []);

    private Answer Short(Int128 wanted, Int128 available)
    {
        Overflowed |= wanted - available > long.MaxValue;
        return No(ErrorCode.InsufficientBalance, wanted - available, available);
    }

    // All or nothing, the plain way: keep a copy where a "no" may be found half way.
    private Answer WholeOrNot(bool mayFailHalfWay, Func<Answer> work)
    {
        var before = mayFailHalfWay ? Copy() : null;
        var answer = work();
        if (answer.No != null && before != null)
        {
            (Blocks, Promises, Books, Posted) = (before.Blocks, before.Promises, before.Books, before.Posted);
        }
        return answer;
    }

    private Answer AddGrant(WalletCommand.AddGrant c)
    {
        var block = new Block
        {
            Key = c.GrantKey,
            Asset = c.Asset.Id,
            Source = c.Source,
            Granted = c.Amount,
            Remaining = c.Amount,
            Priority = c.Priority,
            Products = [.. c.Products],
            Created = Now,
            From = c.EffectiveAt,
            To = c.ExpiresAt,
            Cost = c.CostBasis?.Amount ?? 0,
        };
        Blocks.Add(block);
        if (block.To <= Now || block.From <= Now)
        {
            Begin(block, EntryKind.Granted);
        }
        if (block.To <= Now)
        {
            Expire(block);
        }
        Watch(block.Asset);
        return Yes();
    }

    private Answer VoidGrant(WalletCommand.VoidGrant c)
    {
        var block = Blocks.SingleOrDefault(b => b.Key == c.GrantKey);
        if (block is null || (block.Begun && block.Remaining == 0))
        {
            return No(ErrorCode.GrantInsufficient);
        }
        bool over = block.Expired || block.Voided;
        var free = over ? 0 : block.Remaining - block.Held;
        if (over || c.Amount > free)
        {
            return over && block.Remaining == 0 ? No(ErrorCode.GrantInsufficient) : No(ErrorCode.GrantInsufficient, Int128.Max(0, (c.Amount ?? 0) - free), free);
        }
        var gone = c.Amount ?? free;
        block.Remaining -= gone;
        block.Voided = c.Amount is null || (gone == free && block.Held == 0);
        if (block.Begun)
        {
            Post(block.Asset, EntryKind.Voided, CounterAccount.Voided, -gone);
        }
        return Yes();
    }

    private Answer Adjust(WalletCommand.Adjust c)
    {
        if (c.Amount >= 0)
        {
            Blocks.Add(new Block
            {
                Key = c.GrantKey,
                Asset = c.Asset.Id,
                Source = GrantSource.Adjustment,
                Granted = c.Amount,
                Remaining = c.Amount,
                Priority = 50,
                Products = [],
                Created = Now,
                From = Now,
                To = Instant.Never,
            });
            Begin(Blocks[^1], EntryKind.Adjusted);
            return Yes();
        }
        var available = AvailableTo(c.Asset.Id, null);
        return c.OnInsufficient == OnInsufficient.Reject && -(Int128)c.Amount > available
            ? Short(-(Int128)c.Amount, available)
            : Yes([Take(c.Asset.Id, -(Int128)c.Amount, null, EntryKind.Adjusted, CounterAccount.Adjustment)]);
    }

    private Answer SetOverdraft(WalletCommand.SetOverdraft c)
    {
        BookOf(c.Asset.Id).Limit = c.Limit;
        Watch(c.Asset.Id);
        return Yes();
    }

    private Answer Authorize(WalletCommand.Authorize c)
    {
        var promise = new Promise { Key = c.HoldKey, Created = Now, Ends = c.ExpiresAt, Status = HoldStatus.Open };
        foreach (var debit in c.Debits)
        {
            var available = AvailableTo(debit.Asset.Id, debit.Product);
            Int128 amount = debit.Amount;
            bool chargesNothing = amount == 0 && debit.Purpose != null;
            if (amount > available && !chargesNothing)
            {
                if (!c.AllowPartial || c.Debits.Length != 1 || available < 1 || available < c.MinAmount)
                {
                    return Short(c.AllowPartial && c.MinAmount > 0 ? c.MinAmount : amount, available);
                }
                amount = available;
            }
            promise.Lines.Add(new Line { For = debit, Amount = amount, Parts = Reserve(debit.Asset.Id, amount, debit.Product) });
        }
        bool onlyAsked = promise.Lines.Count == 1 && promise.Lines[0].Amount == 0 && promise.Lines[0].For.Purpose == null;
        if (!onlyAsked)
        {
            Promises.Add(promise);
        }
        return Yes();
    }

    private Answer Capture(WalletCommand.Capture c, Func<long> nextKey)
    {
        var promise = Promises.SingleOrDefault(p => p.Key == c.HoldKey);
        if (promise is null || promise.Status != HoldStatus.Open)
        {
            return promise?.Status == HoldStatus.Expired && c.AllowExpired ? Use(c.Debits, c.Returns, c.OnInsufficient, nextKey) : NotOpen(promise);
        }
        var taken = new List<List<(long, Int128)>>();
        foreach (var debit in c.Debits)
        {
            var parts = new List<(long, Int128)>();
            Int128 left = debit.Amount;
            var lines = promise.Lines
                .Where(l => l.For.Asset.Id == debit.Asset.Id && (l.For.Product == null || debit.Product == null || l.For.Product == debit.Product)).ToList();
            foreach (var line in lines)
            {
                while (left > 0 && line.Parts.Count > 0)
                {
                    var (grant, held) = line.Parts[0];
                    var part = Int128.Min(left, held);
                    UsePart(debit.Asset.Id, grant, part);
                    parts.Add((grant, part));
                    left -= part;
                    line.Parts.RemoveAt(0);
                    if (held > part)
                    {
                        line.Parts.Insert(0, (grant, held - part));
                    }
                }
            }
            if (left > 0)
            {
                var available = AvailableTo(debit.Asset.Id, debit.Product);
                if (c.OnInsufficient == OnInsufficient.Reject && left > available)
                {
                    return Short(left, available);
                }
                parts.AddRange(Take(debit.Asset.Id, left, debit.Product, EntryKind.Used, CounterAccount.Revenue));
            }
            if (lines.Count > 0)
            {
                lines[0].Captured += debit.Amount;
                Overflowed |= lines[0].Captured > long.MaxValue;
            }
            taken.Add(parts);
        }
        if (c.Final)
        {
            EndPromise(promise, HoldStatus.Captured);
        }
        return Yes(taken, GiveBackAll(c.Returns, nextKey));
    }

    private Answer VoidHold(WalletCommand.VoidHold c)
    {
        var promise = Promises.SingleOrDefault(p => p.Key == c.HoldKey);
        if (promise is null || promise.Status != HoldStatus.Open)
        {
            return NotOpen(promise);
        }
        EndPromise(promise, HoldStatus.Voided);
        return Yes();
    }

    private Answer ExtendHold(WalletCommand.ExtendHold c)
    {
        var promise = Promises.SingleOrDefault(p => p.Key == c.HoldKey);
        if (promise is null || promise.Status != HoldStatus.Open)
        {
            return NotOpen(promise);
        }
        var end = c.ExpiresAt;
        if (end - promise.Created > TimeSpan.FromHours(24))
        {
            end = promise.Created + TimeSpan.FromHours(24);
        }
        if (end > promise.Ends)
        {
            promise.Ends = end;
        }
        return Yes();
    }

    private static Answer NotOpen(Promise? promise) => No(promise?.Status switch
    {
        HoldStatus.Captured => ErrorCode.HoldAlreadyCaptured,
        HoldStatus.Voided => ErrorCode.HoldAlreadyVoided,
        HoldStatus.Expired => ErrorCode.HoldExpired,
        _ => ErrorCode.HoldNotFound,
    });

    private Answer Use(IEnumerable<Debit> debits, IEnumerable<GiveBack> returns, OnInsufficient onInsufficient, Func<long> nextKey)
    {
        var taken = new List<List<(long, Int128)>>();
        foreach (var debit in debits)
        {
            var available = AvailableTo(debit.Asset.Id, debit.Product);
            if (onInsufficient == OnInsufficient.Reject && debit.Amount > 0 && debit.Amount > available)
            {
                return Short(debit.Amount, available);
            }
            taken.Add(Take(debit.Asset.Id, debit.Amount, debit.Product, EntryKind.Used, CounterAccount.Revenue));
        }
        return Yes(taken, GiveBackAll(returns, nextKey));
    }

    // ---- giving back ------------------------------------------------------------------------------------------------

    private List<List<(long, Int128)>> GiveBackAll(IEnumerable<GiveBack> returns, Func<long> nextKey)
    {
        var all = new List<List<(long, Int128)>>();
        foreach (var back in returns)
        {
            var given = new List<(long, Int128)>();
            Int128 left = back.Amount;
            foreach (var use in back.Uses)
            {
                var part = Int128.Min(left, use.Amount);
                left -= part;
                if (part > 0 && use.GrantKey == NoGrant)
                {
                    GiveBackDebt(back.Asset.Id, part, given, nextKey);
                }
                else if (part > 0)
                {
                    GiveBackTo(BlockOf(use.GrantKey), part, use.UsedAt, given, nextKey);
                }
            }
            all.Add(given);
        }
        return all;
    }

    // Debt first; what was paid off since goes back to whoever paid, the last payer first.
    private void GiveBackDebt(string asset, Int128 amount, List<(long, Int128)> given, Func<long> nextKey)
    {
        var book = BookOf(asset);
        var less = Int128.Min(amount, book.Debt);
        if (less > 0)
        {
            book.Debt -= less;
            amount -= less;
            given.Add((NoGrant, less));
            Post(asset, EntryKind.Returned, CounterAccount.Revenue, less);
        }
        while (amount > 0 && book.Settled.Count > 0)
        {
            var (grant, paid, at) = book.Settled[^1];
            var part = Int128.Min(amount, paid);
            amount -= part;
            book.Settled.RemoveAt(book.Settled.Count - 1);
            if (paid > part)
            {
                book.Settled.Add((grant, paid - part, at));
            }
            GiveBackTo(BlockOf(grant), part, at, given, nextKey);
        }
        if (amount > 0)
        {
            AddReversal(asset, amount, 50, [], Instant.Never, 0, given, nextKey);
        }
    }

    private void GiveBackTo(Block block, Int128 amount, Instant usedAt, List<(long, Int128)> given, Func<long> nextKey)
    {
        if (!block.Voided && block.To <= Now && usedAt < block.To)
        {
            long cost = block.Granted == 0 ? 0 : (long)(block.Cost * amount / block.Granted);
            AddReversal(block.Asset, amount, block.Priority, block.Products, Now + (block.To - usedAt), cost, given, nextKey);
            return;
        }
        given.Add((block.Key, amount));
        block.Remaining += amount;
        Post(block.Asset, EntryKind.Returned, CounterAccount.Revenue, amount);
        if (block.Voided)
        {
            block.Remaining -= amount;
            Post(block.Asset, EntryKind.Voided, CounterAccount.Voided, -amount);
        }
        else if (block.To <= Now)
        {
            block.Remaining -= amount;
            Post(block.Asset, EntryKind.Expired, CounterAccount.Expired, -amount);
        }
        else
        {
            Settle(block.Asset);
        }
    }

    private void AddReversal(
        string asset, Int128 amount, int priority, string[] products, Instant to, long cost, List<(long, Int128)> given, Func<long> nextKey)
    {
        var block = new Block
        {
            Key = nextKey(),
            Asset = asset,
            Source = GrantSource.Reversal,
            Granted = (long)amount,
            Remaining = amount,
            Priority = priority,
            Products = products,
            Created = Now,
            From = Now,
            To = to,
            Cost = cost,
        };
        Blocks.Add(block);
        given.Add((block.Key, amount));
        Begin(block, EntryKind.Returned);
    }

    private void Post(string asset, EntryKind kind, CounterAccount counter, Int128 amount)
    {
        if (amount != 0)
        {
            Posted.Add((asset, Now, kind, counter, amount));
        }
        Watch(asset);
    }

    private void Watch(string asset)
    {
        if (!Watching)
        {
            return;
        }
        var book = BookOf(asset);
        Overflowed |= book.Debt + book.Promised > long.MaxValue
            || Blocks.Where(b => b.Asset == asset).Sum128(b => b.Remaining) + book.Limit + book.Promised > long.MaxValue;
    }

    private static CounterAccount CounterOf(GrantSource source) => source switch
    {
        GrantSource.Paid => CounterAccount.Issued,
        GrantSource.Adjustment => CounterAccount.Adjustment,
        GrantSource.Reversal => CounterAccount.Revenue,
        _ => CounterAccount.Promotion,
    };
}

internal static class Sum
{
    public static Int128 Sum128<T>(this IEnumerable<T> items, Func<T, Int128> of)
    {
        Int128 sum = 0;
        foreach (var item in items)
        {
            sum += of(item);
        }
        return sum;
    }
}
