using System.Text.Json;

namespace Billing;

/// <summary>What the provider answered, without its text: the figures that it bills you by.</summary>
/// <param name="Provider">openai, anthropic, google, aws …</param>
/// <param name="Api">What answered: openai.chat, openai.responses, anthropic.messages, gemini.generateContent, bedrock.converse …</param>
/// <param name="Usage">The usage part of the answer, as its JSON came; of a stream, the last.</param>
/// <param name="Id">The answer's own id: it is then booked once, whoever else reports it.</param>
/// <param name="ServiceTier">The tier that served it, where the answer says so outside its usage (OpenAI's service_tier).</param>
/// <param name="Attempt">From 1, where your code asks again: every attempt is billed, so report each.</param>
/// <param name="Outcome">succeeded, failed (you could not use it) or aborted (a stream that was broken off). All may be billed.</param>
/// <param name="RequestedAt">Null means now.</param>
public sealed record ProviderAnswer(
    string Provider,
    string Api,
    string Model,
    JsonElement Usage,
    string? Id = null,
    string? ServiceTier = null,
    int Attempt = 1,
    string Outcome = "succeeded",
    DateTimeOffset? RequestedAt = null);

/// <summary>Whose call it was.</summary>
public sealed record CostOwner(string CustomerId, string RequestId, Subject? Subject = null, string? Feature = null);

/// <summary>Tells billing what a model's call cost you: beside the charge, and never in its way.</summary>
public static class Costs
{
    /// <summary>Keeps the cost of one call in the outbox, which sends it within seconds. Never fails: your user's answer does not depend on it.</summary>
    public static void ReportCost(this Outbox outbox, CostOwner owner, ProviderAnswer answer)
    {
        string id = answer.Id is { } own ? $"{answer.Provider}:{own}" : Guid.NewGuid().ToString();
        try
        {
            var body = new
            {
                Id = id,
                owner.CustomerId,
                answer.Provider,
                answer.Api,
                answer.Model,
                answer.Usage,
                RequestedAt = answer.RequestedAt ?? DateTimeOffset.UtcNow,
                CompletedAt = DateTimeOffset.UtcNow,
                OperationId = owner.RequestId,
                answer.Attempt,
                answer.Outcome,
                PriceContext = answer.ServiceTier is { } tier ? new { ServiceTier = tier } : null,
                owner.Subject,
                owner.Feature,
            };
            outbox.Keep(owner.CustomerId, "cost:" + id, new UsageCall("v1/costs/llm", JsonSerializer.SerializeToElement(body, BillingClient.Json)));
        }
        catch (Exception failure)
        {
            Console.Error.WriteLine($"billing: a cost is lost: {failure.Message}");
        }
    }
}
