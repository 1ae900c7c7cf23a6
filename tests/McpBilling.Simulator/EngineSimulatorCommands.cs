using System.Globalization;
using System.Text.Json;
using McpBilling.Ledger;
using McpBilling.Costs;
using McpBilling.Customers;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Simulator;

/// <summary>A command as it will be sent, and what the naive customer answered to it.</summary>
internal sealed class EngineStep
{
    public required string Words;
    public required string Expected;
    public required Func<IBilling, Task<object>> Send;

    /// <summary>The engine keeps the answer under a key.</summary>
    public bool IsKept;

    /// <summary>Many sent together, which those that are sent alone may pass: who wants an order waits for their answer.</summary>
    public bool IsMany;

    /// <summary>The answer must be that of an earlier time.</summary>
    public bool MustReplay;

    /// <summary>The same key with other input.</summary>
    public Func<IBilling, Task<object>>? Other;

    /// <summary>Learns what the engine called a new hold or grant.</summary>
    public Action<object>? Learn;
}

/// <summary>A simulated customer: the naive one, and the engine's names of its holds and grants.</summary>
internal sealed class EngineActor(string id, NaiveCatalog catalog)
{
    public NaiveCustomer Naive { get; } = new(id, catalog);
    public List<(long Key, string Id)> Holds { get; } = [];
    public List<(long Key, string Id, string Asset)> Grants { get; } = [];
    public List<EngineStep> Past { get; } = [];
    public int Age { get; set; }

    /// <summary>Its last commands and their answers, for the report of a difference.</summary>
    public Queue<string> Lately { get; } = new();
}

/// <summary>Makes the next command of a customer, and asks the naive customer at once.</summary>
internal sealed class EngineCommandMaker(Caller caller)
{
    private int _number;

    public EngineStep Make(Dice dice, EngineActor actor, Instant now, bool alone)
    {
        int kind = dice.Below(100);
        if (kind < 6 && actor.Past.Count > 0)
        {
            return Again(dice, dice.Of<EngineStep>([.. actor.Past]));
        }
        return kind switch
        {
            < 9 => Save(dice, actor, now),
            < 23 => Grant(dice, actor, now),
            < 26 when actor.Grants.Count > 0 => VoidGrant(dice, actor, now),
            < 30 => Adjust(dice, actor, now),
            < 48 => Authorize(dice, actor, now),
            < 63 when actor.Holds.Count > 0 => Capture(dice, actor, now),
            < 66 when actor.Holds.Count > 0 => VoidHold(dice, actor, now),
            < 69 when actor.Holds.Count > 0 => Extend(dice, actor, now),
            < 78 when actor.Naive.Events.Count > 0 => Reverse(dice, actor, now),
            < 81 when !alone => RecordMany(dice, actor, now),
            < 85 when actor.Naive.Events.Count > 0 => dice.OneIn(2) ? Cost(dice, actor, now) : ModelCost(dice, actor, now),
            _ => Record(dice, actor, now),
        };
    }

    private static EngineStep Again(Dice dice, EngineStep past) => past.Other is { } other && dice.OneIn(3)
        ? new EngineStep { Words = "with other input: " + past.Words, Expected = "no idempotency_conflict", Send = other }
        : new EngineStep { Words = "again: " + past.Words, Expected = past.Expected, Send = past.Send, MustReplay = true };

    private EngineStep Step<TInput, TOutput>(
        string who, Operation<TInput, TOutput> operation, TInput input, string expected, TInput? other = null, Action<TOutput>? learn = null) where TInput : class where TOutput : class
    {
        Func<IBilling, Task<object>> Sending(TInput sent) => async billing => await operation.Run(sent, caller, billing, CancellationToken.None);
        bool kept = input is not SaveCustomerInput and not RecordUsageBatchInput && !expected.StartsWith("no ", StringComparison.Ordinal);
        return new EngineStep
        {
            Words = $"{who} {operation.Name} {JsonSerializer.Serialize(input, BillingJson.Conventions.GetTypeInfo(typeof(TInput)))}",
            Expected = expected,
            Send = Sending(input),
            IsKept = kept,
            IsMany = input is RecordUsageBatchInput,
            Other = other is not null && kept ? Sending(other) : null,
            Learn = learn is null ? null : output => learn((TOutput)output),
        };
    }

