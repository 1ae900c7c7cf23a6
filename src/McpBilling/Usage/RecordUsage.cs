using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using McpBilling.Catalog;
using McpBilling.Costs;
using McpBilling.Customers;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Usage;

/// <summary>Reports one usage event.</summary>
public sealed record RecordUsageInput : ICheckedInput
{
    [Description("Your id of it, unique per customer: the same id is charged once."), StringLength(255, MinimumLength = 1)]
    public required string Id { get; init; }

    [Description("Your app's id of the customer."), RegularExpression(Customer.IdPattern), StringLength(Customer.MaxIdLength, MinimumLength = 1)]
    public required string CustomerId { get; init; }

    [Description("As the meter names it, such as image.generated."), StringLength(128, MinimumLength = 1)]
    public required string EventType { get; init; }

    [Description("When it happened; default now. At most 34 days old and 5 minutes ahead.")]
    public Instant? Timestamp { get; init; }

    [Description("How much, default 1.")]
    public decimal? Quantity { get; init; }

    [JsonShape(JsonShapeAttribute.FlatProperties), Description("Flat facts that prices look at: {\"model\":\"flux\",\"count\":4}.")]
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

    [Description("Captures this hold and releases the rest."), StringLength(64, MinimumLength = 1)]
    [NotInTools]
    public string? HoldId { get; init; }

    [Description("When credit is short: debt (default) owes it, reject refuses the event.")]
    [NotInTools]
    public OnInsufficient OnInsufficient { get; set; } = OnInsufficient.Debt;

    public bool IsWithinBounds() =>
        PlainText.Fits(Id, 255) && PlainText.FitsId(CustomerId, Customer.MaxIdLength) && PlainText.Fits(EventType, 128) && PlainText.Fits(Feature, 128)
        && PlainText.Fits(HoldId, 64) && Subject?.IsPlain != false && Properties?.IsPlain != false && Cost?.IsWithinBounds() != false;
}

/// <summary>What an event was charged.</summary>
public sealed record RecordUsageOutput : CommandOutput
{
    public required string EventId { get; init; }
    public required IReadOnlyList<ChargeView> Charges { get; init; }

    [Description("The accounts that were charged, after it.")]
    public required IReadOnlyList<AccountFigures> Balances { get; init; }

    [Description("What it cost, where cost was sent.")]
    public RecordedCost? Cost { get; init; }

    [Description("Such as no_matching_price, which shows a mistyped event type.")]
    public IReadOnlyList<string> Warnings { get; set; } = [];
}

/// <summary>The use case: usage that happened is never lost.</summary>
public sealed class RecordUsage : Operation<RecordUsageInput, RecordUsageOutput>
{
    [SetsRequiredMembers]
    public RecordUsage()
    {
        Name = "record_usage_event";
        Title = "Record a usage event";
        Description =
            "Reports one usage event that has happened: it is rated, charged in burn order, and never lost; what credit is missing " +
            "becomes debt. The id makes a retry safe.";
        ToolSet = ToolSet.Usage;
        Scope = Scopes.UsageWrite;
        Route = "POST /v1/usage";
        HasTool = false;
    }

    public override ValueTask<RecordUsageOutput> Run(RecordUsageInput input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        billing.Commit(new RecordUsageCommand(input), caller, cancellation);
}

/// <summary>The decision of <see cref="RecordUsage"/>.</summary>
public sealed class RecordUsageCommand : UsageCommand<RecordUsageOutput>, IRatesEvents, ICarriesCost
{
    private readonly RecordUsageInput _input;

    public RecordUsageCommand(RecordUsageInput input)
    {
        _input = input;
        CustomerId = input.CustomerId;
        HoldId = input.HoldId;
        IdempotencyKey = input.Id;
        Draft = CostDraft.ReadOptional(input.Cost, input.Subject, input.Feature, "cost.");
        InputHash = Hash(input.EventType, input.Quantity, input.Timestamp, input.Properties, input.Subject, input.Feature, input.HoldId, Draft?.InputHash);
    }

    public CostDraft? Draft { get; set; }

    public override CommandKind Kind => CommandKind.RecordUsage;

    public IEnumerable<RatingKey> Expected(CatalogSnapshot catalog, Instant now) => Rating.Periods(_input.EventType, _input.Properties, _input.Timestamp ?? now, catalog);

