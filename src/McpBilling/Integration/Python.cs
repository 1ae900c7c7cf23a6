namespace McpBilling.Integration;

internal sealed class Python : Language
{
    public override IntegrationLanguage Which => IntegrationLanguage.Python;
    public override IReadOnlyList<IntegrationFramework> Frameworks => [IntegrationFramework.Fastapi, IntegrationFramework.Flask];
    public override string EnvironmentVariable => "APP_ENV";
    public override string? ReadWebhook => "read_webhook";

    protected override IReadOnlyList<string> Reserved =>
    [
        "and", "as", "assert", "async", "await", "break", "class", "continue", "decimal", "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
        "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield", "billed", "dict", "str", "re", "int", "float", "decimal_text", "plain_number",
    ];

    public override IEnumerable<(string Template, string Path, string Purpose)> Files(IntegrationFramework framework, IntegrationStyle style)
    {
        yield return ("__init__.py", "billing/__init__.py", "What your code imports.");
        yield return ("client.py", "billing/client.py", "The runtime API: authorize, capture, void, record; timeouts and retries.");
        yield return ("outbox.py", "billing/outbox.py", "Keeps usage on disk while billing cannot be reached, and sends it again.");
        yield return ("events.py", "billing/events.py", "Your event types, as functions.");
        yield return ("billed.py", "billing/billed.py", "billed(request, work): the order of the calls.");
        if (style is IntegrationStyle.Llm)
        {
            yield return ("cost.py", "billing/cost.py", "report_cost(customer_id, request_id, answer): what a call cost you, by way of the outbox.");
            yield return ("llm.py", "billing/llm.py", "billed_call(request, call): a model's call, by its tokens.");
        }
        yield return ("webhooks.py", "billing/webhooks.py", "read_webhook(headers, body): verifies and reads what billing tells by itself.");
        yield return framework switch
        {
            IntegrationFramework.Fastapi => ("fastapi.py", "billing/fastapi.py", "install(app): answers 402, 503 and 409; billed_route for a route whose work is billed."),
            IntegrationFramework.Flask => ("flask.py", "billing/flask.py", "install(app): answers 402, 503 and 409; billed_route for a route whose work is billed."),
            _ => ("none.py", "billing/example.py", "How billed is called; run it once, then delete it."),
        };
    }

    public override string Call(IntegrationFramework framework, IntegrationStyle style, string estimate) => framework switch
    {
        IntegrationFramework.None => $"billed(BilledRequest(customer_id, request_id, {estimate}), lambda meter: your_work())",
        _ => $"install(app) once; then in the route: billed_route(request, customer_id, {estimate}, lambda meter: your_work()), customer_id from your session",
    };

    public override string FunctionName(IReadOnlyList<string> words) => Reserved.Contains(Snake(words)) ? Snake(words) + "_event" : Snake(words);
    public override string FieldName(IReadOnlyList<string> words) => Reserved.Contains(Snake(words)) ? Snake(words) + "_" : Snake(words);
    public override string Literal(string text) => Quoted(text, '"');
    public override string TypeOf(EventProperty property) => property.IsNumber ? "int | float" : "str";
    public override string ValueOf(EventProperty property, string field) => property.IsNumber ? $"plain_number({field})" : field;
    public override string Argument(string field, string expression) => $"{field}={expression}";
    public override string Invoke(string function, IReadOnlyList<string> arguments) => $"{function}({string.Join(", ", arguments)})";
    public override string Whole(int number) => $"{number}";
    public override string Token(TokenFact fact) => fact switch
    {
        TokenFact.Input => "use.input_tokens",
        TokenFact.Output => "use.output_tokens",
        TokenFact.Total => "use.input_tokens + use.output_tokens",
        _ => "use.model",
    };
}
