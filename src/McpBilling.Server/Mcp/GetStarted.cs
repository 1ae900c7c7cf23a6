using System.ComponentModel;
using System.Text.Json;
using McpBilling.Operations;

namespace McpBilling.Server.Mcp;

/// <summary>
/// The first tool of a conversation: where things are and what to do next. Made here rather than in the core because it tells of the program itself.
/// It never tells a key.
/// </summary>
internal sealed class GetStarted : Operation<GetStartedInput, GetStartedOutput>
{
    private readonly McpSurface surface;

    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    public GetStarted(McpSurface surface)
    {
        this.surface = surface;
        Name = "get_started";
        Title = "Get started";
        Description =
            "Call this first: where to begin when you are new here, and what to do next, step by step. Says which workspace this is and its mode (test or live), " +
            "what it holds, the local URL and port on which the runtime API is running for the app's requests, the environment variables the app needs, and an " +
            "example catalog. Next: apply_catalog.";
        ToolSet = ToolSet.Setup;
        Scope = Scopes.CatalogRead;
        Reads = true;
    }

    public override async ValueTask<GetStartedOutput> Run(GetStartedInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        var reads = new OperationReads(surface);
        var catalog = await reads.Catalog(caller, cancellation);
        var customers = await reads.Customers(caller, cancellation);
        var holds = new WorkspaceContents(
            Count(catalog, "assets"), Count(catalog, "meters"), Count(catalog, "products"),
            catalog is { } document && document.TryGetProperty("products", out var products) ? products.EnumerateArray().Sum(p => Count(p, "prices")) : 0,
            customers is { } page ? page.TryGetProperty("total", out var total) && total.TryGetInt32(out int all) ? all : Count(page, "customers") : 0);
        return new GetStartedOutput(
            BillingServer.Version, surface.Workspace, caller.Mode, holds, surface.RuntimeUrl,
            surface.RuntimeUrl is null ? null : surface.RuntimeUrl + BillingMcp.Path,
            Variables(caller), Steps(holds, caller), JsonDocument.Parse(ExampleCatalog).RootElement.Clone());
    }

    /// <summary>"Charge 4 cents per image, 100 free credits at sign-up": credits first, dollars when they are spent.</summary>
    public const string ExampleCatalog =
        """
        {"assets":[{"id":"credits","name":"Image credits"}],
         "meters":[{"id":"images","event_type":"image.generated","aggregation":"sum"}],
         "products":[{"id":"image-generation","name":"Image generation","charge":"first_affordable","prices":[
           {"id":"image-credits","meter":"images","asset":"credits","model":"per_unit","unit_price":"1"},
           {"id":"image-usd","meter":"images","asset":"usd","model":"per_unit","unit_price":"0.04"}]}],
         "signup":{"grants":[{"asset":"credits","amount":"100"}]},
         "customers":{"auto_create":true}}
        """;

    private static int Count(JsonElement? document, string section) =>
        document is { ValueKind: JsonValueKind.Object } at && at.TryGetProperty(section, out var items) && items.ValueKind == JsonValueKind.Array ? items.GetArrayLength() : 0;

    private EnvironmentVariable[] Variables(Caller caller) =>
    [
        new("MCP_BILLING_URL", surface.RuntimeUrl ?? "http://127.0.0.1:7171", "Where the app reaches the runtime API (/v1)."),
        new("MCP_BILLING_KEY", null,
            surface.MakesKeys && caller.ScopeNames.Contains(Scopes.Admin)
                ? "The app's key. create_api_key makes it and writes both variables into the project's .env; nobody sees it, and it belongs into no other file."
                : $"The app's key. Have the user make it in a terminal and put it into the app's secrets; it is shown once and never here: mcp-billing keys create --name my-app{(caller.Mode == Mode.Live ? " --mode live" : "")}"),
    ];

    /// <summary>The way from an empty folder to a proven charge; only tools that this process offers are named.</summary>
    private List<string> Steps(WorkspaceContents holds, Caller caller)
    {
        var offered = surface.Tools.Select(o => o.Name).ToHashSet(StringComparer.Ordinal);
        List<string> steps =
        [
            holds.Products == 0
                ? "apply_catalog: adapt example_catalog to what the user sells, show the answer of dry_run: true, then apply it. Keep the same document as billing.json in the app's repository."
                : "get_catalog shows what is sold. Change it with apply_catalog or a define_ tool, dry_run: true first.",
        ];
        if (offered.Contains("generate_integration"))
        {
            steps.Add("generate_integration {language, framework, style}: write its files into the app, and put the call where placement says.");
        }
        else if (surface.RuntimeUrl is { } url)
        {
            steps.Add($"Wire the app: before the work POST {url}/v1/usage/authorize, after it POST {url}/v1/holds/{{hold_id}}/capture. OpenAPI is at {url}/openapi/v1.json.");
        }
        steps.Add(surface.MakesKeys && caller.ScopeNames.Contains(Scopes.Admin)
            ? "create_api_key {name: \"my-app\"}: it writes MCP_BILLING_URL and MCP_BILLING_KEY into the project's .env. Do not read that file."
            : "Have the user make the app's key in a terminal: mcp-billing keys create --name my-app. It goes into MCP_BILLING_KEY.");
        if (surface.RuntimeUrl is null)
        {
            steps.Add("The app calls the runtime API, which this process does not serve: start it with mcp-billing serve.");
        }
        steps.Add(offered.Contains("verify_integration")
            ? "Run the app, do one action, and call verify_integration: it judges what arrived, with the fix of what failed, and stores the proof."
            : "Run the app, do one action, and look at the effect with list_usage and get_wallet.");
        steps.Add(holds.Customers == 0
            ? "Customers are made by their first use, under the app's own user id, or by save_customer. authorize_usage and capture_hold try a charge by hand."
            : "get_wallet shows what a customer has, list_customers finds them.");
        if (caller.Mode == Mode.Test)
        {
            steps.Add("This is a test workspace: no real money. Go live with the same billing.json (mcp-billing apply billing.json --mode live shows the difference first) and a key of mode live.");
        }
        return steps;
    }
}

internal sealed record GetStartedInput;

internal sealed record GetStartedOutput(
    [property: Description("Version of the program.")] string Version,
    [property: Description("Name of the workspace.")] string Workspace,
    [property: Description("test: nothing is real money; live: it is.")] Mode Mode,
    [property: Description("How much of each there is.")] WorkspaceContents Contents,
    [property: Description("Where the runtime API listens; absent when this process serves none.")] string? RuntimeUrl,
    [property: Description("Where MCP listens over HTTP.")] string? McpUrl,
    [property: Description("What the app needs in its environment.")] IReadOnlyList<EnvironmentVariable> Environment,
    [property: Description("What to do next, in order.")] IReadOnlyList<string> NextSteps,
    [property: Description("A billing.json for: 4 cents per image, 100 free credits at sign-up."), JsonShape(JsonShapeAttribute.AnyObject)] JsonElement ExampleCatalog);

internal sealed record WorkspaceContents(int Assets, int Meters, int Products, int Prices, int Customers);

internal sealed record EnvironmentVariable(string Name, [property: Description("Absent for a secret.")] string? Value, string Purpose);