    private string Key() => $"k{++_number}";

    private EngineStep Save(Dice dice, EngineActor actor, Instant now)
    {
        bool? frozen = dice.OneIn(3) ? dice.OneIn(3) : null;
        var asset = dice.Of(NaiveCatalog.Usd, NaiveCatalog.Credits);
        decimal? limit = dice.OneIn(2) ? dice.Below(4) * 2.5m : null;
        string expected = actor.Naive.Save(now, frozen, limit is { } l ? (asset, NaiveCustomer.Units(asset, l)) : null);
        return Step(actor.Naive.Id, new SaveCustomer(), new SaveCustomerInput
        {
            Id = actor.Naive.Id,
            Frozen = frozen,
            OverdraftLimits = limit is { } amount ? [new OverdraftLimit { Asset = asset.Id, Amount = amount }] : null,
        }, expected);
    }

    private EngineStep Grant(Dice dice, EngineActor actor, Instant now)
    {
        var asset = dice.Of(NaiveCatalog.Usd, NaiveCatalog.Usd, NaiveCatalog.Credits);
        decimal amount = Amount(dice, asset, 3000) + 0.01m;
        var source = dice.Of(GivenSource.Promotional, GivenSource.Paid, GivenSource.Included);
        int priority = dice.Of(50, 50, 10, 0, 100);
        string[] products = dice.OneIn(4) ? [dice.Of<string>(NaiveCatalog.Products)] : [];
        Instant? from = dice.OneIn(5) ? now + TimeSpan.FromMinutes(dice.Between(-60, 3000)) : null;
        Instant? to = dice.OneIn(2) ? now + TimeSpan.FromMinutes(dice.Between(-5, dice.OneIn(2) ? 60 : 6000)) : null;
        string currency = dice.Of("eur", "usd");
        var paid = source == GivenSource.Paid && dice.OneIn(2) ? new CostBasisView { Currency = currency, Amount = dice.Between(1, 1000) / 100m } : null;
        var cost = paid is null ? null : new CostBasis(Currencies.All[currency], NaiveCustomer.Units(Currencies.All[currency], paid.Amount));
        var kind = source switch { GivenSource.Paid => GrantSource.Paid, GivenSource.Included => GrantSource.Included, _ => GrantSource.Promotional };
        var (expected, key) = actor.Naive.Grant(now, asset, NaiveCustomer.Units(asset, amount), kind, priority, products, from, to, cost);
        var input = new GrantCreditInput
        {
            CustomerId = actor.Naive.Id,
            Asset = asset.Id,
            Amount = amount,
            Source = source,
            Priority = priority,
            Products = products.Length > 0 ? products : null,
            EffectiveAt = from,
            ExpiresAt = to,
            CostBasis = paid,
            IdempotencyKey = Key(),
        };
        return Step(actor.Naive.Id, new GrantCredit(), input, expected, input with { Amount = amount + 1 }, o => actor.Grants.Add((key, o.Grant.Id, asset.Id)));
    }

    private EngineStep VoidGrant(Dice dice, EngineActor actor, Instant now)
    {
        var (key, id, asset) = dice.Of<(long, string, string)>([.. actor.Grants]);
        decimal? amount = dice.OneIn(2) ? Amount(dice, NaiveCatalog.AssetOf(asset), 1000) : null;
        string expected = actor.Naive.VoidGrant(now, key, amount is { } a ? NaiveCustomer.Units(NaiveCatalog.AssetOf(asset), a) : null);
        return Step(actor.Naive.Id, new VoidGrant(), new VoidGrantInput { GrantId = id, Amount = amount, IdempotencyKey = Key() }, expected);
    }

