using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using McpBilling.Catalog;
using McpBilling.Customers;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Usage;

/// <summary>The event that is about to happen.</summary>
public sealed record EventEstimate
{
    [Description("As the meter names it."), StringLength(128, MinimumLength = 1)]
    public required string EventType { get; init; }

    [Description("How much is expected, default 1.")]
    public decimal? Quantity { get; init; }

    [JsonShape(JsonShapeAttribute.FlatProperties), Description("Flat facts (text, number, boolean) that prices look at.")]
    public EventProperties? Properties { get; init; }

    [Description("The model call, for cost_plus prices and the hold policy max.")]
    [NotInTools]
    public CostEstimate? Estimate { get; init; }
}

/// <summary>Asks whether a customer may use so much, and sets it aside.</summary>
public sealed record AuthorizeUsageInput : ICheckedInput
{
    [Description("Your app's id of the customer."), RegularExpression(Customer.IdPattern), StringLength(Customer.MaxIdLength, MinimumLength = 1)]
    public required string CustomerId { get; init; }

    [Description("What is about to be used. Either event, or asset and amount.")]
    public EventEstimate? Event { get; init; }

    [Description("Hold a plain amount of this asset.")]
    public string? Asset { get; init; }

    [Description("With asset: how much; \"0\" only checks.")]
    public decimal? Amount { get; init; }

    [Description("Seconds until the hold expires, 1 to 86400, default 900.")]
    public decimal? TtlSeconds { get; init; }

    [Description("Hold what there is when it is less than asked.")]
    [NotInTools]
    public bool AllowPartial { get; set; }

    [Description("allow_partial: deny when less than this is there.")]
    [NotInTools]
    public decimal? MinAmount { get; init; }

    [Description("Makes a retry safe."), StringLength(255, MinimumLength = 1)]
    public required string IdempotencyKey { get; init; }

    public bool IsWithinBounds() =>
        PlainText.FitsId(CustomerId, Customer.MaxIdLength) && PlainText.Fits(Event?.EventType, 128) && Event?.Properties?.IsPlain != false && Event?.Estimate?.IsWithinBounds != false
        && PlainText.Fits(Asset, 64) && PlainText.Fits(IdempotencyKey, 255);
}

/// <summary>Why an authorization was denied.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter))]
public enum DenialReason
{
    CustomerFrozen,
    NotEntitled,
    SpendingCapReached,
    InsufficientBalance,
}

/// <summary>How the amount of a hold was found.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter))]
public enum UsedHoldPolicy
{
    Estimate,
    Flat,
    Max,
    Learned,
}

/// <summary>The answer: a denial is an answer, not an error.</summary>
public sealed record AuthorizeUsageOutput : CommandOutput
{
    public required bool Allowed { get; init; }

    [Description("Capture, extend or void it; absent for a mere check and for a denial.")]
    public string? HoldId { get; init; }

    public Instant? ExpiresAt { get; init; }

    [Description("What is held, per asset.")]
    public required IReadOnlyList<AssetAmount> Amounts { get; init; }

    [Description("What further authorizations may take, per asset.")]
    public required IReadOnlyList<AssetAmount> Available { get; init; }

    [Description("Why it was denied.")]
    public DenialReason? Reason { get; init; }

    [Description("How much is missing, in the asset of available.")]
    public string? Shortfall { get; init; }

    [Description("Not answered yet; POST /v1/portal-sessions makes a link for the customer.")]
    public string? TopUpUrl { get; init; }

    [Description("How the amount was found: quoted for what is expected, the price's flat hold, the most it can come to, or learned from past captures.")]
    public UsedHoldPolicy? HoldPolicy { get; init; }

    [Description("Such as no_matching_price.")]
    public IReadOnlyList<string>? Warnings { get; init; }
}

/// <summary>The use case: ask before spending.</summary>
public sealed class AuthorizeUsage : Operation<AuthorizeUsageInput, AuthorizeUsageOutput>
{
    [SetsRequiredMembers]
    public AuthorizeUsage()
    {
        Name = "authorize_usage";
        Title = "Authorize usage";
        Description =
            "Asks before the work starts: may a customer run it, can they afford or pay it, is there enough credit? Puts so much aside (reserves it, a hold) until " +
            "captured, voided or expired; else says allowed: false and why, to block the request. Send an event (its prices quote the amount), or asset and amount " +
            "(\"0\" only checks). Next: do the work, then capture_hold or void_hold.\n" +
            "Example: {\"customer_id\":\"user_123\",\"event\":{\"event_type\":\"image.generated\"},\"idempotency_key\":\"req-1\"}";
        ToolSet = ToolSet.Usage;
        Scope = Scopes.UsageWrite;
        Route = "POST /v1/usage/authorize";
    }

