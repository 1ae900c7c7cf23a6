using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Costs;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Usage;

/// <summary>Reports one or many usage events; each stands alone.</summary>
public sealed record RecordUsageBatchInput : ICheckedInput
{
    [Description("Up to 1,000 events."), Length(1, RecordUsageBatch.MaxEvents)]
    public required IReadOnlyList<RecordUsageInput> Events { get; init; }

    public bool IsWithinBounds() => Events.Count is >= 1 and <= RecordUsageBatch.MaxEvents && Events.All(e => e?.IsWithinBounds() == true);
}

/// <summary>How an event of a batch fared.</summary>
public enum RecordStatus
{
    Recorded,
    Replayed,
    Failed,
}

/// <summary>Why an event of a batch was refused.</summary>
public sealed record RecordProblem
{
    public required string Code { get; init; }
    public required string Detail { get; init; }

    [Description("The field at fault.")]
    public string? Field { get; init; }

    public required string Hint { get; init; }

    [Description("Whether the same event can succeed later.")]
    public required bool Retryable { get; init; }

    public static RecordProblem Of(BillingException e) =>
        new() { Code = e.Code.Name, Detail = e.Detail, Field = e.Field, Hint = e.Code.Hint, Retryable = e.Code.Retryable };
}

/// <summary>One event's result, at its place in the batch.</summary>
public sealed record RecordResult
{
    public required RecordStatus Status { get; init; }
    public required string EventId { get; init; }
    public IReadOnlyList<ChargeView>? Charges { get; init; }
    public IReadOnlyList<AccountFigures>? Balances { get; init; }
    public RecordedCost? Cost { get; init; }
    public IReadOnlyList<string>? Warnings { get; init; }

    [Description("Why it failed; nothing of this event was recorded.")]
    public RecordProblem? Problem { get; init; }

    public static RecordResult Of(RecordUsageOutput output) => new()
    {
        Status = output.Replayed ? RecordStatus.Replayed : RecordStatus.Recorded,
        EventId = output.EventId,
        Charges = output.Charges,
        Balances = output.Balances,
        Cost = output.Cost,
        Warnings = output.Warnings.Count > 0 ? output.Warnings : null,
    };
}

/// <summary>One result per event, in order.</summary>
public sealed record RecordUsageBatchOutput
{
    public required IReadOnlyList<RecordResult> Results { get; init; }
}

/// <summary>The use case: the events go to the writer together, and one that fails does not hold back the others.</summary>
public sealed class RecordUsageBatch : Operation<RecordUsageBatchInput, RecordUsageBatchOutput>
{
    public const int MaxEvents = 1000;

    [SetsRequiredMembers]
    public RecordUsageBatch()
    {
        Name = "record_usage";
        Title = "Record usage";
        Description =
            "Reports usage that has already happened (just now, this morning) or was forgotten, after the fact and without a hold, one event or a batch of 1,000: " +
            "logs and bills (charges) what a customer used, made or consumed; sends in, imports or uploads old events. Missing credit becomes debt. Warning " +
            "no_matching_price: check event_type and properties. Next: list_usage.\n" +
            "Example: {\"events\":[{\"id\":\"evt-1\",\"customer_id\":\"user_123\",\"event_type\":\"image.generated\",\"quantity\":\"2\"}]}";
        ToolSet = ToolSet.Usage;
        Scope = Scopes.UsageWrite;
        Route = "POST /v1/usage/batch";
        TakesMany = true;
    }

    public override async ValueTask<RecordUsageBatchOutput> Run(RecordUsageBatchInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        if (input.Events.Count is 0 or > MaxEvents)
        {
            throw new BillingException(ErrorCode.InvalidRequest, $"events has {input.Events.Count} elements; 1 to {MaxEvents} are taken.", "events");
        }
        return new RecordUsageBatchOutput
        {
            Results = await SentTogether.Run(
                input.Events,
                e => new RecordUsageCommand(e) { IsOneOfMany = true },
                RecordResult.Of,
                (e, refusal) => new RecordResult { Status = RecordStatus.Failed, EventId = e.Id, Problem = RecordProblem.Of(refusal) },
                billing, caller, cancellation),
        };
    }
}
