using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Operations;

namespace McpBilling.Costs;

/// <summary>Reports one or many model calls; each stands alone.</summary>
public sealed record RecordLlmCostBatchInput : ICheckedInput
{
    [Description("Up to 1,000 calls."), Length(1, RecordLlmCostBatch.MaxCosts)]
    public required IReadOnlyList<RecordLlmCostInput> Costs { get; init; }

    public bool IsWithinBounds() => Costs.Count is >= 1 and <= RecordLlmCostBatch.MaxCosts && Costs.All(c => c?.IsWithinBounds() == true);
}

/// <summary>How one of a batch fared.</summary>
public enum RecordCostStatus
{
    Recorded,
    Replayed,
    Failed,
}

/// <summary>Why a cost of a batch was refused.</summary>
public sealed record CostProblem
{
    public required string Code { get; init; }
    public required string Detail { get; init; }

    [Description("The field at fault.")]
    public string? Field { get; init; }

    public required string Hint { get; init; }

    [Description("Whether the same cost can succeed later.")]
    public required bool Retryable { get; init; }

    public static CostProblem Of(BillingException e) => new() { Code = e.Code.Name, Detail = e.Detail, Field = e.Field, Hint = e.Code.Hint, Retryable = e.Code.Retryable };
}

/// <summary>One call's result, at its place in the batch.</summary>
public sealed record RecordCostResult
{
    public required RecordCostStatus Status { get; init; }
    public RecordedCost? Recorded { get; init; }

    [Description("Why it failed; nothing of it was recorded.")]
    public CostProblem? Problem { get; init; }
}

/// <summary>One result per call, in order.</summary>
public sealed record RecordLlmCostBatchOutput
{
    public required IReadOnlyList<RecordCostResult> Results { get; init; }
}

/// <summary>The use case: the calls go to the writer together, and one that fails does not hold back the others.</summary>
public sealed class RecordLlmCostBatch : Operation<RecordLlmCostBatchInput, RecordLlmCostBatchOutput>
{
    public const int MaxCosts = 1000;

    [SetsRequiredMembers]
    public RecordLlmCostBatch()
    {
        Name = "record_llm_costs";
        Title = "Record LLM costs";
        Description = "Books what up to 1,000 model calls cost us, each as POST /v1/costs/llm does; one that is wrong is named at its place and holds back no other.";
        ToolSet = ToolSet.Costs;
        Scope = Scopes.UsageWrite;
        Route = "POST /v1/costs/llm/batch";
        HasTool = false;
        TakesMany = true;
    }

    public override async ValueTask<RecordLlmCostBatchOutput> Run(RecordLlmCostBatchInput input, Caller caller, IBilling billing, CancellationToken cancellation) => new()
    {
        Results = await SentTogether.Run(
            input.Costs,
            call => new RecordCostCommand(CostDraft.Read(call, call.Subject, call.Feature, ""), call.CustomerId) { IsOneOfMany = true },
            booked => new RecordCostResult { Status = booked.Replayed ? RecordCostStatus.Replayed : RecordCostStatus.Recorded, Recorded = RecordedCost.Of(booked.Event) },
            (_, e) => new RecordCostResult { Status = RecordCostStatus.Failed, Problem = CostProblem.Of(e) },
            billing, caller, cancellation),
    };
}
