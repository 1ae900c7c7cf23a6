using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Customers;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Usage;

/// <summary>Asks for recorded events, newest first.</summary>
public sealed record ListUsageInput
{
    [Description("Only this customer's."), RegularExpression(Customer.IdPattern), StringLength(Customer.MaxIdLength, MinimumLength = 1)]
    public string? CustomerId { get; init; }

    [Description("Only events that happened at or after this time.")]
    public Instant? From { get; init; }

    [Description("Only events that happened before this time.")]
    public Instant? To { get; init; }

    [Description("next_cursor of the page before."), StringLength(64)]
    public string? Cursor { get; init; }

    [Description("Events a page."), Range(1, 200)]
    public int Limit { get; set; } = 50;

    [Description("concise: without properties and subject."), DefaultValue(Detail.Detailed)]
    public Detail Detail { get; init; }
}

/// <summary>A recorded event as it travels.</summary>
public sealed record UsageEventView
{
    public required string Id { get; init; }
    public required string CustomerId { get; init; }
    public required string EventType { get; init; }

    [Description("When it happened.")]
    public required Instant Timestamp { get; init; }

    [Description("When the ledger took it.")]
    public required Instant RecordedAt { get; init; }

    public required string Quantity { get; init; }

    [JsonShape(JsonShapeAttribute.FlatProperties)]
    public EventProperties? Properties { get; init; }

    public Subject? Subject { get; init; }
    public string? Feature { get; init; }
    public required IReadOnlyList<ChargeView> Charges { get; init; }

    [Description("How much of its metered quantity was reversed; absent when nothing.")]
    public string? Reversed { get; init; }
}

/// <summary>A page of events.</summary>
public sealed record ListUsageOutput
{
    public required IReadOnlyList<UsageEventView> Events { get; init; }

    [Description("Give it back as cursor for older events; absent on the last page.")]
    public string? NextCursor { get; init; }

    [Description("How many events there are in all, before from and to.")]
    public required long Total { get; init; }
}

/// <summary>Reads usage from a snapshot.</summary>
public interface IUsageReads
{
    /// <summary>A page of events, newest first; null when the customer is named and unknown.</summary>
    /// <param name="from">Key of the first event of the page; null to begin with the newest.</param>
    ValueTask<(IReadOnlyList<UsageEventView> Events, long? Next, long Total)?> Events(Caller caller, ListUsageInput query, long? from, CancellationToken cancellation);

    /// <summary>A hold as it stands now; null when there is none in the caller's workspace.</summary>
    ValueTask<(Ledger.Hold Hold, string CustomerId, PublicIds Ids)?> Hold(Caller caller, string holdId, CancellationToken cancellation);
}

/// <summary>The use case.</summary>
public sealed class ListUsage : Operation<ListUsageInput, ListUsageOutput>
{
    [SetsRequiredMembers]
    public ListUsage()
    {
        Name = "list_usage";
        Title = "List usage events";
        Description =
            "Shows recent usage, the raw events that came from the app, last ones first, with what each was billed: see what a customer has been doing, which calls" +
            " they made this month or week, yesterday, today or this hour. Next: explain_charge.";
        ToolSet = ToolSet.Usage;
        Scope = Scopes.UsageRead;
        Route = "GET /v1/usage";
        Reads = true;
    }

    public override async ValueTask<ListUsageOutput> Run(ListUsageInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        if (input is { From: { } from, To: { } to } && to <= from)
        {
            throw new BillingException(ErrorCode.InvalidRequest, $"to is {to}: it must be after from, {from}. Swap from and to.", "to");
        }
        var (events, next, total) = await billing.Reads<IUsageReads>().Events(caller, input, Cursors.ReadOne(input.Cursor), cancellation)
            ?? throw new BillingException(ErrorCode.CustomerNotFound, $"There is no customer {Wallets.WalletSession.Shown(input.CustomerId!)}.", "customer_id");
        if (input.Detail == Detail.Concise)
        {
            events = [.. events.Select(e => e with { Properties = null, Subject = null, Feature = null })];
        }
        return new ListUsageOutput { Events = events, NextCursor = Cursors.Write(next), Total = total };
    }
}
