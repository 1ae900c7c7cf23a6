using McpBilling.Money;

namespace McpBilling.Operations;

/// <summary>Something that whoever listens is to be told: it is written in the transaction of the change that it tells of, so that neither is there without the other.</summary>
/// <param name="Type">Such as <c>top_up.paid</c>; one of the types that webhook endpoints may ask for.</param>
/// <param name="At">When it happened, in the workspace's time.</param>
/// <param name="CustomerId">Whom it is about; null for the workspace.</param>
/// <param name="Data">A JSON object with what happened, as the API would show it; no secret and no text of a customer beyond its own fields.</param>
public sealed record OutboxMessage(string Type, Instant At, string? CustomerId, string Data);
