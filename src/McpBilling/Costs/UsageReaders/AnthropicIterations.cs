namespace McpBilling.Costs.UsageReaders;

/// <summary>
/// <c>usage.iterations</c>: the requests within one response. Those of type <c>message</c> are what the usage sums up; a compaction and an advisor's message are billed
/// beside it, the advisor's at its own model. A type that is not known here is taken to be beside it too, unless the sum shows that it is inside.
/// </summary>
internal static class AnthropicIterations
{
    /// <summary>Adds what is billed beside the usage.</summary>
    /// <returns>The longest context of the iterations that the usage sums up, where there are several; else null.</returns>
    public static decimal? Add(ReadingDraft draft, ResponsePart usage)
    {
        var iterations = usage.List("iterations").ToList();
        var messages = iterations.Where(i => i.Is("type", "message")).ToList();
        bool areAllInside = messages.Count < iterations.Count
            && Tokens(usage) == iterations.Where(i => !IsBeside(i)).Sum(Tokens) && Tokens(usage) != messages.Sum(Tokens);
        for (int i = 0; i < iterations.Count; i++)
        {
            var iteration = iterations[i];
            if (iteration.Is("type", "message") || (areAllInside && !IsBeside(iteration)))
            {
                continue;
            }
            AnthropicUsage.AddTokens(draft, iteration, iteration.Name("model"), i, assumed: !IsBeside(iteration), iteration.Name("type"));
        }
        return messages.Count > 1 ? messages.Max(AnthropicUsage.Context) : null;
    }

    private static bool IsBeside(ResponsePart iteration) => iteration.Is("type", "compaction") || iteration.Is("type", "advisor_message");

    private static decimal Tokens(ResponsePart usage) => (usage.Count("input_tokens") ?? 0) + (usage.Count("output_tokens") ?? 0);
}
