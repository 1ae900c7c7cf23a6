using System.Collections.Immutable;
using System.Globalization;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Simulator;

/// <summary>An event as the naive side knows it: quantities and times as they were sent.</summary>
internal sealed record NaiveEvent(string Id, string Type, Instant At, Fraction Quantity, Dictionary<string, string> Properties);

/// <summary>
/// A customer as pricing.md and wallets.md say, around a <see cref="NaiveWallet"/>: which prices an event meets, what its period owed before and owes after, who
/// paid, and what each command answers, in words that can be compared.
/// </summary>
internal sealed class NaiveCustomer(string id, NaiveCatalog catalog)
{
    // What the core promises to remember of who paid in a period (UseTrail).
    private const int PaymentsRemembered = 64;

    private long _nextKey;

    public string Id => id;
    public NaiveWallet Wallet { get; } = new();
    public bool Frozen { get; private set; }
    public Dictionary<string, Recorded> Events { get; } = [];
    public Dictionary<(NaivePrice, Instant), Book> Books { get; } = [];

    /// <summary>What one version of a price has taken in one of its periods.</summary>
    public sealed class Book
    {
        public Fraction Quantity, Total, CarriedTotal;
        public long Events;
        /// <summary>Who paid, the last on top.</summary>
        public List<(long Grant, long Amount, Instant At)> Payments = [];
        /// <summary>The values of events that count, in the order in which they came.</summary>
        public List<(string Event, string Text, Instant At)> Values = [];

        public Book Copy() => new() { Quantity = Quantity, Total = Total, CarriedTotal = CarriedTotal, Events = Events, Payments = [.. Payments], Values = [.. Values] };
    }

    public sealed class Charge
    {
        public required NaivePrice Price;
        public required Instant Period;
        public required Book After;
        public Fraction Metered, Left, QuantityBefore;
        public long EventsBefore, Amount;
        public bool Capped;
        public List<(long Grant, long Amount)> Own = [];
        public Asset Asset => NaiveCatalog.AssetOf(Price.Asset);
        public string Purpose => Price.Product + "/" + Price.Meter.Id;
    }

    public sealed class Recorded
    {
        public required NaiveEvent Event;
        public required Instant Taken;
        public required List<Charge> Charges;
        public bool Reversed;
        public bool CanSplit => Charges.Count > 0 && Charges.All(c => c.Price.Meter is { Aggregation: "sum" } && c.Metered == Charges[0].Metered);
    }

    private sealed class Refused(ErrorCode code) : Exception(code.Name);

    // ---- what is asked of it ----------------------------------------------------------------------------------------

    public string Save(Instant now, bool? frozen, (Asset Asset, long Limit)? limit)
    {
        Wallet.BringUp(now);
        Frozen = frozen ?? Frozen;
        if (limit is { } l)
        {
            Wallet.Apply(new WalletCommand.SetOverdraft(l.Asset, l.Limit), now, NextKey);
        }
        return $"ok frozen {Frozen}";
    }

    public (string, long Key) Grant(Instant now, Asset asset, long units, GrantSource source, int priority, string[] products, Instant? from, Instant? to, CostBasis? cost) =>
        (Try(() =>
        {
            if (from is not null && to <= from)
            {
                throw new Refused(ErrorCode.InvalidRequest);
            }
            var ends = to ?? Instant.Never;
            Do(new WalletCommand.AddGrant(NextKey(), asset, units, source, priority, [.. products], Instant.Min(from ?? now, ends), ends, cost), now);
            return $"ok grant {Say(Wallet.Blocks[^1])} {Figures(asset.Id)}";
        }), _nextKey);

    public string VoidGrant(Instant now, long key, long? units) => Try(() =>
    {
        Do(new WalletCommand.VoidGrant(key, units), now);
        var block = Wallet.Blocks.Single(b => b.Key == key);
        return $"ok grant {Say(block)} {Figures(block.Asset)}";
    });

    public string Adjust(Instant now, Asset asset, long units, OnInsufficient onInsufficient) => Try(() =>
    {
        Do(new WalletCommand.Adjust(NextKey(), asset, units, onInsufficient), now);
        return $"ok {Figures(asset.Id)}";
    });