    private EngineStep Adjust(Dice dice, EngineActor actor, Instant now)
    {
        var asset = dice.Of(NaiveCatalog.Usd, NaiveCatalog.Credits);
        decimal amount = (Amount(dice, asset, 700) + 0.01m) * dice.Of(1, -1, -1);
        var onInsufficient = dice.Of(OnInsufficient.Debt, OnInsufficient.Reject);
        string expected = actor.Naive.Adjust(now, asset, NaiveCustomer.Units(asset, amount), onInsufficient);
        var input = new AdjustBalanceInput { CustomerId = actor.Naive.Id, Asset = asset.Id, Amount = amount, Reason = "simulated", OnInsufficient = onInsufficient, IdempotencyKey = Key() };
        return Step(actor.Naive.Id, new AdjustBalance(), input, expected, input with { Amount = amount * 2 });
    }

    private EngineStep Authorize(Dice dice, EngineActor actor, Instant now)
    {
        bool partial = dice.OneIn(4);
        int? ttl = dice.OneIn(2) ? (int)dice.Of(1, 60, 3600, 86400, dice.Between(1, 86400)) : null;
        var (e, estimate) = dice.OneIn(2) ? Usage(dice, "", now, null) : (null, null);
        var asset = dice.Of(NaiveCatalog.Usd, NaiveCatalog.Credits);
        decimal amount = dice.OneIn(8) ? 0 : Amount(dice, asset, 1200);
        decimal? min = partial && e is null && dice.OneIn(2) ? Amount(dice, asset, 300) : null;
        var (expected, key) = actor.Naive.Authorize(
            now, e, asset, NaiveCustomer.Units(asset, amount), TimeSpan.FromSeconds(ttl ?? 900), partial, min is { } m ? NaiveCustomer.Units(asset, m) : 0);
        var input = new AuthorizeUsageInput
        {
            CustomerId = actor.Naive.Id,
            Event = estimate is null ? null : new EventEstimate { EventType = estimate.EventType, Quantity = estimate.Quantity, Properties = estimate.Properties },
            Asset = e is null ? asset.Id : null,
            Amount = e is null ? amount : null,
            TtlSeconds = ttl,
            AllowPartial = partial,
            MinAmount = min,
            IdempotencyKey = Key(),
        };
        return Step(actor.Naive.Id, new AuthorizeUsage(), input, expected, e is null && min is null ? input with { Amount = amount + 1 } : null, o =>
        {
            if (o.HoldId is { } id)
            {
                actor.Holds.Add((key, id));
            }
        });
    }

    private EngineStep Capture(Dice dice, EngineActor actor, Instant now)
    {
        var (key, id) = Hold(dice, actor);
        bool final = !dice.OneIn(3), allowExpired = dice.OneIn(2);
        var onInsufficient = dice.Of(OnInsufficient.Debt, OnInsufficient.Debt, OnInsufficient.Reject);
        var input = new CaptureHoldInput { HoldId = id, Final = final, AllowExpired = allowExpired, OnInsufficient = onInsufficient, IdempotencyKey = Key() };
        var lines = actor.Naive.Wallet.Promises.Single(p => p.Key == key).Lines;
        if (lines.Count == 1 && dice.OneIn(2))
        {
            var asset = lines[0].For.Asset;
            decimal held = (decimal)lines[0].Amount / asset.UnitsPerWhole;
            decimal amount = dice.OneIn(3) ? held : Amount(dice, asset, Math.Max(1, (int)(held * 130)));
            return Step(actor.Naive.Id, new CaptureHold(), input with { Amount = amount }, actor.Naive.CaptureAmount(now, key, amount, final, onInsufficient, allowExpired), input with { Amount = amount + 1 });
        }
        var (e, sent) = Usage(dice, Key(), now, null);
        return Step(actor.Naive.Id, new CaptureHold(), input with
        {
            Event = new CapturedEvent { Id = sent.Id, EventType = sent.EventType, Quantity = sent.Quantity, Properties = sent.Properties, Timestamp = sent.Timestamp },
        }, actor.Naive.CaptureEvent(now, key, e, final, onInsufficient, allowExpired));
    }

    private EngineStep VoidHold(Dice dice, EngineActor actor, Instant now)
    {
        var (key, id) = Hold(dice, actor);
        return Step(actor.Naive.Id, new VoidHold(), new VoidHoldInput { HoldId = id, IdempotencyKey = Key() }, actor.Naive.VoidHold(now, key));
    }