    /// <summary>What makes two reports of one event the same.</summary>
    /// <param name="cost">The hash of the cost that came with it.</param>
    public static long Hash(
        string eventType, decimal? quantity, Instant? timestamp, EventProperties? properties, Subject? subject, string? feature, string? holdId, long? cost = null)
    {
        var hash = new InputHash(stackalloc byte[256]);
        hash.Add(eventType);
        hash.Add(quantity);
        hash.Add(timestamp);
        hash.Add(properties?.Json);
        hash.Add(subject?.EndUser);
        hash.Add(subject?.Session);
        hash.Add(subject?.Task);
        hash.Add(feature);
        hash.Add(holdId);
        if (cost is { } told)
        {
            hash.Add(told);
        }
        return hash.Finish();
    }

    public override RecordUsageOutput Decide(UsageSession session)
    {
        if (_input.Timestamp is { } named)
        {
            UsageEvent.CheckTimestamp(named, session.Now, "timestamp");
        }
        var cost = Draft?.Book(session, session, "cost");
        var e = new UsageEvent(
            _input.Id, _input.EventType, _input.Timestamp ?? session.Now, UsageEvent.CheckQuantity(_input.Quantity, "quantity"),
            _input.Properties ?? EventProperties.None, _input.Subject, _input.Feature)
        {
            Cost = cost?.Cost.Amount,
        };
        long? holdKey = _input.HoldId is { } id ? HoldKey(session, id) : null;
        var hold = holdKey is { } key ? FindHold(session, key) : null;
        var rated = Rating.Rate(e, session, hold);
        var (debits, returns, rests) = Charging.Plan(rated, session);
        // A fact is not lost because its hold has expired meanwhile.
        WalletCommand command = holdKey is { } captured
            ? new WalletCommand.Capture(captured, hold?.Status, debits, returns, Final: true, _input.OnInsufficient, AllowExpired: true)
            : new WalletCommand.Use(debits, returns, _input.OnInsufficient);
        var transition = session.Carry(command, holdKey is null ? null : "hold_id");
        if (hold is not null && transition.Hold is null)
        {
            session.Captured(hold);
        }
        var charges = Rating.Keep(rated, transition.Debits, rests, session);
        session.NewEvent = (e, charges, holdKey);
        return Output(charges, Balances(session, rated.Select(r => r.Asset.Id)), Rating.Warning(e, rated, session.Facts.Catalog), cost, session.Facts.Catalog);
    }

    public override ReadOnlyMemory<byte> Outcome(object output) => Encoding.UTF8.GetBytes(RecordedText.Write((RecordUsageOutput)output));

    public override object Replay(string outcome, WalletSession session)
    {
        var stored = ((UsageSession)session).Facts.FindEvent(session.Customer.Key, _input.Id)!;
        var (balances, warning) = RecordedText.Read(outcome);
        var cost = Draft is null ? null : ((UsageSession)session).Facts.FindCost(session.Customer.Key, Draft.Event.Id)?.Event;
        return Output(stored.FirstCharges, balances, warning, cost, session.Facts.Catalog) with { Replayed = true };
    }

    private RecordUsageOutput Output(ImmutableArray<EventCharge> charges, IReadOnlyList<AccountFigures> balances, string? warning, CostEvent? cost, CatalogSnapshot catalog) => new()
    {
        EventId = _input.Id,
        Charges = [.. charges.Select(c => ChargeView.Of(catalog.Versions[c.VersionKey], c))],
        Balances = balances,
        Cost = RecordedCost.Of(cost),
        Warnings = warning is null ? [] : [warning],
    };
}

/// <summary>How the figures of a recorded event's answer are kept: its charges stand in the event itself.</summary>
internal static class RecordedText
{
    public static string Write(RecordUsageOutput output)
    {
        var text = new StringBuilder(64);
        foreach (var b in output.Balances)
        {
            text.Append(CultureInfo.InvariantCulture, $"{b.Asset},{b.Balance},{b.Held},{b.Available},{b.Debt};");
        }
        foreach (string warning in output.Warnings)
        {
            text.Append('|').Append(warning);
        }
        return text.ToString();
    }

    public static (IReadOnlyList<AccountFigures> Balances, string? Warning) Read(string text)
    {
        int bar = text.IndexOf('|', StringComparison.Ordinal);
        string figures = bar < 0 ? text : text[..bar];
        return (
            [.. figures.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(part =>
            {
                string[] f = part.Split(',');
                return new AccountFigures { Asset = f[0], Balance = f[1], Held = f[2], Available = f[3], Debt = f[4] };
            })],
            bar < 0 ? null : text[(bar + 1)..]);
    }
}