    public (string, long Key) Authorize(Instant now, NaiveEvent? e, Asset? asset, long units, TimeSpan ttl, bool partial, long minAmount)
    {
        long key = 0;
        return (Try(() =>
        {
            Wallet.BringUp(now);
            ImmutableArray<Debit> debits = [];
            string policy = "";
            bool unpriced = false;
            if (Frozen)
            {
                return "denied CustomerFrozen []";
            }
            if (e is not null)
            {
                var rated = Rate(e, null);
                debits = [.. rated.Select(c => new Debit(
                    c.Asset, c.Price.FlatHold is { } flat ? (long)NaiveCatalog.Units(flat, c.Asset) : Math.Max(0, c.Amount), c.Price.Product, c.Purpose))];
                policy = rated.Count == 0 ? "" : rated.Any(c => c.Price.FlatHold is not null) ? "Flat" : "Estimate";
                unpriced = rated.Count == 0;
            }
            else
            {
                debits = [new Debit(asset!, units)];
            }
            if ((partial && debits.Length > 1) || (debits.Length > 0 && minAmount > debits[0].Amount))
            {
                throw new Refused(ErrorCode.InvalidRequest);
            }
            var answer = Wallet.Apply(new WalletCommand.Authorize(NextKey(), debits, now + ttl, partial, minAmount), now, NextKey);
            if (answer.No is not null)
            {
                return $"denied InsufficientBalance [{answer.Available}] short {answer.Shortfall}{(unpriced ? " unpriced" : "")}";
            }
            var promise = Wallet.Promises.SingleOrDefault(p => p.Key == _nextKey);
            key = promise is null ? 0 : promise.Key;
            string amounts = promise is null ? "" : string.Join(' ', promise.Lines.GroupBy(l => l.For.Asset.Id).Select(g => $"{g.Key} {g.Sum128(l => l.Amount)}"));
            return $"ok hold {promise is not null} until {promise?.Ends} [{amounts}] available ["
                + string.Join(' ', debits.DistinctBy(d => d.Asset.Id).Select(d => $"{d.Asset.Id} {Wallet.AvailableTo(d.Asset.Id, d.Product)}")) + $"] {policy}{(unpriced ? " unpriced" : "")}";
        }), key);
    }

    public string CaptureAmount(Instant now, long hold, decimal amount, bool final, OnInsufficient onInsufficient, bool allowExpired) => Try(() =>
    {
        Wallet.BringUp(now);
        var promise = Wallet.Promises.Single(p => p.Key == hold);
        if (promise.Lines.Count != 1)
        {
            throw new Refused(ErrorCode.InvalidRequest);
        }
        var line = promise.Lines[0].For;
        long units = Units(line.Asset, amount);
        Do(new WalletCommand.Capture(hold, null, [line with { Amount = units }], [], final, onInsufficient, allowExpired), now);
        EndIfExpired(promise);
        return $"ok {Say(promise)} [{line.Asset.Id} {units}] {Figures(line.Asset.Id)}";
    });

    public string CaptureEvent(Instant now, long hold, NaiveEvent e, bool final, OnInsufficient onInsufficient, bool allowExpired) => Try(() =>
    {
        Wallet.BringUp(now);
        var promise = Wallet.Promises.Single(p => p.Key == hold);
        CheckTime(e, now);
        if (Events.ContainsKey(e.Id))
        {
            throw new Refused(ErrorCode.IdempotencyConflict);
        }
        var rated = Rate(e, promise);
        Charged(rated, e, now, (debits, returns) => new WalletCommand.Capture(hold, null, debits, returns, final, onInsufficient, allowExpired));
        EndIfExpired(promise);
        return $"ok {Say(promise)} {Say(rated)} {Figures([.. promise.Lines.Select(l => l.For.Asset.Id), .. rated.Select(c => c.Price.Asset)])}{(rated.Count == 0 ? " unpriced" : "")}";
    });

    public string VoidHold(Instant now, long hold) => Try(() =>
    {
        Do(new WalletCommand.VoidHold(hold, null), now);
        var promise = Wallet.Promises.Single(p => p.Key == hold);
        return $"ok {Say(promise)} {Figures([.. promise.Lines.Select(l => l.For.Asset.Id)])}";
    });

    public string ExtendHold(Instant now, long hold, TimeSpan ttl) => Try(() =>
    {
        Wallet.BringUp(now);
        var promise = Wallet.Promises.Single(p => p.Key == hold);
        if (Frozen)
        {
            throw new Refused(ErrorCode.CustomerFrozen);
        }
        if (promise.Status == HoldStatus.Open && now + ttl > promise.Created + TimeSpan.FromHours(24))
        {
            throw new Refused(ErrorCode.InvalidRequest);
        }
        Do(new WalletCommand.ExtendHold(hold, null, now + ttl), now);
        return $"ok {Say(promise)}";
    });

