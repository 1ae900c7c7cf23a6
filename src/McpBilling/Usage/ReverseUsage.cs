using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Catalog;
using McpBilling.Customers;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Pricing;
using McpBilling.Wallets;

namespace McpBilling.Usage;

/// <summary>Takes a recorded event back, whole or in part.</summary>
public sealed record ReverseUsageInput
{
    [Description("The id under which the event was recorded."), StringLength(255, MinimumLength = 1)]
    public required string EventId { get; init; }

    [Description("Your app's id of the customer."), RegularExpression(Customer.IdPattern), StringLength(Customer.MaxIdLength, MinimumLength = 1)]
    public required string CustomerId { get; init; }

    [Description("Only so much of it; default all that is left.")]
    public decimal? Quantity { get; init; }

    [Description("Why, for the ledger."), StringLength(500)]
    public string? Reason { get; init; }

    [Description("Makes a retry safe."), StringLength(255, MinimumLength = 1)]
    public required string IdempotencyKey { get; init; }
}

/// <summary>What came back.</summary>
public sealed record ReverseUsageOutput : CommandOutput
{
    public required string EventId { get; init; }

    [Description("The charges of the reversal: below zero is given back.")]
    public required IReadOnlyList<ChargeView> Charges { get; init; }

    [Description("The accounts after it.")]
    public required IReadOnlyList<AccountFigures> Balances { get; init; }

    [Description("What is left of the event's quantity.")]
    public required string QuantityLeft { get; init; }

    [Description("The reason given.")]
    public string? Reason { get; init; }
}

/// <summary>The use case: gives back what the period no longer owes.</summary>
public sealed class ReverseUsage : Operation<ReverseUsageInput, ReverseUsageOutput>
{
    [SetsRequiredMembers]
    public ReverseUsage()
    {
        Name = "reverse_usage";
        Title = "Reverse usage";
        Description =
            "Undoes (refunds, cancels, takes back) the charge of one event or call, all or half of it: a failed or broken result, a double count, a complaint. " +
            "Gives the credit back into the grants it came from. Next: get_wallet.";
        ToolSet = ToolSet.Usage;
        Scope = Scopes.UsageWrite;
        Route = "POST /v1/usage/{event_id}/reverse";
    }

    public override ValueTask<ReverseUsageOutput> Run(ReverseUsageInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        SecretText.RefuseCardNumber(input.Reason, "reason");
        return billing.Commit(new ReverseUsageCommand(input), caller, cancellation);
    }
}

/// <summary>The decision of <see cref="ReverseUsage"/>.</summary>
public sealed class ReverseUsageCommand : UsageCommand<ReverseUsageOutput>
{
    private readonly ReverseUsageInput _input;

