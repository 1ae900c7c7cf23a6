namespace McpBilling.Integration;

internal sealed class CSharp : Language
{
    public override IntegrationLanguage Which => IntegrationLanguage.Csharp;
    public override IReadOnlyList<IntegrationFramework> Frameworks => [IntegrationFramework.Aspnetcore];
    public override string EnvironmentVariable => "ASPNETCORE_ENVIRONMENT";
    public override string? ReadWebhook => "Webhooks.Read";

    // Members of object and of the class itself; parameters escape with @.
    protected override IReadOnlyList<string> Reserved => ["Equals", "ReferenceEquals", "GetHashCode", "GetType", "ToString", "MemberwiseClone", "Finalize", "Events", "Products"];

    public override IEnumerable<(string Template, string Path, string Purpose)> Files(IntegrationFramework framework, IntegrationStyle style)
    {
        yield return ("BillingClient.cs", "Billing/BillingClient.cs", "The runtime API: authorize, capture, void, record; timeouts and retries.");
        yield return ("Outbox.cs", "Billing/Outbox.cs", "Keeps usage on disk while billing cannot be reached, and sends it again.");
        yield return ("Events.cs", "Billing/Events.cs", "Your event types, as functions.");
        yield return ("Biller.cs", "Billing/Biller.cs", "Billed(request, work): the order of the calls.");
        if (style is IntegrationStyle.Llm)
        {
            yield return ("Costs.cs", "Billing/Costs.cs", "ReportCost(owner, answer): what a call cost you, by way of the outbox.");
            yield return ("LlmBiller.cs", "Billing/LlmBiller.cs", "BilledCall(request, call): a model's call, by its tokens.");
        }
        yield return ("Webhooks.cs", "Billing/Webhooks.cs", "Webhooks.Read(header, body): verifies and reads what billing tells by itself.");
        yield return framework switch
        {
            IntegrationFramework.Aspnetcore => ("BillingEndpoints.cs", "Billing/BillingEndpoints.cs", "AddBilling and BilledResult: answers 402, 503 and 409."),
            _ => ("Example.cs", "Billing/Example.cs", "How Billed is called; run it once, then delete it."),
        };
    }

    public override string Call(IntegrationFramework framework, IntegrationStyle style, string estimate) => framework switch
    {
        IntegrationFramework.Aspnetcore =>
            $"builder.Services.AddBilling(); app.MapPost(\"/your/route\", (HttpContext http, Biller biller) => biller.BilledResult(http, customerId, {estimate}, (meter, stop) => YourWork())), customerId from your session",
        _ => $"await biller.Billed(new BilledRequest(customerId, requestId, {estimate}), (meter, stop) => YourWork(stop), stop)",
    };

    public override string FunctionName(IReadOnlyList<string> words) => Allowed(Pascal(words));
    public override string FieldName(IReadOnlyList<string> words) => "@" + Camel(words) is var name && Keywords.Contains(name[1..]) ? name : name[1..];
    public override string Literal(string text) => Quoted(text, '"');
    public override string TypeOf(EventProperty property) => property.IsNumber ? "decimal" : "string";
    public override string ValueOf(EventProperty property, string field) => field;
    public override string Argument(string field, string expression) => $"{field}: {expression}";
    public override string Invoke(string function, IReadOnlyList<string> arguments) => $"Events.{function}({string.Join(", ", arguments)})";
    public override string Whole(int number) => $"{number}";
    public override string Token(TokenFact fact) => fact switch
    {
        TokenFact.Input => "use.InputTokens",
        TokenFact.Output => "use.OutputTokens",
        TokenFact.Total => "use.InputTokens + use.OutputTokens",
        _ => "use.Model",
    };

    private static readonly string[] Keywords =
    [
        "abstract", "as", "base", "bool", "break", "byte", "case", "catch", "char", "checked", "class", "const", "continue", "decimal", "default", "delegate", "do", "double", "else",
        "enum", "event", "explicit", "extern", "false", "finally", "fixed", "float", "for", "foreach", "goto", "if", "implicit", "in", "int", "interface", "internal", "is", "lock",
        "long", "namespace", "new", "null", "object", "operator", "out", "override", "params", "private", "protected", "public", "readonly", "ref", "return", "sbyte", "sealed", "short",
        "sizeof", "stackalloc", "static", "string", "struct", "switch", "this", "throw", "true", "try", "typeof", "uint", "ulong", "unchecked", "unsafe", "ushort", "using", "virtual",
        "void", "volatile", "while",
    ];
}
