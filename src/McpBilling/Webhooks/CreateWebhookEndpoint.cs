using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using McpBilling.Operations;

namespace McpBilling.Webhooks;

/// <summary>Asks for messages to be sent somewhere.</summary>
public sealed record CreateWebhookEndpointInput
{
    [Description("Where to: https://example.com/webhooks/billing."), StringLength(EndpointUrl.MaxLength, MinimumLength = 8)]
    public required string Url { get; init; }

    [Description("Which messages, such as balance.low; leave out for all."), MaxLength(50)]
    public IReadOnlyList<string>? Types { get; init; }

    [Description("For people."), StringLength(200)]
    public string? Description { get; init; }

    [Description("Makes a retry safe."), StringLength(255, MinimumLength = 1)]
    public required string IdempotencyKey { get; init; }
}

/// <summary>The endpoint, and its secret.</summary>
public sealed record CreateWebhookEndpointOutput : ICreated
{
    public required WebhookEndpointView Endpoint { get; init; }

    [Description("Verifies the signatures (whsec_…). Keep it; it is shown only here.")]
    public required string Secret { get; init; }

    [Description("True when this is the answer of an earlier request with the same key and input.")]
    public bool Replayed { get; init; }

    [JsonIgnore]
    public bool Created => !Replayed;
}

/// <summary>The use case. Its answer holds a secret, which no tool result may: the tool of this name (in the server) writes it into an env file.</summary>
public sealed class CreateWebhookEndpoint : Operation<CreateWebhookEndpointInput, CreateWebhookEndpointOutput>
{
    [SetsRequiredMembers]
    public CreateWebhookEndpoint()
    {
        Name = "create_webhook_endpoint";
        Title = "Create a webhook endpoint";
        Description =
            "Sends what happens (balance low, exhausted, recovered; grant expiring; hold expired; top-ups, refunds, disputes; margin alerts) to an address of yours, signed by " +
            "Standard Webhooks. Answers the signing secret once. Next: send_test_webhook, list_webhook_deliveries.";
        ToolSet = ToolSet.Admin;
        Scope = Scopes.WebhooksWrite;
        Route = "POST /v1/webhook-endpoints";
        Creates = true;
        HasTool = false;
    }

    public override ValueTask<CreateWebhookEndpointOutput> Run(CreateWebhookEndpointInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        EndpointUrl.Require(input.Url, caller.Mode);
        MessageTypes.Require(input.Types ?? [], "types");
        var hash = new InputHash(stackalloc byte[256]);
        hash.Add(input.Url);
        hash.Add(input.Description);
        foreach (string type in input.Types ?? [])
        {
            hash.Add(type);
        }
        return billing.Commit(new AddEndpoint(input, hash.Finish()), caller, cancellation);
    }
}
