using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Operations;
using McpBilling.Webhooks;

namespace McpBilling.Server.Mcp.Keys;

internal sealed record NewWebhookEndpointInput
{
    [Description("Where to: https://example.com/webhooks/billing."), StringLength(EndpointUrl.MaxLength, MinimumLength = 8)]
    public required string Url { get; init; }

    [Description("Which messages, such as balance.low; leave out for all."), MaxLength(50)]
    public IReadOnlyList<string>? Types { get; init; }

    [Description("For people."), StringLength(200)]
    public string? Description { get; init; }

    [Description("Path inside the project; a file named .env, .env.* or *.env."), DefaultValue(EnvPlace.DefaultName), StringLength(300, MinimumLength = 1)]
    public string EnvFile { get; set; } = EnvPlace.DefaultName;

    [Description("Makes a retry safe."), StringLength(255, MinimumLength = 1)]
    public required string IdempotencyKey { get; init; }
}

/// <summary>Makes an endpoint for the app under construction and writes its secret where the app reads it. Only for the local user of stdio, whose disk it is.</summary>
internal sealed class CreateWebhookEndpoint : EnvFileTool<NewWebhookEndpointInput, KeptWebhookSecret>
{
    private readonly McpSurface surface;
    private readonly McpBilling.Webhooks.CreateWebhookEndpoint operation = new();

    [SetsRequiredMembers]
    public CreateWebhookEndpoint(McpSurface surface)
    {
        this.surface = surface;
        Name = operation.Name;
        Title = operation.Title;
        Description =
            "Sends what happens (balance low, exhausted, recovered; grant expiring; hold expired; top-ups, refunds, disputes; margin alerts) to an address of the app, signed by " +
            "Standard Webhooks, and writes MCP_BILLING_WEBHOOK_SECRET into an env file; no secret is shown. generate_integration has the receiver. Next: send_test_webhook, " +
            "list_webhook_deliveries.";
        ToolSet = operation.ToolSet;
        Scope = operation.Scope;
    }

    protected override async ValueTask<KeptWebhookSecret> Write(NewWebhookEndpointInput input, IReadOnlyList<string>? roots, Caller caller, CancellationToken cancellation) =>
        await WebhookSecret.Keep(surface, roots, input.EnvFile, async () =>
        {
            var asked = new CreateWebhookEndpointInput { Url = input.Url, Types = input.Types, Description = input.Description, IdempotencyKey = input.IdempotencyKey };
            var made = await operation.Run(asked, caller, surface.Billing, cancellation);
            return (made.Endpoint, made.Secret);
        });
}