    public ReverseUsageCommand(ReverseUsageInput input)
    {
        _input = input;
        CustomerId = input.CustomerId;
        Creation = CustomerCreation.Never;
        IdempotencyKey = input.IdempotencyKey;
        var hash = new InputHash(stackalloc byte[256]);
        hash.Add(input.EventId);
        hash.Add(input.Quantity);
        InputHash = hash.Finish();
        if (input.Quantity is <= 0)
        {
            throw new BillingException(ErrorCode.InvalidRequest, $"quantity is {Quantity.Format(input.Quantity.Value)}: it must be above zero. {(input.Quantity < 0 ? $"Use \"{Quantity.Format(-input.Quantity.Value)}\"." : "Remove quantity to reverse all that is left.")}", "quantity");
        }
    }

    public override CommandKind Kind => CommandKind.Reverse;

    public override ReverseUsageOutput Decide(UsageSession session)
    {
        var stored = session.Facts.FindEvent(session.Customer.Key, _input.EventId)
            ?? throw new BillingException(ErrorCode.EventNotFound, $"{WalletSession.Shown(session.Customer.Id)} has no event {WalletSession.Shown(_input.EventId)}.", "event_id");
        decimal whole = WholeOf(stored, session.Facts.Catalog);
        decimal left = LeftOf(stored, whole);
        decimal part = _input.Quantity ?? left;
        // An event that no price took, or that added nothing to its meter (a user seen before, a lower peak), counts until it is taken back, once.
        bool nothingLeft = stored.WasReversed && (stored.Charges.IsEmpty || (left == 0 && stored.Charges.All(c => c.Left == 0)));
        if (part > left || nothingLeft)
        {
            throw new BillingException(
                ErrorCode.ReversalTooLarge, $"{Quantity.Format(left)} of {Quantity.Format(whole)} is left of the event{(_input.Quantity is null ? "" : $"; {Quantity.Format(part)} was asked")}.{(left > 0 ? $" Set quantity to \"{Quantity.Format(left)}\"." : "")}", "quantity");
        }
        var debits = ImmutableArray.CreateBuilder<Debit>();
        var returns = ImmutableArray.CreateBuilder<GiveBack>();
        var charges = stored.Charges.ToBuilder();
        var views = new List<ChargeView>();
        for (int i = 0; i < charges.Count; i++)
        {
            charges[i] = TakeBack(charges[i], stored, left == 0 ? 1 : part / left, part == left, session, debits, returns, views);
        }
        var transition = session.Carry(new WalletCommand.Use(debits.ToImmutable(), returns.ToImmutable(), OnInsufficient.Debt));
        Remember(charges, debits, transition, session);
        session.Reversed = (stored.Key, stored.Event, charges.ToImmutable());
        var assets = charges.Select(c => session.Facts.Catalog.Versions[c.VersionKey].Asset.Id);
        return new ReverseUsageOutput
        {
            EventId = _input.EventId,
            Charges = views,
            Balances = Balances(session, assets),
            QuantityLeft = Quantity.Format(left - part),
            Reason = _input.Reason,
        };
    }

    /// <summary>What a partial reversal of the event may take back at most.</summary>
    internal static decimal LeftOf(StoredEvent stored, CatalogSnapshot catalog) => LeftOf(stored, WholeOf(stored, catalog));

    // The quantity that a partial reversal counts in: what every meter took, when all took the same; else the event's own. A cost is no meter's quantity.
    internal static decimal WholeOf(StoredEvent stored, CatalogSnapshot catalog) =>
        stored.Charges.Length > 0 && stored.Charges.All(c => c.Metered == stored.Charges[0].Metered && (c.Metered == 0 || !catalog.Versions[c.VersionKey].Price.TakesCost))
            ? stored.Charges[0].Metered : stored.Event.Quantity;

    private static decimal LeftOf(StoredEvent stored, decimal whole)
    {
        var partly = stored.Charges.FirstOrDefault(c => c.Metered != 0);
        return partly is null ? whole : partly.Metered == whole ? partly.Left : whole * (partly.Left / partly.Metered);
    }

    private static EventCharge TakeBack(
        EventCharge charge, StoredEvent stored, decimal share, bool all, UsageSession session,
        ImmutableArray<Debit>.Builder debits, ImmutableArray<GiveBack>.Builder returns, List<ChargeView> views)
    {
        var version = session.Facts.Catalog.Versions[charge.VersionKey];
        var meter = version.Meter.Definition;
        if (!all && !Metering.CanSplit(meter))
        {
            throw new BillingException(ErrorCode.InvalidRequest, $"quantity: the meter {meter.Id} does not add up, so its events are only reversed whole. Remove quantity.", "quantity");
        }
        if (!all && charge.Left == 0)
        {
            // Nothing to take a part of; the event goes on counting as one.
            return charge;
        }
        bool byCost = version.Price.TakesCost;
        decimal leftAfter = all ? 0 : charge.Left - Math.Round(charge.Left * share, byCost ? CostPlusPrice.CostDecimals : Quantity.MaxDecimals);
        var key = new RatingKey(charge.VersionKey, charge.PeriodStart);
        bool alone = version.Definition.Period == RatingPeriod.Event;
        var row = alone ? Alone(version, charge, stored) : Rating.RowOf(version, key, session);
        var (quantity, item) = alone ? (leftAfter, null)
            : byCost ? (row.State.Quantity - (charge.Left - leftAfter), null)
            : Metering.TakeBack(meter, stored.Event, row.State.Quantity, charge.Left - leftAfter, key, row.State.OffsetQuantity, session);
        var removed = new RemovedEvent(charge.Left, leftAfter, charge.QuantityBefore, charge.EventsBefore, stored.Event.Properties.Values);
        var step = version.Price.Remove(row.State, quantity, removed, version.Asset);
        var rest = row.Uses;
        var ownLeft = charge.Shares;
        if (step.Charge < 0)
        {
            (var uses, rest) = row.Uses.Take(-step.Charge, charge.Shares, stored.At, out ownLeft);
            returns.Add(Charging.Back(version.Asset, -step.Charge, uses, session));
        }
        else if (step.Charge > 0)
        {
            // Fewer units at a higher tier can cost more: the period then owes the difference.
            debits.Add(new Debit(version.Asset, step.Charge, version.ProductId, version.Key.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        }
        if (!alone)
        {
            session.Put(key, new RatingRow(step.After, rest, checked(row.Charged + step.Charge)));
        }
        if (item is not null)
        {
            session.Put(key, item);
        }
        views.Add(ChargeView.Of(version, charge with { Metered = leftAfter - charge.Left, Amount = step.Charge, Capped = step.Capped }));
        return charge with { Left = leftAfter, Shares = ownLeft };
    }

    // A period of one event is what the event itself still counts.
    private static RatingRow Alone(PriceVersion version, EventCharge charge, StoredEvent stored)
    {
        var state = version.Price.Add(PeriodState.Empty, charge.Left, stored.Event.Properties.Values, version.Asset)!.Value;
        return new(state.After, UseTrail.Empty.Push(charge.Shares, stored.At), state.Charge);
    }

    private static void Remember(ImmutableArray<EventCharge>.Builder charges, ImmutableArray<Debit>.Builder debits, Transition transition, UsageSession session)
    {
        for (int d = 0; d < debits.Count; d++)
        {
            for (int i = 0; i < charges.Count; i++)
            {
                if (charges[i].VersionKey.ToString(System.Globalization.CultureInfo.InvariantCulture) != debits[d].Purpose)
                {
                    continue;
                }
                var key = new RatingKey(charges[i].VersionKey, charges[i].PeriodStart);
                if (session.Ratings.TryGetValue(key, out var row))
                {
                    session.Put(key, row with { Uses = row.Uses.Push(transition.Debits[d], session.Now) });
                }
                else
                {
                    charges[i] = charges[i] with { Shares = charges[i].Shares.AddRange(transition.Debits[d]) };
                }
            }
        }
    }
}
