namespace McpBilling.Integration;

internal sealed class TypeScript : Language
{
    public override IntegrationLanguage Which => IntegrationLanguage.Typescript;
    public override IReadOnlyList<IntegrationFramework> Frameworks => [IntegrationFramework.Express, IntegrationFramework.Nextjs];
    public override string EnvironmentVariable => "NODE_ENV";
    public override string? ReadWebhook => "readWebhook";

    protected override IReadOnlyList<string> Reserved =>
    [
        "await", "break", "case", "catch", "class", "const", "continue", "debugger", "decimal", "default", "delete", "do", "else", "enum", "export", "extends", "false",
        "finally", "for", "function", "if", "import", "in", "instanceof", "let", "new", "null", "package", "private", "protected", "public", "return", "static", "super",
        "switch", "this", "throw", "true", "try", "typeof", "var", "void", "while", "with", "yield", "billed", "arguments", "eval", "exact", "String",
    ];

    public override IEnumerable<(string Template, string Path, string Purpose)> Files(IntegrationFramework framework, IntegrationStyle style)
    {
        yield return ("client.ts", "billing/client.ts", "The runtime API: authorize, capture, void, record; timeouts and retries.");
        yield return ("outbox.ts", "billing/outbox.ts", "Keeps usage on disk while billing cannot be reached, and sends it again.");
        yield return ("events.ts", "billing/events.ts", "Your event types, as functions.");
        yield return ("billed.ts", "billing/billed.ts", "billed(request, work): the order of the calls.");
        if (style is IntegrationStyle.Llm)
        {
            yield return ("cost.ts", "billing/cost.ts", "reportCost(owner, answer): what a call cost you, by way of the outbox.");
            yield return ("llm.ts", "billing/llm.ts", "billedCall(request, call): a model's call, by its tokens.");
        }
        yield return ("webhooks.ts", "billing/webhooks.ts", "readWebhook(headers, body): verifies and reads what billing tells by itself.");
        yield return framework switch
        {
            IntegrationFramework.Express => ("express.ts", "billing/express.ts", "billedRoute(describe, work): an Express handler that answers 402, 503 and 409."),
            IntegrationFramework.Nextjs => ("nextjs.ts", "billing/nextjs.ts", "billedRoute(describe, work): a route handler that answers 402, 503 and 409."),
            _ => ("none.ts", "billing/example.ts", "How billed is called; run it once, then delete it."),
        };
    }

    public override string Call(IntegrationFramework framework, IntegrationStyle style, string estimate) => framework switch
    {
        IntegrationFramework.Express => $"app.post('/your/route', billedRoute((request) => ({{ customerId: /* from your session */, estimate: {estimate} }}), async (request, meter) => yourWork(request)))",
        IntegrationFramework.Nextjs => $"export const POST = billedRoute(async (request) => ({{ customerId: /* from your session */, estimate: {estimate} }}), async (request, meter) => yourWork(request))",
        _ => $"await billed({{ customerId, requestId, estimate: {estimate} }}, async (meter) => yourWork())",
    };

    public override string FunctionName(IReadOnlyList<string> words) => Allowed(Camel(words));
    public override string FieldName(IReadOnlyList<string> words) => Camel(words);
    public override string Literal(string text) => Quoted(text, '\'');
    public override string Key(string name) => name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') ? name : Literal(name);
    public override string TypeOf(EventProperty property) => property.IsNumber ? "number" : "string";
    public override string ValueOf(EventProperty property, string field) => property.IsNumber ? $"exact(use.{field})" : $"use.{field}";
    public override string Argument(string field, string expression) => field == expression ? field : $"{field}: {expression}";
    public override string Invoke(string function, IReadOnlyList<string> arguments) => arguments.Count == 0 ? $"{function}()" : $"{function}({{ {string.Join(", ", arguments)} }})";
    public override string Whole(int number) => $"{number}";
    public override string Token(TokenFact fact) => fact switch
    {
        TokenFact.Input => "use.inputTokens",
        TokenFact.Output => "use.outputTokens",
        TokenFact.Total => "use.inputTokens + use.outputTokens",
        _ => "use.model",
    };
}
