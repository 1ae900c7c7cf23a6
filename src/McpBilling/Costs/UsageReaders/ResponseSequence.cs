using System.Collections.Immutable;
using System.Text.Json;
using McpBilling.Operations;

namespace McpBilling.Costs.UsageReaders;

/// <summary>One attempt of an operation: a cost of its own.</summary>
/// <param name="Number">From 1, in the order in which they were made.</param>
/// <param name="Response">As the provider sent it.</param>
public sealed record SequenceAttempt(int Number, JsonElement Response);

/// <summary>
/// <c>{operation_id, attempts: [response, …]}</c>: what one interaction of a customer took. A retry that the provider answered is billed as the first one was, so each
/// becomes a cost with the operation's id and its number; the same response delivered twice is one.
/// </summary>
public static class ResponseSequence
{
    /// <exception cref="BillingException"><c>invalid_request</c>: no list of attempts.</exception>
    public static (string? OperationId, ImmutableArray<SequenceAttempt> Attempts) Split(JsonElement sequence)
    {
        var whole = ResponsePart.Whole(sequence);
        if (whole.Raw("attempts").ValueKind != JsonValueKind.Array)
        {
            throw whole.Refused("attempts", "a list of responses");
        }
        var responses = whole.Raw("attempts").EnumerateArray().Select((response, i) => (Json: response, Part: ResponsePart.Whole(response, $"response.attempts[{i}]")));
        return (whole.Name("operation_id"), [.. responses.DistinctBy(r => r.Part.Name("id") ?? r.Part.Path).Select((r, i) => new SequenceAttempt(i + 1, r.Json))]);
    }
}
