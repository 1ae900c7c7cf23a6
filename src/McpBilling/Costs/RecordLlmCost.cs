using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using McpBilling.Costs.UsageReaders;
using McpBilling.Customers;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Costs;

/// <summary>What one model call returned: who made it, for whom, and the provider's own figures.</summary>
public record LlmCall : ICheckedInput
{
    internal const int MaxText = 128;

    [Description("Your id of it; default: the response's own id."), StringLength(255, MinimumLength = 1)]
    [NotInTools]
    public string? Id { get; init; }

    [Description("openai, anthropic, google, aws …"), StringLength(64, MinimumLength = 1)]
    public required string Provider { get; init; }

    [Description("What answered: openai.chat, openai.responses, anthropic.messages, gemini.generateContent, bedrock.converse, ai-sdk.usage …"), StringLength(64, MinimumLength = 1)]
    public required string Api { get; init; }

    [Description("The model asked for; needed where the response names none."), StringLength(MaxText, MinimumLength = 1)]
    public string? Model { get; init; }

    [JsonShape("""{"anyOf":[{"type":"object"},{"type":"array"}]}"""), Description("The provider's answer as it is; text in it is dropped.")]
    public JsonElement? Response { get; init; }

    [JsonShape(JsonShapeAttribute.AnyObject), Description("Only its usage part, instead.")]
    public JsonElement? Usage { get; init; }

    [Description("When it was asked: prices are dated.")]
    public required Instant RequestedAt { get; init; }

    [NotInTools]
    public Instant? CompletedAt { get; init; }

    [Description("One interaction; each attempt is billed.")]
    [StringLength(MaxText, MinimumLength = 1)]
    [NotInTools]
    public string? OperationId { get; init; }

    [Range(1, 1000), JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    [NotInTools]
    public int Attempt { get; set; } = 1;

    [NotInTools]
    public CostOutcome Outcome { get; set; }

    [Description("The customer whose cached context it read, if another."), RegularExpression(Customer.IdPattern), StringLength(Customer.MaxIdLength, MinimumLength = 1)]
    [NotInTools]
    public string? ContextOf { get; init; }

    [Description("What the price depends on beside the model: {\"batch\":true,\"service_tier\":\"…\"}.")]
    [NotInTools]
    public PriceContext? PriceContext { get; init; }

    public virtual bool IsWithinBounds() =>
        PlainText.Fits(Id, 255) && PlainText.Fits(Provider, 64) && PlainText.Fits(Api, 64) && PlainText.Fits(Model, MaxText) && PlainText.Fits(OperationId, MaxText)
        && (ContextOf is null || PlainText.FitsId(ContextOf, Customer.MaxIdLength)) && Attempt is >= 1 and <= 1000 && PriceContext?.IsPlain != false;
}

/// <summary>Reports what a model call cost, for a customer.</summary>
public sealed record RecordLlmCostInput : LlmCall
{
    [Description("Your app's id of the customer; internal for background work."), RegularExpression(Customer.IdPattern), StringLength(Customer.MaxIdLength, MinimumLength = 1)]
    public required string CustomerId { get; init; }

    [Description("{\"end_user\":\"…\",\"session\":\"…\",\"task\":\"…\"}.")]
    public Subject? Subject { get; init; }

    [StringLength(MaxText)]
    [NotInTools]
    public string? Feature { get; init; }

    public override bool IsWithinBounds() =>
        base.IsWithinBounds() && PlainText.FitsId(CustomerId, Customer.MaxIdLength) && Subject?.IsPlain != false && PlainText.Fits(Feature, MaxText);
}

/// <summary>What it cost.</summary>
public sealed record RecordLlmCostOutput : CommandOutput
{
    public required string CostEventId { get; init; }

    [Description("incomplete is a lower bound; unpriced waits for a price and is never counted as zero.")]
    public required CostStatus Status { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never), Description("Null: not known.")]
    public CostAmount? Cost { get; init; }

    public required IReadOnlyList<CostLineView> Lines { get; init; }

    [Description("Why it is not known, or only in part.")]
    public string? Reason { get; init; }

    public static RecordLlmCostOutput Of(BookedCost booked) => new()
    {
        CostEventId = booked.Event.Id,
        Status = booked.Event.Cost.Status,
        Cost = CostAmount.Of(booked.Event.Cost.Amount),
        Lines = CostLineView.Of(booked.Event.Cost.Lines),
        Reason = booked.Event.Cost.Reason,
        Replayed = booked.Replayed,
    };
}

/// <summary>The use case: a provider's answer becomes cost lines of a customer.</summary>
public sealed class RecordLlmCost : Operation<RecordLlmCostInput, RecordLlmCostOutput>
{
    [SetsRequiredMembers]
    public RecordLlmCost()
    {
        Name = "record_llm_cost";
        Title = "Record an LLM cost";
        Description =
            "Books (logs, tracks, stores) the expense of an inference: what a call to GPT, Claude, Anthropic or Gemini cost us, its tokens, for a customer: send th" +
            "e response that came (or its usage). Apps do it after each completion. Next: get_margins.";
        ToolSet = ToolSet.Costs;
        Scope = Scopes.UsageWrite;
        Route = "POST /v1/costs/llm";
    }

    public override async ValueTask<RecordLlmCostOutput> Run(RecordLlmCostInput input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        RecordLlmCostOutput.Of(await billing.Commit(new RecordCostCommand(CostDraft.Read(input, input.Subject, input.Feature, ""), input.CustomerId), caller, cancellation));
}
