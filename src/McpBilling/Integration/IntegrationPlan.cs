using McpBilling.Catalog;
using Values = System.Collections.Generic.IReadOnlyDictionary<string, object>;

namespace McpBilling.Integration;

/// <summary>What was asked, and what the templates are filled with.</summary>
internal sealed class IntegrationPlan
{
    private readonly Dictionary<string, object> values;
    private readonly string[] functions;
    private readonly string[][] fields;

    public IntegrationPlan(GenerateIntegrationInput input, Language language, CatalogSnapshot catalog, IReadOnlyList<BillableEvent> events)
    {
        Input = input;
        Language = language;
        SellsCredit = catalog.Document.TopUps is not null;
        Events = events;
        functions = Distinct([.. events.Select(e => language.FunctionName(Language.WordsOf(e.EventType)))]);
        // The quantity's own parameter comes first, so that a property of that name gets another.
        fields = [.. events.Select(e => Distinct([language.FieldName(["quantity"]), .. e.Properties.Select(p => language.FieldName(Language.WordsOf(p.Name)))]))];
        Estimate = Example(0);
        values = new()
        {
            ["catalog_version"] = $"{catalog.Version}",
            ["top_ups"] = SellsCredit,
            ["hold"] = input.Style is not IntegrationStyle.RecordAfter,
            ["record_after"] = input.Style is IntegrationStyle.RecordAfter,
            ["streaming"] = input.Style is IntegrationStyle.Streaming,
            ["llm"] = input.Style is IntegrationStyle.Llm,
            ["closed"] = input.OnUnavailable is OnUnavailable.Closed,
            ["open"] = input.OnUnavailable is OnUnavailable.Open,
            ["logs"] = input.OnUnavailable is OnUnavailable.Open || input.Style is IntegrationStyle.Streaming,
            // A stream may be read for as long as somebody listens.
            ["ttl"] = input.Style is IntegrationStyle.Streaming ? "3600" : "900",
            ["asset"] = language.Literal(events[0].Asset),
            ["framework"] = input.Framework is not IntegrationFramework.None,
            ["events"] = events.Select(EventValues).ToArray(),
            ["products"] = events.SelectMany(e => e.Products).Distinct(StringComparer.Ordinal).Select(Values (id) => new Dictionary<string, object> { ["literal"] = language.Literal(id) }).ToArray(),
            ["any_decimal"] = events.Any(e => e.TakesQuantity),
            ["any_number"] = events.Any(e => e.Properties.Any(p => p.IsNumber)),
            ["any_properties"] = events.Any(e => e.Properties.Count > 0),
            ["first_name"] = functions[0],
            ["first_call"] = Estimate,
            ["parts"] = input.Style is IntegrationStyle.Llm ? TokenEvents.Of(events).Select(PartValues).ToArray() : Array.Empty<Values>(),
        };
    }

    public GenerateIntegrationInput Input { get; }
    public Language Language { get; }
    public IReadOnlyList<BillableEvent> Events { get; }

    /// <summary>Whether a customer without credit can buy some.</summary>
    public bool SellsCredit { get; }

    /// <summary>A call of the first event's function, for examples.</summary>
    public string Estimate { get; }

    public IReadOnlyList<GeneratedFile> Files() =>
    [
        .. Language.Files(Input.Framework, Input.Style).Select(f => new GeneratedFile
        {
            Path = f.Path,
            Content = TemplateFiles.Read(Language.WireName, f.Template).Fill(values),
            Purpose = f.Purpose,
        }),
    ];