    private EngineStep Extend(Dice dice, EngineActor actor, Instant now)
    {
        var (key, id) = Hold(dice, actor);
        int ttl = (int)dice.Between(1, 86400);
        return Step(actor.Naive.Id, new ExtendHold(), new ExtendHoldInput { HoldId = id, TtlSeconds = ttl, IdempotencyKey = Key() }, actor.Naive.ExtendHold(now, key, TimeSpan.FromSeconds(ttl)));
    }

    private EngineStep Reverse(Dice dice, EngineActor actor, Instant now)
    {
        // What is charged nothing has nothing to take back.
        var events = actor.Naive.Events.Values.Where(e => e.Charges.Count > 0).ToList();
        if (events.Count == 0)
        {
            return Record(dice, actor, now);
        }
        var recorded = events[Math.Max(0, events.Count - 1 - dice.Below(dice.OneIn(3) ? events.Count : 5))];
        decimal? part = recorded.CanSplit && dice.OneIn(2) ? dice.Between(1, 1_000_000) / dice.Of(1m, 1000m, 100_000m, 1_000_000m) : null;
        var input = new ReverseUsageInput { CustomerId = actor.Naive.Id, EventId = recorded.Event.Id, Quantity = part, IdempotencyKey = Key() };
        return Step(actor.Naive.Id, new ReverseUsage(), input, actor.Naive.Reverse(now, recorded.Event.Id, part));
    }

    private EngineStep Record(Dice dice, EngineActor actor, Instant now)
    {
        var (key, id) = actor.Holds.Count > 0 && dice.OneIn(4) ? Hold(dice, actor) : (0, null);
        var (e, sent) = Usage(dice, Key(), now, actor.Naive.Id);
        var onInsufficient = dice.Of(OnInsufficient.Debt, OnInsufficient.Debt, OnInsufficient.Reject);
        string expected = actor.Naive.Record(now, e, id is null ? null : key, onInsufficient);
        var input = sent with { HoldId = id, OnInsufficient = onInsufficient };
        return Step(actor.Naive.Id, new RecordUsage(), input, expected, sent.Timestamp is null && id is null ? input with { Quantity = (sent.Quantity ?? 1) + 1 } : null);
    }

    private EngineStep RecordMany(Dice dice, EngineActor actor, Instant now)
    {
        var many = Enumerable.Range(0, 2 + dice.Below(6)).Select(_ => Usage(dice, Key(), now, actor.Naive.Id)).ToList();
        return Step(
            actor.Naive.Id, new RecordUsageBatch(), new RecordUsageBatchInput { Events = [.. many.Select(m => m.Sent)] },
            string.Join('\n', many.Select(m => actor.Naive.Record(now, m.Event, null, OnInsufficient.Debt))));
    }

    // What a cost comes to touches no wallet: the verifier adds all of them up anew.
    private EngineStep Cost(Dice dice, EngineActor actor, Instant now)
    {
        decimal dollars = dice.Between(0, 2_000_000_000) / dice.Of(1_000m, 1_000_000m, 1_000_000_000_000m, 1_000_000_000_000_000_000m);
        var input = new RecordCostInput
        {
            Id = Key(),
            CustomerId = actor.Naive.Id,
            Provider = dice.Of("aws", "fly"),
            Category = dice.Of("gpu", "storage"),
            Amount = Dollars(dollars),
            RequestedAt = dice.OneIn(2) ? null : now - TimeSpan.FromSeconds(dice.Between(0, 5_000_000)),
            Feature = dice.OneIn(2) ? null : dice.Of("chat", "render"),
            Subject = dice.OneIn(2) ? null : new Subject { EndUser = dice.OneIn(3) ? null : dice.Of("ann", "bob"), Task = dice.OneIn(2) ? null : "t" },
        };
        return Step(actor.Naive.Id, new RecordCost(), input, "ok cost " + CostMoney.Format(dollars), input with { Amount = Dollars(dollars + 1) });
    }

