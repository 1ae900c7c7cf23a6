using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Customers;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Portal;

/// <summary>Asks that links and sessions end.</summary>
public sealed record RevokePortalSessionsInput
{
    [Description("End this one: the id that create_portal_session answered."), StringLength(64, MinimumLength = 1)]
    public string? Id { get; init; }

    [Description("Or end every link and session of this customer, such as when they sign out."), RegularExpression(Customer.IdPattern), StringLength(Customer.MaxIdLength, MinimumLength = 1)]
    public string? CustomerId { get; init; }
}

/// <summary>What ended.</summary>
public sealed record RevokePortalSessionsOutput
{
    [Description("How many links and sessions were open; 0 when all were over.")]
    public required int Revoked { get; init; }
}

/// <summary>The use case.</summary>
public sealed class RevokePortalSessions : Operation<RevokePortalSessionsInput, RevokePortalSessionsOutput>
{
    [SetsRequiredMembers]
    public RevokePortalSessions()
    {
        Name = "revoke_portal_sessions";
        Title = "Revoke portal links and sessions";
        Description = "Ends a link or session of the customer portal at once, or all of a customer: a stolen laptop, a signed-out user, an account that changed hands.";
        ToolSet = ToolSet.Wallets;
        Scope = Scopes.PortalWrite;
        Route = "POST /v1/portal-sessions/revoke";
        Destroys = true;
        HasTool = false;
    }

    public override async ValueTask<RevokePortalSessionsOutput> Run(RevokePortalSessionsInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        if (input.Id is null == input.CustomerId is null)
        {
            string problem = input.Id is null ? "id and customer_id are both missing" : "id and customer_id exclude each other";
            throw new BillingException(ErrorCode.InvalidRequest, $"{problem}: send id to end one session, or customer_id to end all of a customer.", "id");
        }
        var ended = await billing.Commit(new EndPortalSessions(input.Id, input.CustomerId), caller, cancellation);
        return ended.Found ? new RevokePortalSessionsOutput { Revoked = ended.Count }
            : input.Id is not null ? throw new BillingException(ErrorCode.PortalSessionNotFound, $"There is no portal session {WalletSession.Shown(input.Id)}.", "id")
            : throw new BillingException(ErrorCode.CustomerNotFound, $"There is no customer {WalletSession.Shown(input.CustomerId!)}.", "customer_id");
    }
}