    public override ValueTask<AuthorizeUsageOutput> Run(AuthorizeUsageInput input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        billing.Commit(new AuthorizeUsageCommand(input), caller, cancellation);
}

/// <summary>The decision of <see cref="AuthorizeUsage"/>.</summary>
public sealed class AuthorizeUsageCommand : UsageCommand<AuthorizeUsageOutput>, IRatesEvents
{
    private readonly AuthorizeUsageInput _input;
    private readonly TimeSpan _ttl;

    public AuthorizeUsageCommand(AuthorizeUsageInput input)
    {
        _input = input;
        CustomerId = input.CustomerId;
        IdempotencyKey = input.IdempotencyKey;
        CheckForm(input);
        _ttl = HoldTime.Read(input.TtlSeconds, HoldTime.Default);
        var hash = new InputHash(stackalloc byte[256]);
        hash.Add(input.Asset);
        hash.Add(input.Amount);
        hash.Add(input.Event?.EventType);
        hash.Add(input.Event?.Quantity);
        hash.Add(input.Event?.Properties?.Json);
        hash.Add(input.TtlSeconds);
        hash.Add(input.AllowPartial);
        hash.Add(input.MinAmount);
        // Requests without one hash as they did before there were estimates: their keys are stored.
        input.Event?.Estimate?.AddTo(ref hash);
        InputHash = hash.Finish();
    }

    public override CommandKind Kind => CommandKind.Authorize;

    public IEnumerable<RatingKey> Expected(CatalogSnapshot catalog, Instant now) =>
        _input.Event is { } e ? Rating.Periods(e.EventType, e.Properties, now, catalog) : [];

    public override AuthorizeUsageOutput Decide(UsageSession session)
    {
        if (session.Customer.Frozen)
        {
            return Denied(DenialReason.CustomerFrozen, session, [], null, null);
        }
        var (debits, policy, warning) = _input.Event is { } e ? Quote(e, session) : (Plain(session), (UsedHoldPolicy?)null, null);
        long minAmount = _input.MinAmount is { } min && debits.Length > 0 ? WalletSession.Units(debits[0].Asset, min, "min_amount") : 0;
        if (_input.AllowPartial && debits.Length > 1)
        {
            throw new BillingException(ErrorCode.InvalidRequest, "allow_partial needs a single asset; this event is charged in several. Remove allow_partial.", "allow_partial");
        }
        if (debits.Length > 0 && minAmount > debits[0].Amount)
        {
            throw new BillingException(ErrorCode.InvalidRequest, $"min_amount is more than the amount asked. Set min_amount to \"{new Amount(debits[0].Asset, debits[0].Amount)}\" or less.", "min_amount");
        }
        // Usage that happened is recorded and captured all the same; only what is asked for beforehand can be refused.
        (debits, var capped) = SpendingCaps.Apply(debits, session, _input.AllowPartial ? Math.Max(1, minAmount) : null);
        if (capped is { } cap)
        {
            return Denied(DenialReason.SpendingCapReached, session, debits, cap, warning);
        }
        var expiresAt = session.Now + _ttl;
        var transition = session.Apply(new WalletCommand.Authorize(session.Facts.OperationKey, debits, expiresAt, _input.AllowPartial, minAmount));
        if (transition.Refusal is { } refusal)
        {
            return Denied(DenialReason.InsufficientBalance, session, debits, refusal.Asset is { } asset ? new Lack(asset, refusal.Shortfall, refusal.Available) : null, warning);
        }
        return new AuthorizeUsageOutput
        {
            Allowed = true,
            HoldId = transition.Hold is { } hold ? session.Facts.Ids.Format(IdKind.Hold, session.Facts.WorkspaceKey, hold.Key, hold.CreatedAt) : null,
            ExpiresAt = transition.Hold?.ExpiresAt,
            Amounts = transition.Hold is { } held ? Sums(held.Lines) : [],
            Available = Available(session, debits),
            HoldPolicy = policy,
            Warnings = warning is null ? null : [warning],
        };
    }

