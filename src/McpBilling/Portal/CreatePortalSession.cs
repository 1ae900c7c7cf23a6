using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using McpBilling.Customers;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Portal;

/// <summary>Asks for a customer's link into the portal.</summary>
public sealed record CreatePortalSessionInput
{
    [Description("Your app's id of the customer, who must exist."), RegularExpression(Customer.IdPattern), StringLength(Customer.MaxIdLength, MinimumLength = 1)]
    public required string CustomerId { get; init; }

    [Description("Where the portal links back to, such as https://app.example.com/billing: https, or http to localhost."), StringLength(2048, MinimumLength = 1)]
    public string? ReturnUrl { get; init; }

    [Description("Language of the portal: en, de, es, ja or ar; default: what the browser asks for."), RegularExpression(PortalLanguages.Pattern)]
    public string? Language { get; init; }
}

/// <summary>A link, shown once.</summary>
public sealed record CreatePortalSessionOutput : ICreated
{
    [Description("The session's id (portal_…), to revoke it.")]
    public required string Id { get; init; }

    public required string CustomerId { get; init; }

    [Description("Redirect the customer's browser here at once: it works a single time. Never log it, mail it or show it to anybody else.")]
    public required string Url { get; init; }

    [Description("When the link ends unless it is used.")]
    public required Instant ExpiresAt { get; init; }

    [JsonIgnore]
    public bool Created => true;
}

/// <summary>The use case. Each call makes another link; none can be had again, since only its hash is kept.</summary>
public sealed class CreatePortalSession : Operation<CreatePortalSessionInput, CreatePortalSessionOutput>
{
    [SetsRequiredMembers]
    public CreatePortalSession()
    {
        Name = "create_portal_session";
        Title = "Create a portal link";
        Description =
            "Makes a single-use link into the customer portal, where one customer sees balances, usage, entries and receipts and sets their own spending cap. Call it " +
            "from your app's backend when a signed-in customer opens billing, and redirect them to url. The link works once, for 10 minutes; the session lasts 12 hours.\n" +
            "Example: {\"customer_id\":\"user_123\",\"return_url\":\"https://app.example.com/settings\"}";
        ToolSet = ToolSet.Payments;
        Scope = Scopes.PortalWrite;
        Route = "POST /v1/portal-sessions";
        Creates = true;
        Idempotent = false;
    }

    public override async ValueTask<CreatePortalSessionOutput> Run(CreatePortalSessionInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        string? back = input.ReturnUrl is null ? null : CheckedReturn(input.ReturnUrl);
        string server = billing.Reads<IServerAddress>().Url
            ?? throw new BillingException(ErrorCode.PortalUnavailable, "This process has no HTTP side, so no browser could reach the portal.");
        var token = billing.Reads<IPortalTokens>().Make(caller.WorkspaceKey);
        var session = await billing.Commit(new AddPortalLink(input.CustomerId, token.Hash, back, input.Language), caller, cancellation);
        return new CreatePortalSessionOutput { Id = session.Id, CustomerId = session.CustomerId, Url = $"{server}/portal/enter/{token.Text}", ExpiresAt = session.ExpiresAt };
    }

    // It becomes a link on a page that customers trust: nothing that runs (javascript:) and nothing that can be read on the way.
    private static string CheckedReturn(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var address) && address.UserInfo.Length == 0 && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback))
            ? address.AbsoluteUri
            : throw new BillingException(ErrorCode.InvalidRequest, "return_url must be an absolute https address (http only to localhost) without a user name. Use one such as https://app.example.com/billing.", "return_url");
}