    public string Record(Instant now, NaiveEvent e, long? hold, OnInsufficient onInsufficient) => Try(() =>
    {
        Wallet.BringUp(now);
        CheckTime(e, now);
        var promise = Wallet.Promises.SingleOrDefault(p => p.Key == hold);
        var rated = Rate(e, promise);
        Charged(rated, e, now, (debits, returns) => promise is null
            ? new WalletCommand.Use(debits, returns, onInsufficient)
            : new WalletCommand.Capture(promise.Key, null, debits, returns, true, onInsufficient, true));
        if (promise is not null)
        {
            EndIfExpired(promise);
        }
        return $"ok {Say(rated)} {Figures([.. rated.Select(c => c.Price.Asset)])}{(rated.Count == 0 ? " unpriced" : "")}";
    });

    public string Reverse(Instant now, string eventId, decimal? quantity) => Try(() =>
    {
        Wallet.BringUp(now);
        if (!Events.TryGetValue(eventId, out var recorded))
        {
            throw new Refused(ErrorCode.EventNotFound);
        }
        var left = recorded.CanSplit ? recorded.Charges[0].Left : Fraction.Zero;
        var part = quantity is { } q ? Of(q) : left;
        if (recorded.Reversed || (quantity is not null && part > left))
        {
            throw new Refused(ErrorCode.ReversalTooLarge);
        }
        bool whole = quantity is null || part == left;
        var debits = new List<(Charge Charge, long Amount)>();
        var returns = new List<GiveBack>();
        var said = new List<string>();
        var done = new List<Action>();
        foreach (var c in recorded.Charges)
        {
            var leftAfter = whole ? Fraction.Zero : c.Left - part;
            bool alone = c.Price.Period == "event";
            var book = alone ? Alone(c, recorded) : Books[(c.Price, c.Period)].Copy();
            var before = book.Total;
            string meter = c.Price.Meter.Aggregation;
            int value = book.Values.FindIndex(v => v.Event == eventId);
            if (value >= 0)
            {
                book.Values.RemoveAt(value);
            }
            book.Quantity = meter switch
            {
                "max" => book.Values.Select(v => Fraction.Parse(v.Text)).Aggregate(Fraction.Zero, Fraction.Max),
                "unique_count" => Fraction.Of(book.Values.DistinctBy(v => v.Text).Count()),
                "latest" => book.Values.Count == 0 ? Fraction.Zero : Fraction.Parse(book.Values.OrderBy(v => v.At).Last().Text),
                _ => book.Quantity - (c.Left - leftAfter),
            };
            book.Events -= whole ? 1 : 0;
            book.Total = c.Price.IsPerEvent
                ? book.Total - c.Price.Fee(c.QuantityBefore, c.QuantityBefore + c.Left, c.EventsBefore, recorded.Event.Properties)!.Value
                    + (whole ? Fraction.Zero : c.Price.Fee(c.QuantityBefore, c.QuantityBefore + leftAfter, c.EventsBefore, recorded.Event.Properties)!.Value)
                : c.Price.Total(book.Quantity);
            long amount = Owed(c.Price, book, book.Total, c.Asset.UnitsPerWhole) - Owed(c.Price, book, before, c.Asset.UnitsPerWhole);
            var own = c.Own.ToList();
            if (amount < 0)
            {
                returns.Add(new GiveBack(c.Asset, -amount, [.. TakeBack(book.Payments, -amount, own, recorded.Taken)], []));
            }
            else if (amount > 0)
            {
                debits.Add((c, amount));
            }
            said.Add($"{c.Price.Id} {leftAfter - c.Left} {amount}{(c.Price.Capped(book.Total) ? " capped" : "")}");
            done.Add(() =>
            {
                (c.Left, c.Own) = (leftAfter, own);
                if (!alone)
                {
                    Books[(c.Price, c.Period)] = book;
                }
            });
        }
        var answer = Do(new WalletCommand.Use([.. debits.Select(d => new Debit(d.Charge.Asset, d.Amount, d.Charge.Price.Product))], [.. returns], OnInsufficient.Debt), now);
        done.ForEach(d => d());
        for (int i = 0; i < debits.Count; i++)
        {
            var (c, _) = debits[i];
            if (c.Price.Period == "event")
            {
                c.Own.AddRange(answer.Taken[i].Select(t => (t.Item1, (long)t.Item2)));
            }
            else
            {
                Pay(Books[(c.Price, c.Period)].Payments, answer.Taken[i], now);
            }
        }
        recorded.Reversed = whole;
        return $"ok [{string.Join("; ", said)}] {Figures([.. recorded.Charges.Select(c => c.Price.Asset)])}";
    });

