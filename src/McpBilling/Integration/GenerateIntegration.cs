using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Catalog;
using McpBilling.Operations;

namespace McpBilling.Integration;

/// <summary>Languages that code can be generated in.</summary>
public enum IntegrationLanguage
{
    Typescript,
    Python,
    Csharp,
    Go,
    Curl,
}

/// <summary>Web frameworks that the code can answer in.</summary>
public enum IntegrationFramework
{
    None,
    Express,
    Nextjs,
    Fastapi,
    Flask,
    Aspnetcore,
    Nethttp,
}

/// <summary>In which order billing is asked and told.</summary>
public enum IntegrationStyle
{
    /// <summary>A hold before the work, the real usage after it.</summary>
    AuthorizeCapture,

    /// <summary>The usage after the work; before it only the customer's standing.</summary>
    RecordAfter,

    /// <summary>A hold, charged in parts while the work goes on.</summary>
    Streaming,

    /// <summary>A call of a language model: held by an estimate, charged by the provider's count of tokens.</summary>
    Llm,
}

/// <summary>What the app does when billing cannot be asked.</summary>
public enum OnUnavailable
{
    /// <summary>It does not do the work.</summary>
    Closed,

    /// <summary>It does the work and reports it later.</summary>
    Open,
}

/// <summary>Asks for code.</summary>
public sealed record GenerateIntegrationInput
{
    [Description("The app's language.")]
    public required IntegrationLanguage Language { get; init; }

    [DefaultValue(IntegrationFramework.None)]
    [Description("express, nextjs: typescript; fastapi, flask: python; aspnetcore: csharp; nethttp: go.")]
    public IntegrationFramework Framework { get; set; } = IntegrationFramework.None;

    [DefaultValue(IntegrationStyle.AuthorizeCapture)]
    [Description("authorize_capture: hold, work, charge; record_after: trust, then charge; streaming: charge in parts; llm: by tokens.")]
    public IntegrationStyle Style { get; set; } = IntegrationStyle.AuthorizeCapture;

    [MaxLength(100)]
    [Description("Product ids to bill; default all.")]
    public IReadOnlyList<string>? Products { get; init; }

    [DefaultValue(OnUnavailable.Closed)]
    [Description("When billing is down: refuse the work, or do it and report later.")]
    public OnUnavailable OnUnavailable { get; set; } = OnUnavailable.Closed;
}

/// <summary>One whole file.</summary>
public sealed record GeneratedFile
{
    [Description("Where it goes, relative to the app's source folder.")]
    public required string Path { get; init; }

    public required string Content { get; init; }
    public required string Purpose { get; init; }
}

/// <summary>What the app needs in its environment.</summary>
public sealed record IntegrationVariable
{
    public required string Name { get; init; }

    [Description("The default where there is one; never a secret.")]
    public string? Value { get; init; }

    [Description("Keep it out of code and logs.")]
    public required bool Secret { get; init; }

    public required string Purpose { get; init; }
}

/// <summary>Code, and what to do with it.</summary>
public sealed record GenerateIntegrationOutput
{
    public required IReadOnlyList<GeneratedFile> Files { get; init; }
    public required IReadOnlyList<IntegrationVariable> Environment { get; init; }

    [Description("Where the call goes, in order.")]
    public required IReadOnlyList<string> Placement { get; init; }

    [Description("What to try, and what must come of it.")]
    public required IReadOnlyList<string> TestPlan { get; init; }

    [Description("The catalog that the names come from.")]
    public required long CatalogVersion { get; init; }
}

/// <summary>The use case: code for the builder's app, in the names of the builder's catalog. It writes nothing and holds no secret.</summary>
public sealed class GenerateIntegration : Operation<GenerateIntegrationInput, GenerateIntegrationOutput>
{
    [SetsRequiredMembers]
    public GenerateIntegration()
    {
        Name = "generate_integration";
        Title = "Generate an integration";
        Description =
            "Writes the code that wires or hooks billing into the user's app: whole files for Express, Next.js, FastAPI, Flask, ASP.NET, Go or plain Python, " +
            "TypeScript, C#, curl (client, middleware), where the call goes in your endpoint, a test plan. Needs a catalog. Next: write the files unchanged, " +
            "create_api_key, run it, verify_integration.";
        ToolSet = ToolSet.Setup;
        Scope = Scopes.CatalogRead;
        Route = "POST /v1/integrations";
        Reads = true;
    }

    public override async ValueTask<GenerateIntegrationOutput> Run(
        GenerateIntegrationInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        var language = Language.Of(input.Language);
        CheckFramework(input.Framework, language);
        var catalog = await billing.Reads<ICatalogReads>().Current(caller);
        var events = BillableEvent.Of(catalog.Document, input.Products);
        var plan = new IntegrationPlan(input, language, catalog, events);
        return new GenerateIntegrationOutput
        {
            Files = plan.Files(),
            Environment = plan.Environment(),
            Placement = IntegrationAdvice.Placement(plan),
            TestPlan = IntegrationAdvice.TestPlan(plan),
            CatalogVersion = catalog.Version,
        };
    }

    private static void CheckFramework(IntegrationFramework framework, Language language)
    {
        if (framework is IntegrationFramework.None || language.Frameworks.Contains(framework))
        {
            return;
        }
        string wanted = Language.Name(framework);
        string home = Language.All.Single(l => l.Frameworks.Contains(framework)).WireName;
        string allowed = string.Join(", ", language.Frameworks.Prepend(IntegrationFramework.None).Select(f => Language.Name(f)));
        throw new BillingException(
            ErrorCode.InvalidRequest, $"framework is {wanted}, which is for {home}; {language.WireName} has {allowed}. Send one of those, or language {home}.", "framework");
    }
}