    public IReadOnlyList<IntegrationVariable> Environment() =>
    [
        new() { Name = "MCP_BILLING_URL", Secret = false, Purpose = "Where the runtime API listens: runtime_url of get_started." },
        new() { Name = "MCP_BILLING_KEY", Secret = true, Purpose = "The app's key: create_api_key with env_file writes it, or in a terminal: mcp-billing keys create --name my-app. Never in code." },
        new() { Name = "MCP_BILLING_OUTBOX", Value = "billing-outbox", Secret = false, Purpose = "Folder for usage that waits for billing; it must outlive a restart." },
        new() { Name = "MCP_BILLING_TIMEOUT_MS", Value = "2000", Secret = false, Purpose = "How long one try may take; there are at most three." },
        new() { Name = Language.EnvironmentVariable, Secret = false, Purpose = "production, staging, development or test; goes along as X-Billing-Environment, so that a test key in production is found." },
        .. SellsCredit ? (IntegrationVariable[])[new() { Name = "MCP_BILLING_RETURN_URL", Secret = false, Purpose = "Where the portal, to which a customer without credit is sent, links back to: https://app.example.com/billing. May be left out." }] : [],
        .. Language.ReadWebhook is null ? [] : (IntegrationVariable[])[new() { Name = "MCP_BILLING_WEBHOOK_SECRET", Secret = true, Purpose = "Only where the app receives webhooks: whsec_…, answered once by POST /v1/webhook-endpoints. Never in code." }],
    ];

    private Dictionary<string, object> EventValues(BillableEvent e, int at)
    {
        var properties = e.Properties.Select(Values (p, i) => new Dictionary<string, object>
        {
            ["name"] = fields[at][i + 1],
            ["upper"] = fields[at][i + 1].ToUpperInvariant(),
            ["position"] = $"{i + (e.TakesQuantity ? 2 : 1)}",
            ["plain_name"] = fields[at][i + 1].TrimStart('@'),
            ["key"] = Language.Key(p.Name),
            ["type"] = Language.TypeOf(p),
            ["value"] = Language.ValueOf(p, fields[at][i + 1]),
            ["what"] = Language.Comment(What(p)),
        }).ToArray();
        return new()
        {
            ["name"] = functions[at],
            ["literal"] = Language.Literal(e.EventType),
            ["event_comment"] = Language.Comment(e.EventType),
            ["notes"] = e.Charges.Select(Values (c) => new Dictionary<string, object> { ["comment"] = Language.Comment(c) }).ToArray(),
            ["has_use"] = e.TakesQuantity || properties.Length > 0,
            ["quantity"] = e.TakesQuantity ? new Values[] { new Dictionary<string, object> { ["what"] = "How much was used." } } : [],
            ["quantity_name"] = fields[at][0],
            ["properties"] = properties,
            ["has_properties"] = properties.Length > 0,
        };
    }

    private static string What(EventProperty p) =>
        p.IsNumber ? "A number that is charged." : p.Values.Count > 0 ? $"Known to your prices: {string.Join(", ", p.Values.Take(8))}{(p.Values.Count > 8 ? " …" : "")}." : "A text that is charged by.";

    private Dictionary<string, object> PartValues(TokenEvent part)
    {
        int at = Enumerable.Range(0, Events.Count).First(i => Events[i] == part.Event);
        var arguments = new List<string>();
        if (part.Quantity is { } quantity)
        {
            arguments.Add(Language.Argument(fields[at][0], Language.Token(quantity)));
        }
        arguments.AddRange(part.Properties.Select((p, i) =>
            Language.Argument(fields[at][i + 1], p.Fact is { } fact ? Language.Token(fact) : Language.Literal(p.Value!))));
        return new() { ["name"] = functions[at], ["call"] = Language.Invoke(functions[at], arguments) };
    }

    private string Example(int at)
    {
        var e = Events[at];
        var arguments = e.Properties.Select((p, i) => Language.Argument(
            fields[at][i + 1], p.IsNumber ? Language.Whole(1) : Language.Literal(p.Values.Count > 0 ? p.Values[0] : "example")));
        return Language.Invoke(functions[at], e.TakesQuantity ? [Language.Argument(fields[at][0], Language.Whole(1)), .. arguments] : [.. arguments]);
    }

    private static string[] Distinct(IReadOnlyList<string> names)
    {
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        return [.. names.Select(name =>
        {
            string free = name;
            for (int n = 2; !taken.Add(free); n++)
            {
                free = $"{name}{n}";
            }
            return free;
        })];
    }
}
