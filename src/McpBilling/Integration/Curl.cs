namespace McpBilling.Integration;

internal sealed class Curl : Language
{
    public override IntegrationLanguage Which => IntegrationLanguage.Curl;
    public override IReadOnlyList<IntegrationFramework> Frameworks => [];
    public override string EnvironmentVariable => "APP_ENV";
    public override string? ReadWebhook => null;

    // Events have a prefix, so that no event type is called like a command.
    protected override IReadOnlyList<string> Reserved => [];

    public override IEnumerable<(string Template, string Path, string Purpose)> Files(IntegrationFramework framework, IntegrationStyle style)
    {
        yield return ("billing.sh", "billing/billing.sh", "The runtime API and your event types as bash functions, and billed: the order of the calls.");
        yield return ("example.sh", "billing/example.sh", "How billed is called; run it once, then delete it.");
    }

    public override string Call(IntegrationFramework framework, IntegrationStyle style, string estimate) =>
        $"source billing/billing.sh; billed \"$customer_id\" \"$request_id\" \"{estimate}\" your_work_command";

    public override string FunctionName(IReadOnlyList<string> words) => "event_" + Snake(words);
    // The function has a variable of that name.
    public override string FieldName(IReadOnlyList<string> words) => Snake(words) is "properties" ? "properties_value" : Snake(words);
    public override string Literal(string text) => "'" + text.Replace("\0", "", StringComparison.Ordinal).Replace("'", "'\\''", StringComparison.Ordinal) + "'";
    public override string TypeOf(EventProperty property) => property.IsNumber ? "decimal" : "text";
    public override string ValueOf(EventProperty property, string field) => property.IsNumber ? $"$(json_decimal \"${field}\")" : $"$(json_text \"${field}\")";
    public override string Argument(string field, string expression) => expression;
    public override string Invoke(string function, IReadOnlyList<string> arguments) => $"$({string.Join(' ', arguments.Prepend(function))})";
    public override string Whole(int number) => $"{number}";
    public override string Token(TokenFact fact) => fact switch
    {
        TokenFact.Input => "\"$input_tokens\"",
        TokenFact.Output => "\"$output_tokens\"",
        TokenFact.Total => "\"$((input_tokens + output_tokens))\"",
        _ => "\"$model\"",
    };
}
