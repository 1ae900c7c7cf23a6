using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Costs;
using McpBilling.Customers;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Usage;

/// <summary>The event that was really used.</summary>
public sealed record CapturedEvent
{
    [Description("Your id of it, unique per customer."), StringLength(255, MinimumLength = 1)]
    public required string Id { get; init; }

    [Description("As the meter names it."), StringLength(128, MinimumLength = 1)]
    public required string EventType { get; init; }

    [Description("When it happened; default now.")]
    [NotInTools]
    public Instant? Timestamp { get; init; }

    [Description("How much was really used, default 1.")]
    public decimal? Quantity { get; init; }

    [JsonShape(JsonShapeAttribute.FlatProperties), Description("Flat facts (text, number, boolean) that prices look at.")]
    public EventProperties? Properties { get; init; }

    [Description("Who inside the customer's business: {\"end_user\":\"…\",\"session\":\"…\",\"task\":\"…\"}.")]
    [NotInTools]
    public Subject? Subject { get; init; }

    [Description("Feature of your app."), StringLength(128)]
    [NotInTools]
    public string? Feature { get; init; }

    [Description("What it cost us, booked beside its charge: {\"provider\":\"openai\",\"api\":\"openai.chat\",\"response\":{…},\"requested_at\":\"…\"}.")]
    [NotInTools]
    public LlmCall? Cost { get; init; }

    internal bool IsPlain =>
        PlainText.Fits(Id, 255) && PlainText.Fits(EventType, 128) && PlainText.Fits(Feature, 128) && Subject?.IsPlain != false && Properties?.IsPlain != false && Cost?.IsWithinBounds() != false;
}

/// <summary>Uses a hold.</summary>
public sealed record CaptureHoldInput : ICheckedInput
{
    [Description("The hold_id that authorize answered."), StringLength(64, MinimumLength = 1)]
    public required string HoldId { get; init; }

    [Description("How much was used, of a hold in one asset. Either amount or event.")]
    public decimal? Amount { get; init; }

    [Description("What was used: rated now and recorded.")]
    public CapturedEvent? Event { get; init; }

    [Description("false keeps the hold open for further captures."), DefaultValue(true)]
    public bool Final { get; set; } = true;

    [Description("When credit is short: debt (default) owes it, reject refuses all.")]
    [NotInTools]
    public OnInsufficient OnInsufficient { get; set; } = OnInsufficient.Debt;

    [Description("Post the usage even if the hold has expired.")]
    [NotInTools]
    public bool AllowExpired { get; set; }

    [Description("Makes a retry safe."), StringLength(255, MinimumLength = 1)]
    public required string IdempotencyKey { get; init; }

    public bool IsWithinBounds() => PlainText.Fits(HoldId, 64) && PlainText.Fits(IdempotencyKey, 255) && Event?.IsPlain != false;
}

/// <summary>What the capture did.</summary>
public sealed record CaptureHoldOutput : CommandOutput
{
    public required HoldView Hold { get; init; }
    public required IReadOnlyList<ChargeView> Charges { get; init; }

    [Description("The accounts that were charged, after it.")]
    public required IReadOnlyList<AccountFigures> Balances { get; init; }

    [Description("The id under which the event was recorded.")]
    public string? EventId { get; init; }

    [Description("What it cost, where event.cost was sent.")]
    public RecordedCost? Cost { get; init; }

    [Description("Such as no_matching_price.")]
    public IReadOnlyList<string>? Warnings { get; init; }
}

/// <summary>The use case: tell what was really used.</summary>
public sealed class CaptureHold : Operation<CaptureHoldInput, CaptureHoldOutput>
{
    [SetsRequiredMembers]
    public CaptureHold()
    {
        Name = "capture_hold";
        Title = "Capture a hold";
        Description =
            "Settles or closes out a hold (a reservation) once a job is done or finished: charges the actual, final usage, by event or amount, and frees the rest; " +
            "more than was reserved is owed. final: false bills a part and keeps it open, for streams. Next: get_wallet.";
        ToolSet = ToolSet.Usage;
        Scope = Scopes.UsageWrite;
        Route = "POST /v1/holds/{hold_id}/capture";
    }

    public override ValueTask<CaptureHoldOutput> Run(CaptureHoldInput input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        billing.Commit(new CaptureHoldCommand(input), caller, cancellation);
}

/// <summary>The decision of <see cref="CaptureHold"/>.</summary>
public sealed class CaptureHoldCommand : UsageCommand<CaptureHoldOutput>, ICarriesCost
{
    private readonly CaptureHoldInput _input;

