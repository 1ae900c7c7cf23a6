using McpBilling.Operations;

namespace McpBilling.Integration;

/// <summary>One event that a model's call is reported by: its function's arguments, each a fact that the provider reports or a fixed text.</summary>
/// <param name="Quantity">What the event's quantity is; null when it takes none.</param>
/// <param name="Properties">Each property's fact, or its fixed value.</param>
internal sealed record TokenEvent(BillableEvent Event, TokenFact? Quantity, IReadOnlyList<(EventProperty Property, TokenFact? Fact, string? Value)> Properties);

/// <summary>
/// Finds how a catalog counts tokens, by its own names: one event with both counts, one quantity for both, two events, or one event told apart by a
/// property (<c>type: input | output</c>).
/// </summary>
internal static class TokenEvents
{
    private static readonly string[] InputWords = ["input", "prompt", "in"];
    private static readonly string[] OutputWords = ["output", "completion", "out", "generated"];
    private static readonly string[] TokenWords = ["token", "tokens"];
    private static readonly string[] CallWords = ["llm", "token", "tokens", "chat", "completion", "prompt", "message", "model", "ai"];

    /// <summary>The events of one call; the dearer one (output) last.</summary>
    /// <exception cref="BillingException"><c>invalid_request</c>: no event type counts tokens.</exception>
    public static IReadOnlyList<TokenEvent> Of(IReadOnlyList<BillableEvent> events)
    {
        var both = events.Select(Whole).FirstOrDefault(e => e is not null);
        if (both is not null)
        {
            return [both];
        }
        var split = events.Select(e => (IReadOnlyList<TokenEvent>?)ByProperty(e)).FirstOrDefault(e => e is not null);
        if (split is not null)
        {
            return split;
        }
        var input = events.Select(e => OneSided(e, TokenFact.Input)).FirstOrDefault(e => e is not null);
        var output = events.Select(e => OneSided(e, TokenFact.Output)).FirstOrDefault(e => e is not null);
        if (input is not null || output is not null)
        {
            return [.. new[] { input, output }.OfType<TokenEvent>()];
        }
        // Priced by the call: its tokens are facts only.
        var call = events.FirstOrDefault(e => !e.TakesQuantity && e.Properties.All(p => !p.IsNumber) && Has(e.EventType, CallWords));
        return call is not null
            ? [new TokenEvent(call, null, [.. call.Properties.Select(Text)])]
            : throw new BillingException(
                ErrorCode.InvalidRequest,
                $"style llm needs an event type that counts tokens; the chosen products have {string.Join(", ", events.Take(10).Select(e => e.EventType))}. " +
                "Define meters on llm.completed with the properties input_tokens and output_tokens (define_meter, define_price), or use style authorize_capture.",
                "style");
    }

    // All counts in one event: as properties, or as the quantity of a meter of tokens.
    private static TokenEvent? Whole(BillableEvent e)
    {
        var properties = e.Properties.Select(p => (p, p.IsNumber ? Count(p.Name) : null, (string?)null)).ToList();
        var counts = properties.Where(p => p.p.IsNumber).ToList();
        if (counts.Any(c => c.Item2 is null) || e.Properties.Any(IsDirection))
        {
            return null;
        }
        bool quantity = e.TakesQuantity && CountsTokens(e) && Side(e) is null;
        if (e.TakesQuantity && !quantity || counts.Count == 0 && !quantity)
        {
            return null;
        }
        return new TokenEvent(e, quantity ? TokenFact.Total : null, [.. properties.Select(p => p.p.IsNumber ? p : Text(p.p))]);
    }

    private static TokenEvent[]? ByProperty(BillableEvent e)
    {
        if (!e.TakesQuantity || e.Properties.FirstOrDefault(IsDirection) is not { } direction || e.Properties.Any(p => p.IsNumber))
        {
            return null;
        }
        TokenEvent Part(TokenFact fact, string[] words) => new(e, fact,
            [.. e.Properties.Select(p => p == direction ? (p, (TokenFact?)null, (string?)p.Values.First(v => Has(v, words))) : Text(p))]);
        return [Part(TokenFact.Input, InputWords), Part(TokenFact.Output, OutputWords)];
    }

    private static TokenEvent? OneSided(BillableEvent e, TokenFact side) =>
        e.TakesQuantity && CountsTokens(e) && Side(e) == side && e.Properties.All(p => !p.IsNumber) ? new TokenEvent(e, side, [.. e.Properties.Select(Text)]) : null;

    // A property without a number is the model, or something only the app knows: its function then takes the first value that prices name.
    private static (EventProperty, TokenFact?, string?) Text(EventProperty p) =>
        Has(p.Name, ["model"]) ? (p, TokenFact.Model, null) : (p, null, p.Values.Count > 0 ? p.Values[0] : "");

    private static TokenFact? Count(string name) =>
        Has(name, InputWords) ? TokenFact.Input : Has(name, OutputWords) ? TokenFact.Output : Has(name, TokenWords) ? TokenFact.Total : null;

    private static TokenFact? Side(BillableEvent e)
    {
        string[] names = [e.EventType, .. e.MeterIds];
        return names.Any(n => Has(n, InputWords)) ? TokenFact.Input : names.Any(n => Has(n, OutputWords)) ? TokenFact.Output : null;
    }

    private static bool CountsTokens(BillableEvent e) => e.MeterIds.Append(e.EventType).Concat(e.Products).Any(n => Has(n, TokenWords));

    private static bool IsDirection(EventProperty p) => !p.IsNumber && p.Values.Any(v => Has(v, InputWords)) && p.Values.Any(v => Has(v, OutputWords));

    private static bool Has(string name, string[] words) => Language.WordsOf(name).Any(words.Contains);
}