    private static void CheckForm(AuthorizeUsageInput input)
    {
        if (input.Event is not null)
        {
            if (input.Asset is not null || input.Amount is not null)
            {
                string field = input.Asset is not null ? "asset" : "amount";
                throw new BillingException(ErrorCode.InvalidRequest, $"{field} does not go with event: send either event, or asset and amount. Remove asset and amount.", field);
            }
        }
        else if (input.Asset is null)
        {
            throw new BillingException(ErrorCode.InvalidRequest, input.Amount is null ? "asset is missing: send either event, or asset and amount. Add event: {\"event_type\":\"…\"}." : "asset is missing: send either event, or asset and amount. Add asset: \"usd\".", "asset");
        }
        else if (input.Amount is null)
        {
            throw new BillingException(ErrorCode.InvalidRequest, "amount is missing: send either event, or asset and amount. Add amount: \"0\" to check, or how much to hold.", "amount");
        }
        input.Event?.Estimate?.Check("event.estimate");
        if (input.MinAmount is not null && !input.AllowPartial)
        {
            throw new BillingException(ErrorCode.InvalidRequest, "min_amount needs allow_partial. Set allow_partial to true, or remove min_amount.", "min_amount");
        }
    }

    private ImmutableArray<Debit> Plain(UsageSession session)
    {
        var asset = session.Asset(_input.Asset!);
        return [new Debit(asset, WalletSession.Units(asset, _input.Amount!.Value, "amount"))];
    }

    // The quote is what the event would be charged now; holds that are open are not counted as quantity.
    private static (ImmutableArray<Debit> Debits, UsedHoldPolicy? Policy, string? Warning) Quote(EventEstimate estimate, UsageSession session)
    {
        var cost = new EstimatedCost(estimate.Estimate, session.Facts.Prices, session.Now);
        var e = new UsageEvent(
            "", estimate.EventType, session.Now, UsageEvent.CheckQuantity(estimate.Quantity, "event.quantity"), estimate.Properties ?? EventProperties.None)
        {
            // Where it cannot be known, the hold policy may not need it; if it does, it says so.
            Cost = cost.Expected() ?? 0,
        };
        var rated = Rating.Rate(e, session, null);
        var debits = ImmutableArray.CreateBuilder<Debit>(rated.Count);
        UsedHoldPolicy? policy = null;
        foreach (var charge in rated)
        {
            var quote = HoldQuote.Of(charge, e, cost, session);
            policy = policy is null or UsedHoldPolicy.Estimate ? quote.Policy : policy;
            debits.Add(new Debit(charge.Asset, quote.Amount, charge.Version.ProductId, charge.Purpose));
        }
        return (debits.MoveToImmutable(), policy, Rating.Warning(e, rated, session.Facts.Catalog));
    }

    private static AuthorizeUsageOutput Denied(DenialReason reason, UsageSession session, ImmutableArray<Debit> debits, Lack? lack, string? warning) => new()
    {
        Allowed = false,
        Amounts = [],
        Available = lack is not null ? [AssetAmount.Of(lack.Asset, lack.Available)] : Available(session, debits),
        Reason = reason,
        Shortfall = lack is not null ? new Amount(lack.Asset, lack.Missing).ToString() : null,
        Warnings = warning is null ? null : [warning],
    };

    private static IReadOnlyList<AssetAmount> Available(UsageSession session, ImmutableArray<Debit> debits) =>
        debits is [var only] ? [Available(session, only)] : [.. debits.DistinctBy(d => d.Asset.Id).Select(d => Available(session, d))];

    private static AssetAmount Available(UsageSession session, Debit debit) =>
        AssetAmount.Of(debit.Asset, SpendingCaps.Within(session, debit.Asset, session.Account(debit.Asset).AvailableTo(debit.Product)));

    private static IReadOnlyList<AssetAmount> Sums(ImmutableArray<HoldLine> lines) =>
        lines is [var only] ? [AssetAmount.Of(only.Asset, only.Amount)] : [.. lines.GroupBy(l => l.Asset.Id).Select(g => AssetAmount.Of(g.First().Asset, g.Sum(l => l.Amount)))];
}