    private EngineStep ModelCost(Dice dice, EngineActor actor, Instant now)
    {
        long fresh = dice.Between(0, 20_000), cached = dice.Between(0, 20_000), output = dice.Between(0, 5_000);
        bool known = !dice.OneIn(4);
        RecordLlmCostInput Input(long written) => new()
        {
            Id = $"k{_number}",
            CustomerId = actor.Naive.Id,
            Provider = "openai",
            Api = "openai.chat",
            Model = known ? "gpt-4o" : "a-model-nobody-knows",
            RequestedAt = now,
            Outcome = dice.Of(CostOutcome.Succeeded, CostOutcome.Failed),
            Usage = System.Text.Json.JsonElement.Parse($$$"""{"prompt_tokens":{{{fresh + cached}}},"completion_tokens":{{{written}}},"prompt_tokens_details":{"cached_tokens":{{{cached}}}}}"""),
        };
        Key();
        decimal dollars = (fresh * 2.5m + cached * 1.25m + output * 10m) / 1_000_000m;
        string expected = known || fresh + cached + output == 0 ? "ok cost " + CostMoney.Format(dollars) : "ok cost not known";
        return Step(actor.Naive.Id, new RecordLlmCost(), Input(output), expected, Input(output + 1));
    }

    private static CostAmount Dollars(decimal amount) => new() { Currency = CostMoney.Currency, Amount = CostMoney.Format(amount) };

    private static (long, string) Hold(Dice dice, EngineActor actor) =>
        actor.Holds[dice.OneIn(4) ? dice.Below(actor.Holds.Count) : Math.Max(0, actor.Holds.Count - 1 - dice.Below(3))];

    private static decimal Amount(Dice dice, Asset asset, int cents) =>
        dice.Between(0, cents) / 100m + (asset.Scale == 9 && dice.OneIn(3) ? dice.Between(0, 999_999_999) / 1_000_000_000m : 0);

    private static (NaiveEvent Event, RecordUsageInput Sent) Usage(Dice dice, string id, Instant now, string? customer)
    {
        string type = dice.Of("image", "image", "image", "tokens", "tokens", "chars", "call", "call", "sale", "sale", "fee", "memory", "login", "level", "bulk", "bulk", "step", "step", "grid", "grid", "typo");
        decimal? quantity = dice.OneIn(6) ? null : type switch
        {
            "tokens" => dice.Between(0, 900_000),
            "fee" or "sale" => dice.Between(0, 20_000) / 100m,
            _ => dice.OneIn(3) ? dice.Between(0, 30_000_000_000_000) / 1_000_000_000_000m : dice.Below(12),
        };
        var properties = new Dictionary<string, string>();
        void May(int outOf, string name, params string[] values)
        {
            if (!dice.OneIn(outOf))
            {
                properties[name] = dice.Of<string>(values);
            }
        }
        switch (type)
        {
            case "image":
                May(2, "size", "s", "l", "xl");
                May(2, "style", "x", "y", "z");
                break;
            case "chars":
                May(12, "n", "1", "0", "95", "250.5", "1999.000000000001", "many");
                break;
            case "memory":
                May(12, "mb", "1", "5", "5.0", "64", "1000.25");
                break;
            case "login":
                May(12, "user", "ann", "bob", "cleo", "dan", "eve");
                break;
            case "level":
                May(12, "n", "1", "0", "7.5", "20");
                break;
            case "grid":
                May(9, "model", "a", "b", "c");
                May(9, "region", "eu", "us");
                break;
        }
        Instant? at = !dice.OneIn(4) || id.Length == 0 ? null
            : dice.OneIn(20) ? now - TimeSpan.FromDays(40)
            : now - TimeSpan.FromSeconds(dice.Between(-200, dice.OneIn(3) ? 2_000_000 : 90_000));
        var e = new NaiveEvent(id, type, at ?? now, NaiveCustomer.Of(quantity ?? 1), properties);
        string json = "{" + string.Join(',', properties.Select(p => $"\"{p.Key}\":\"{p.Value}\"")) + "}";
        return (e, new RecordUsageInput
        {
            Id = id,
            CustomerId = customer ?? "",
            EventType = type,
            Quantity = quantity,
            Timestamp = at,
            Properties = properties.Count == 0 ? null : EventProperties.Parse(json),
        });
    }
}