    /// <summary>The wallet as get_wallet shows it: figures and living grants.</summary>
    public string WholeWallet(Instant now)
    {
        Wallet.BringUp(now);
        return $"frozen {Frozen} " + string.Join(" | ", Wallet.Books.Keys.Concat(Wallet.Blocks.Select(b => b.Asset)).Distinct().Order(StringComparer.Ordinal)
            .Select(a => (Asset: a, Living: Wallet.Blocks.Where(b => b.Asset == a && Lives(b)).ToList()))
            .Where(a => a.Living.Count > 0 || Wallet.BookOf(a.Asset) is var book && (book.Debt > 0 || book.Limit > 0 || book.Promised > 0))
            .Select(a => $"{Figures(a.Asset)} limit {Wallet.BookOf(a.Asset).Limit} {string.Join(", ", a.Living.Select(Say).Order(StringComparer.Ordinal))}"));
    }

    // ---- rating -----------------------------------------------------------------------------------------------------

    private List<Charge> Rate(NaiveEvent e, NaiveWallet.Promise? promise)
    {
        var meters = catalog.Meters.Where(m => m.EventType == e.Type && NaivePrice.Fits(m.Filter, e.Properties)).ToList();
        foreach (var m in meters)
        {
            if (m.Property is { } property && m.Aggregation != "count"
                && (!e.Properties.TryGetValue(property, out string? text) || (m.Aggregation != "unique_count" && !decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _))))
            {
                throw new Refused(ErrorCode.InvalidEvent);
            }
        }
        var charges = new List<Charge>();
        foreach (var group in catalog.Prices.Where(p => meters.Contains(p.Meter)).GroupBy(p => (p.Product, p.Meter.Id)))
        {
            var alternatives = group.GroupBy(p => p.Asset).Select(prices => One([.. prices], e)).OfType<Charge>().ToList();
            if (!catalog.FirstAffordable(group.Key.Product))
            {
                charges.AddRange(alternatives);
                continue;
            }
            string purpose = $"{group.Key.Product}/{group.Key.Id}";
            if (promise?.Lines.FirstOrDefault(l => l.For.Purpose == purpose) is { } held)
            {
                charges.AddRange(alternatives.Where(c => c.Price.Asset == held.For.Asset.Id));
            }
            else if (alternatives.Count > 0)
            {
                charges.Add(alternatives.FirstOrDefault(c => c.Amount <= 0
                    || c.Amount <= Wallet.AvailableTo(c.Price.Asset, c.Price.Product) - charges.Where(o => o.Price.Asset == c.Price.Asset).Sum(o => Math.Max(0, o.Amount))) ?? alternatives[^1]);
            }
        }
        return charges;
    }

    // Of the prices of one product, meter and asset the one with the most conditions; of its versions that of the event's time.
    private Charge? One(List<NaivePrice> prices, NaiveEvent e)
    {
        var price = prices.Where(p => p.Fits(e.Properties)).MaxBy(p => p.Where?.Count ?? 0);
        while (price is not null && price.From > e.At)
        {
            price = price.Before;
        }
        if (price is null)
        {
            return null;
        }
        var start = Start(price.Period, e.At);
        var book = BookOf(price, start).Copy();
        var (quantity, total, events) = (book.Quantity, book.Total, book.Events);
        var meter = price.Meter;
        string text = meter.Property is { } property ? e.Properties[property] : "";
        book.Quantity = meter.Aggregation switch
        {
            "count" => quantity + Fraction.Of(1),
            "max" => Fraction.Max(quantity, Fraction.Parse(text)),
            "unique_count" => quantity + Fraction.Of(book.Values.Any(v => v.Text == text) ? 0 : 1),
            "latest" => book.Values.All(v => v.At <= e.At) ? Fraction.Parse(text) : quantity,
            _ => quantity + (meter.Property is null ? e.Quantity : Fraction.Parse(text)),
        };
        if (meter.Aggregation is "max" or "unique_count" or "latest")
        {
            book.Values.Add((e.Id, text, e.At));
        }
        if (price.IsPerEvent)
        {
            if (price.Fee(quantity, book.Quantity, events, e.Properties) is not { } fee)
            {
                return null;
            }
            book.Total += fee;
        }
        else
        {
            book.Total = price.Total(book.Quantity);
        }
        book.Events++;
        long units = NaiveCatalog.AssetOf(price.Asset).UnitsPerWhole;
        return new Charge
        {
            Price = price,
            Period = start,
            After = book,
            Metered = book.Quantity - quantity,
            Left = book.Quantity - quantity,
            QuantityBefore = quantity,
            EventsBefore = events,
            Amount = Owed(price, book, book.Total, units) - Owed(price, book, total, units),
            Capped = price.Capped(book.Total),
        };
    }

    // A new version goes on from what the period has, if it carries.
    private Book BookOf(NaivePrice price, Instant start)
    {
        if (price.Period != "event" && Books.TryGetValue((price, start), out var book))
        {
            return book;
        }
        if (price.Period == "event" || !price.Carry || price.Before is null)
        {
            return new Book();
        }
        var had = BookOf(price.Before, start);
        var carried = price.IsPerEvent ? had.Total : price.Total(had.Quantity);
        return new Book { Quantity = had.Quantity, Events = had.Events, Total = carried, CarriedTotal = carried };
    }

    // Never more is given back than was used: a version whose carried part has become cheaper owes nothing for it.
    private static long Owed(NaivePrice price, Book book, Fraction total, long units) => Math.Max(price.Round(total, units), price.Round(book.CarriedTotal, units));

    private static Book Alone(Charge c, Recorded recorded) => new()
    {
        Quantity = c.Left,
        Events = 1,
        Total = c.Price.IsPerEvent ? c.Price.Fee(Fraction.Zero, c.Left, 0, recorded.Event.Properties)!.Value : c.Price.Total(c.Left),
        Payments = [.. c.Own.Select(o => (o.Grant, o.Amount, recorded.Taken))],
    };

    private static Instant Start(string period, Instant at)
    {
        var day = at.ToDateTimeOffset();
        return period switch
        {
            "month" => Instant.From(new DateTimeOffset(day.Year, day.Month, 1, 0, 0, 0, TimeSpan.Zero)),
            "day" => Instant.From(new DateTimeOffset(day.Year, day.Month, day.Day, 0, 0, 0, TimeSpan.Zero)),
            _ => new Instant(0),
        };
    }

    // ---- charging ---------------------------------------------------------------------------------------------------

    private void Charged(List<Charge> rated, NaiveEvent e, Instant now, Func<ImmutableArray<Debit>, ImmutableArray<GiveBack>, WalletCommand> command)
    {
        var returns = rated.Where(c => c.Amount < 0).Select(c => new GiveBack(c.Asset, -c.Amount, [.. TakeBack(c.After.Payments, -c.Amount, [], now)], []));
        var answer = Do(command([.. rated.Select(c => new Debit(c.Asset, Math.Max(0, c.Amount), c.Price.Product, c.Purpose))], [.. returns]), now);
        for (int i = 0; i < rated.Count; i++)
        {
            var c = rated[i];
            c.Own = Merge(answer.Taken[i]);
            if (c.Price.Period != "event")
            {
                if (c.Amount >= 0)
                {
                    Pay(c.After.Payments, answer.Taken[i], now);
                }
                Books[(c.Price, c.Period)] = c.After;
            }
        }
        Events[e.Id] = new Recorded { Event = e, Taken = now, Charges = rated };
    }

    private static List<(long, long)> Merge(List<(long Grant, Int128 Amount)> parts)
    {
        var merged = new List<(long Grant, long Amount)>();
        foreach (var (grant, amount) in parts)
        {
            if (merged.Count > 0 && merged[^1].Grant == grant)
            {
                merged[^1] = (grant, merged[^1].Amount + (long)amount);
            }
            else
            {
                merged.Add((grant, (long)amount));
            }
        }
        return merged;
    }

    private static void Pay(List<(long Grant, long Amount, Instant At)> payments, List<(long Grant, Int128 Amount)> parts, Instant now)
    {
        foreach (var (grant, amount) in parts)
        {
            if (payments.Count > 0 && payments[^1].Grant == grant)
            {
                payments[^1] = (grant, payments[^1].Amount + (long)amount, now);
            }
            else
            {
                payments.Add((grant, (long)amount, now));
            }
        }
        if (payments.Count > PaymentsRemembered)
        {
            int old = payments.Count / 2;
            var summed = payments.Take(old).GroupBy(p => p.Grant).Select(g => (g.Key, g.Sum(p => p.Amount), g.Max(p => p.At))).OrderBy(p => p.Item3).ThenBy(p => p.Key).ToList();
            payments.RemoveRange(0, old);
            payments.InsertRange(0, summed);
        }
    }

    // First from the event's own buckets, last used first; then from whoever paid last in the period.
    private static List<PastUse> TakeBack(List<(long Grant, long Amount, Instant At)> payments, long amount, List<(long Grant, long Amount)> own, Instant ownAt)
    {
        var uses = new List<PastUse>();
        for (int i = own.Count - 1; i >= 0 && amount > 0; i--)
        {
            long wanted = Math.Min(amount, own[i].Amount), got = 0;
            for (int p = payments.Count - 1; p >= 0 && got < wanted; p--)
            {
                if (payments[p].Grant == own[i].Grant)
                {
                    long part = Math.Min(wanted - got, payments[p].Amount);
                    got += part;
                    payments[p] = payments[p] with { Amount = payments[p].Amount - part };
                }
            }
            payments.RemoveAll(p => p.Amount == 0);
            if (got > 0)
            {
                uses.Add(new PastUse(own[i].Grant, got, ownAt));
            }
            own[i] = own[i] with { Amount = own[i].Amount - got };
            amount -= got;
        }
        own.RemoveAll(o => o.Amount == 0);
        while (amount > 0 && payments.Count > 0)
        {
            var top = payments[^1];
            long part = Math.Min(amount, top.Amount);
            uses.Add(new PastUse(top.Grant, part, top.At));
            payments[^1] = top with { Amount = top.Amount - part };
            payments.RemoveAll(p => p.Amount == 0);
            amount -= part;
        }
        return uses;
    }

    private static void CheckTime(NaiveEvent e, Instant now)
    {
        if (e.At < now - TimeSpan.FromDays(34) || e.At > now + TimeSpan.FromMinutes(5))
        {
            throw new Refused(ErrorCode.InvalidRequest);
        }
    }

    // ---- words ------------------------------------------------------------------------------------------------------

    private long NextKey() => ++_nextKey;

    private NaiveWallet.Answer Do(WalletCommand command, Instant now)
    {
        var answer = Wallet.Apply(command, now, NextKey);
        return answer.No is { } no ? throw new Refused(no) : answer;
    }

    private static string Try(Func<string> work)
    {
        try
        {
            return work();
        }
        catch (Refused no)
        {
            return "no " + no.Message;
        }
    }

    // Usage that was posted after its hold expired ends the hold for good.
    private static void EndIfExpired(NaiveWallet.Promise promise) => promise.Status = promise.Status == HoldStatus.Expired ? HoldStatus.Captured : promise.Status;

    public static Fraction Of(decimal number) => Fraction.Parse(number.ToString(CultureInfo.InvariantCulture));

    public static long Units(Asset asset, decimal amount) => (long)(amount * asset.UnitsPerWhole);

    private string Figures(params string[] assets) => string.Join(' ', assets.Distinct().Select(a =>
        $"({a} {Wallet.Balance(a)} {Wallet.Held(a)} {Wallet.Available(a, _ => true)} {Wallet.BookOf(a).Debt})"));

    private static string Say(List<Charge> charges) =>
        $"[{string.Join("; ", charges.Select(c => $"{c.Price.Id} {c.Metered} {c.Amount}{(c.Capped ? " capped" : "")}"))}]";

    private static bool Lives(NaiveWallet.Block b) => b.Remaining > 0 || !(b.Begun || b.Expired || b.Voided);

    private static string Say(NaiveWallet.Block b)
    {
        string status = b.Voided ? "Voided" : b.Expired ? "Expired" : !b.Begun ? "Scheduled" : b.Remaining == 0 ? "UsedUp" : "Active";
        return $"{b.Asset} {b.Source} {status} {b.Remaining} of {b.Granted} held {b.Held} p{b.Priority} {b.From}..{(b.To == Instant.Never ? "" : b.To)} {string.Join('+', b.Products)}";
    }

    private static string Say(NaiveWallet.Promise p) =>
        $"{p.Status} {p.Ends} {string.Join(' ', p.Lines.Select(l => $"{l.For.Asset.Id} {l.Amount} {l.Captured} {l.Parts.Sum128(x => x.Amount)}"))}";
}
