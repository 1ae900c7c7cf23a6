using McpBilling.Operations;

namespace McpBilling.Server.OAuth;

/// <summary>Turns an OAuth access token into a caller.</summary>
internal interface IAccessTokens
{
    /// <summary>Begins the <see cref="Caller.KeyId"/> of callers that came by a token; the token's subject follows.</summary>
    const string KeyPrefix = "oauth:";

    /// <exception cref="BillingException"><c>invalid_token</c>, or <c>issuer_unavailable</c> while its keys cannot be had.</exception>
    ValueTask<Caller> CallerOf(string token, CancellationToken cancellation);

    /// <summary>Whether the caller can get a token with more scopes. A key has the scopes it has.</summary>
    static bool CanStepUp(Caller caller) => caller.KeyId?.StartsWith(KeyPrefix, StringComparison.Ordinal) == true;
}
