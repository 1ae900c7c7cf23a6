namespace McpBilling.Integration;

internal sealed class GoLanguage : Language
{
    public override IntegrationLanguage Which => IntegrationLanguage.Go;
    public override IReadOnlyList<IntegrationFramework> Frameworks => [IntegrationFramework.Nethttp];
    public override string EnvironmentVariable => "APP_ENV";
    public override string? ReadWebhook => "billing.ReadWebhook";

    // What the package has of its own.
    protected override IReadOnlyList<string> Reserved =>
    [
        "UsageEvent", "RecordedEvent", "Subject", "Decimal", "Whole", "Products", "Billed", "BilledRequest", "Meter", "Receipt", "Charge", "Authorization", "AssetAmount",
        "PaymentRequiredError", "ErrUnavailable", "RefusedError", "UsageCall", "Result", "ExampleBilled", "TokenUse", "TokensUsed", "EstimateTokens", "LLMRequest", "BilledCall", "Handler", "Flush", "Start",
        "WebhookMessage", "ErrWebhookRefused", "ReadWebhook",
    ];

    public override IEnumerable<(string Template, string Path, string Purpose)> Files(IntegrationFramework framework, IntegrationStyle style)
    {
        yield return ("client.go", "billing/client.go", "The runtime API: authorize, capture, void, record; timeouts and retries.");
        yield return ("outbox.go", "billing/outbox.go", "Keeps usage on disk while billing cannot be reached, and sends it again.");
        yield return ("events.go", "billing/events.go", "Your event types, as functions.");
        yield return ("billed.go", "billing/billed.go", "Billed(ctx, request, work): the order of the calls.");
        if (style is IntegrationStyle.Llm)
        {
            yield return ("cost.go", "billing/cost.go", "ReportCost(owner, answer): what a call cost you, by way of the outbox.");
            yield return ("llm.go", "billing/llm.go", "BilledCall(ctx, request, call): a model's call, by its tokens.");
        }
        yield return ("webhooks.go", "billing/webhooks.go", "ReadWebhook(header, body): verifies and reads what billing tells by itself.");
        yield return framework switch
        {
            IntegrationFramework.Nethttp => ("nethttp.go", "billing/nethttp.go", "Handler(describe, work): an http.Handler that answers 402, 503 and 409."),
            _ => ("example_test.go", "billing/example_test.go", "How Billed is called."),
        };
    }

    public override string Call(IntegrationFramework framework, IntegrationStyle style, string estimate) => framework switch
    {
        IntegrationFramework.Nethttp =>
            $"mux.Handle(\"/your/route\", billing.Handler(func(r *http.Request) (billing.BilledRequest, error) {{ return billing.BilledRequest{{CustomerID: /* from your session */, Estimate: {estimate}}}, nil }}, yourWork))",
        _ => $"result, err := billing.Billed(ctx, billing.BilledRequest{{CustomerID: customerID, RequestID: requestID, Estimate: {estimate}}}, yourWork)",
    };

    public override string FunctionName(IReadOnlyList<string> words) => Allowed(Pascal(words));
    public override string FieldName(IReadOnlyList<string> words) => Keywords.Contains(Camel(words)) ? Camel(words) + "_" : Camel(words);
    public override string Literal(string text) => Quoted(text, '"');
    public override string TypeOf(EventProperty property) => property.IsNumber ? "Decimal" : "string";
    public override string ValueOf(EventProperty property, string field) => field;
    public override string Argument(string field, string expression) => expression;
    public override string Invoke(string function, IReadOnlyList<string> arguments) => $"{function}({string.Join(", ", arguments)})";
    public override string Whole(int number) => $"Whole({number})";
    public override string Token(TokenFact fact) => fact switch
    {
        TokenFact.Input => "Whole(use.InputTokens)",
        TokenFact.Output => "Whole(use.OutputTokens)",
        TokenFact.Total => "Whole(use.InputTokens + use.OutputTokens)",
        _ => "use.Model",
    };

    private static readonly string[] Keywords =
    [
        "break", "case", "chan", "const", "continue", "default", "defer", "else", "fallthrough", "for", "func", "go", "goto", "if", "import", "interface", "map", "package", "range",
        "return", "select", "struct", "switch", "type", "var", "string", "any", "true", "false", "nil", "event",
    ];
}
