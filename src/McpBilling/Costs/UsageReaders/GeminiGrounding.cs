using System.Text.Json;

namespace McpBilling.Costs.UsageReaders;

/// <summary>
/// Grounding with a web search: Gemini 2 bills a grounded prompt once, Gemini 3 and later each query, where empty and repeated ones do not count. The caller may say which
/// (<see cref="PriceContext.GroundingUnit"/>); else the model's version does. Queries are counted, not kept.
/// </summary>
internal static class GeminiGrounding
{
    public static void Add(ReadingDraft draft, IReadOnlyList<ResponsePart> responses, string? model)
    {
        var grounding = responses.SelectMany(r => r.List("candidates")).Select(c => c.Part("groundingMetadata")).Where(g => g.Exists).ToList();
        decimal queries = grounding.SelectMany(Queries).Distinct(StringComparer.Ordinal).Count();
        bool byQuery = draft.Context.GroundingUnit is { } unit ? unit == "query" : IsByQuery(model);
        if (byQuery)
        {
            draft.AddFound(CostKinds.SearchQuery, queries);
        }
        else
        {
            bool isGrounded = queries > 0 || grounding.Any(g => g.List("groundingChunks").Any(chunk => chunk.Has("web")));
            draft.AddFound(CostKinds.GroundedPrompt, isGrounded ? 1 : 0);
        }
    }

    private static IEnumerable<string> Queries(ResponsePart grounding) => grounding.Raw("webSearchQueries") is { ValueKind: JsonValueKind.Array } list
        ? list.EnumerateArray().Where(q => q.ValueKind == JsonValueKind.String).Select(q => q.GetString()!.Trim()).Where(q => q.Length > 0)
        : [];

    private static bool IsByQuery(string? model)
    {
        int at = model?.IndexOf("gemini-", StringComparison.Ordinal) ?? -1;
        return at >= 0 && at + 7 < model!.Length && char.IsAsciiDigit(model[at + 7]) && model[at + 7] >= '3';
    }
}
