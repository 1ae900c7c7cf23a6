namespace Billing;

/// <summary>What the provider reported of one call.</summary>
/// <param name="Properties">Further facts that your prices look at.</param>
public sealed record TokenUse(string Model, long InputTokens, long OutputTokens, IReadOnlyDictionary<string, object>? Properties = null);

/// <summary>A model's call to be billed.</summary>
/// <param name="Prompt">Everything that is sent to the model.</param>
/// <param name="MaxOutputTokens">The bound that you give to the provider too, so that the hold is large enough.</param>
public sealed record LlmRequest(
    string CustomerId,
    string RequestId,
    string Model,
    string Prompt,
    long MaxOutputTokens,
    Subject? Subject = null,
    string? Feature = null,
    IReadOnlyDictionary<string, object>? Properties = null);

/// <summary>
/// Bills a call of a language model: authorized by an estimate, charged by the tokens that the provider reports, with what it cost you beside the charge.
/// </summary>
public static class LlmBiller
{
    /// <summary>Asks billing, calls the model, charges what the provider counted, and reports what that cost you.</summary>
    /// <param name="call">
    /// Calls the model and answers with its result, the usage that the provider reported, and that part of its answer. A stream is read to its end in there;
    /// one that breaks off is told with Outbox.ReportCost (aborted) before you throw.
    /// </param>
    public static Task<Billed<T>> BilledCall<T>(
        this Biller biller, LlmRequest request, Func<CancellationToken, Task<(T Result, TokenUse Use, ProviderAnswer Answer)>> call, CancellationToken stop)
    {
        var expected = TokensUsed(new TokenUse(request.Model, EstimateTokens(request.Prompt), request.MaxOutputTokens, request.Properties));
        // The last event is the dearer one: one hold, by it.
        var billed = new BilledRequest(request.CustomerId, request.RequestId, expected[^1], request.Subject, request.Feature);
        return biller.Billed(
            billed,
            async (meter, stopping) =>
            {
                var started = DateTimeOffset.UtcNow;
                var (result, use, answer) = await call(stopping);
                // It cost you, also when the charge fails.
                biller.Outbox.ReportCost(
                    new CostOwner(request.CustomerId, request.RequestId, request.Subject, request.Feature),
                    answer with { RequestedAt = answer.RequestedAt ?? started });
                foreach (var used in TokensUsed(use with { Properties = use.Properties ?? request.Properties }))
                {
                    await meter(used);
                }
                return result;
            },
            stop);
    }

    /// <summary>The usage of one call in the names of your catalog. Model and token counts always go along, for reports.</summary>
    public static IReadOnlyList<UsageEvent> TokensUsed(TokenUse use)
    {
        UsageEvent[] events =
        [
{{#parts}}
            {{call}},
{{/parts}}
        ];
        return [.. events.Select(used => used with { Properties = WithFacts(use, used.Properties) })];
    }

    /// <summary>About four characters a token: good enough to hold credit by, never charged. DECIDE: your provider's tokenizer is nearer.</summary>
    public static long EstimateTokens(string text) => (text.Length / 4) + 1;

    private static Dictionary<string, object> WithFacts(TokenUse use, IReadOnlyDictionary<string, object>? properties)
    {
        var facts = new Dictionary<string, object>(use.Properties ?? new Dictionary<string, object>())
        {
            ["model"] = use.Model,
            ["input_tokens"] = use.InputTokens,
            ["output_tokens"] = use.OutputTokens,
        };
        foreach (var (name, value) in properties ?? new Dictionary<string, object>())
        {
            facts[name] = value;
        }
        return facts;
    }
}
