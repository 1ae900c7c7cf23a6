using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Customers;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Insights;

/// <summary>Asks why something was charged.</summary>
public sealed record ExplainChargeInput
{
    [Description("The app's id of the event (or the key of a denied authorization); with customer_id."), StringLength(255, MinimumLength = 1)]
    public string? EventId { get; init; }

    [Description("Whose event."), RegularExpression(Customer.IdPattern), StringLength(Customer.MaxIdLength, MinimumLength = 1)]
    public string? CustomerId { get; init; }

    [Description("Or a hold (hold_…)."), StringLength(64, MinimumLength = 1)]
    public string? HoldId { get; init; }

    [Description("Or a ledger entry (entry_…)."), StringLength(64, MinimumLength = 1)]
    public string? EntryId { get; init; }
}

/// <summary>What a step of an explanation is about, in the order in which steps come.</summary>
public enum StepKind
{
    Refused,
    Authorization,
    Event,
    Meter,
    Price,
    Unpriced,
    Hold,
    Grant,
    Entry,
    Reversal,
    Cost,
}

/// <summary>One step of the story.</summary>
public sealed record ExplanationStep
{
    public required StepKind Kind { get; init; }

    [Description("In plain words.")]
    public required string Says { get; init; }

    [Description("The event, hold, grant, entry, meter or price it is about.")]
    public string? Id { get; init; }

    public string? Asset { get; init; }
    public string? Amount { get; init; }

    [Description("price: the period's quantity before.")]
    public string? QuantityBefore { get; init; }

    [Description("price: and after.")]
    public string? QuantityAfter { get; init; }

    [Description("entry: the balance after it.")]
    public string? BalanceAfter { get; init; }
}

/// <summary>The whole story.</summary>
public sealed record ExplainChargeOutput
{
    public required string CustomerId { get; init; }

    [Description("The story in words that can be sent to the customer; it names no internal id.")]
    public required string Text { get; init; }

    public required IReadOnlyList<ExplanationStep> Steps { get; init; }
}

/// <summary>The use case: from the event to the ledger, in order.</summary>
public sealed class ExplainCharge : Operation<ExplainChargeInput, ExplainChargeOutput>
{
    [SetsRequiredMembers]
    public ExplainCharge()
    {
        Name = "explain_charge";
        Title = "Explain a charge";
        Description =
            "Why was it billed, refused or free, and how was the amount calculated? Breaks a charge down step by step: event, meter, price, tier, quantities, hold," +
            " grants, entries, reversals. Give event_id and customer_id, or hold_id, or entry_id (from list_usage, list_entries). text answers a customer who asks " +
            "or disputes a bill.";
        ToolSet = ToolSet.Usage;
        Scope = Scopes.UsageRead;
        Route = "GET /v1/explanations";
        Reads = true;
    }

    public override async ValueTask<ExplainChargeOutput> Run(ExplainChargeInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        RequireOne(input);
        var reads = billing.Reads<IExplanationReads>();
        var facts = input switch
        {
            { EventId: { } e } => await reads.OfEvent(caller, input.CustomerId!, e, cancellation)
                ?? throw new BillingException(ErrorCode.EventNotFound, $"{WalletSession.Shown(input.CustomerId!)} has no event {WalletSession.Shown(e)}, and none of that id was refused.", "event_id"),
            { HoldId: { } h } => await reads.OfHold(caller, h, cancellation)
                ?? throw new BillingException(ErrorCode.HoldNotFound, $"There is no hold {WalletSession.Shown(h)}.", "hold_id"),
            _ => await reads.OfEntry(caller, input.EntryId!, cancellation)
                ?? throw new BillingException(ErrorCode.EntryNotFound, $"There is no entry {WalletSession.Shown(input.EntryId!)}.", "entry_id"),
        };
        return Explanation.Of(facts);
    }

    private static void RequireOne(ExplainChargeInput input)
    {
        int given = (input.EventId is null ? 0 : 1) + (input.HoldId is null ? 0 : 1) + (input.EntryId is null ? 0 : 1);
        if (given != 1)
        {
            throw new BillingException(ErrorCode.InvalidRequest, given == 0 ? "event_id is missing: send event_id with customer_id, or hold_id, or entry_id." : "event_id, hold_id and entry_id do not go together: send one.", "event_id");
        }
        if (input.EventId is not null && input.CustomerId is null)
        {
            throw new BillingException(ErrorCode.InvalidRequest, "customer_id is missing: an event's id is unique per customer.", "customer_id");
        }
    }
}