    public CaptureHoldCommand(CaptureHoldInput input)
    {
        _input = input;
        HoldId = input.HoldId;
        IdempotencyKey = input.IdempotencyKey;
        if (input.Amount is null == input.Event is null)
        {
            string field = input.Amount is null ? "amount" : "event";
            throw new BillingException(ErrorCode.InvalidRequest, input.Amount is null ? "amount is missing: send either amount or event. Add event, what was used, or amount." : "event does not go with amount: send either. Remove amount.", field);
        }
        Draft = CostDraft.ReadOptional(input.Event?.Cost, input.Event?.Subject, input.Event?.Feature, "event.cost.");
        var hash = new InputHash(stackalloc byte[256]);
        hash.Add(input.HoldId);
        hash.Add(input.Amount);
        hash.Add(input.Event?.Id);
        hash.Add(input.Event is { } e ? RecordUsageCommand.Hash(e.EventType, e.Quantity, e.Timestamp, e.Properties, e.Subject, e.Feature, null, Draft?.InputHash) : 0);
        hash.Add(input.Final);
        hash.Add((long)input.OnInsufficient);
        hash.Add(input.AllowExpired);
        InputHash = hash.Finish();
    }

    public CostDraft? Draft { get; set; }

    public override CommandKind Kind => CommandKind.Capture;

    public override CaptureHoldOutput Decide(UsageSession session)
    {
        long key = HoldKey(session, _input.HoldId);
        // What was held at first tells the assets, also when the hold has ended.
        var hold = FindHold(session, key)
            ?? throw new BillingException(ErrorCode.HoldNotFound, $"There is no hold {WalletSession.Shown(_input.HoldId)}.", "hold_id");
        return _input.Event is { } e ? CaptureEvent(e, hold, session) : CaptureAmount(_input.Amount!.Value, hold, session);
    }

    private CaptureHoldOutput CaptureAmount(decimal amount, Hold hold, UsageSession session)
    {
        if (hold.Lines.Length == 0)
        {
            throw new BillingException(ErrorCode.InvalidRequest, "amount: the hold holds no asset (its event matched no price). Remove amount, and add event.", "amount");
        }
        if (hold.Lines.Length > 1)
        {
            throw new BillingException(ErrorCode.InvalidRequest, "amount is not clear: the hold holds several assets. Remove amount, and add event.", "amount");
        }
        var line = hold.Lines[0];
        long units = WalletSession.Units(line.Asset, amount, "amount");
        var transition = Carry(hold, [new Debit(line.Asset, units, line.Product, line.Purpose)], [], session);
        var charge = new ChargeView { Product = line.Product, Asset = line.Asset.Id, Amount = new Amount(line.Asset, units).ToString() };
        return Output(transition, hold, [charge], [line.Asset.Id], null, session);
    }

    private CaptureHoldOutput CaptureEvent(CapturedEvent captured, Hold hold, UsageSession session)
    {
        if (captured.Timestamp is { } named)
        {
            UsageEvent.CheckTimestamp(named, session.Now, "event.timestamp");
        }
        if (session.Facts.FindEvent(session.Customer.Key, captured.Id) is not null)
        {
            throw new BillingException(
                ErrorCode.IdempotencyConflict, $"The event {WalletSession.Shown(captured.Id)} was recorded before; each event is charged once. Use another event.id for other usage.", "event.id");
        }
        var cost = Draft?.Book(session, session, "event.cost");
        var e = new UsageEvent(
            captured.Id, captured.EventType, captured.Timestamp ?? session.Now, UsageEvent.CheckQuantity(captured.Quantity, "event.quantity"),
            captured.Properties ?? EventProperties.None, captured.Subject, captured.Feature)
        {
            Cost = cost?.Cost.Amount,
        };
        var rated = Rating.Rate(e, session, hold);
        var (debits, returns, rests) = Charging.Plan(rated, session);
        var transition = Carry(hold, debits, returns, session);
        var charges = Rating.Keep(rated, transition.Debits, rests, session);
        session.NewEvent = (e, charges, hold.Key);
        var views = charges.Select(c => ChargeView.Of(session.Facts.Catalog.Versions[c.VersionKey], c)).ToList();
        var assets = hold.Lines.Select(l => l.Asset.Id).Concat(rated.Select(r => r.Asset.Id));
        return Output(transition, hold, views, assets, Rating.Warning(e, rated, session.Facts.Catalog), session) with { EventId = captured.Id, Cost = RecordedCost.Of(cost) };
    }

    private Transition Carry(Hold hold, ImmutableArray<Debit> debits, ImmutableArray<GiveBack> returns, UsageSession session) =>
        session.Carry(
            new WalletCommand.Capture(hold.Key, hold.Status, debits, returns, _input.Final, _input.OnInsufficient, _input.AllowExpired), "hold_id");

    private static CaptureHoldOutput Output(
        Transition transition, Hold before, IReadOnlyList<ChargeView> charges, IEnumerable<string> assets, string? warning, UsageSession session) => new()
        {
            Hold = HoldView.Of(transition.Hold ?? session.Captured(before), session.Facts.Ids, session.Facts.WorkspaceKey),
            Charges = charges,
            Balances = Balances(session, assets),
            Warnings = warning is null ? null : [warning],
        };
}
