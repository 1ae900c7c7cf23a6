using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Server.Hosting;

/// <summary>Who a request comes from: the key in its Authorization header, or the local user where that is allowed.</summary>
/// <param name="allowAnonymous">Requests without any key act as the local user. Only safe where every bound address is loopback.</param>
internal sealed class Authentication(IApiKeys keys, bool allowAnonymous, TimeProvider time)
{
    private const string Scheme = "Bearer ";

    /// <exception cref="BillingException"><c>unauthenticated</c> or <c>key_expired</c>; the same for unknown and malformed keys.</exception>
    public Caller Authenticate(HttpContext context)
    {
        var header = context.Request.Headers.Authorization;
        if (header.Count == 0)
        {
            return allowAnonymous ? keys.LocalCaller() : throw new BillingException(ErrorCode.Unauthenticated, "The request carries no key.");
        }
        string value = header[0] ?? "";
        if (header.Count > 1 || !value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            throw new BillingException(ErrorCode.Unauthenticated, "The Authorization header must be: Bearer, one space, the key.");
        }
        var key = keys.Find(value.AsSpan(Scheme.Length).Trim(' '));
        if (key is null)
        {
            throw new BillingException(ErrorCode.Unauthenticated, "The key is not known here.");
        }
        if (key.RevokedAt is not null)
        {
            throw new BillingException(ErrorCode.Unauthenticated, "The key was revoked.");
        }
        if (key.ExpiresAt is { } expires && Instant.From(time.GetUtcNow()) >= expires)
        {
            throw new BillingException(ErrorCode.KeyExpired, "The key has expired.");
        }
        return key.ToCaller();
    }

    /// <summary>
    /// For endpoints that are not the runtime API: puts the caller, or the reason why there is none, into the request's items. Without a caller only
    /// endpoints marked <see cref="AnswersUnauthenticated"/> are reached.
    /// </summary>
    public Task Identify(HttpContext context, RequestDelegate next)
    {
        // No endpoint, or routing's own answer to a wrong method: nothing to protect.
        if (context.GetEndpoint() is not RouteEndpoint endpoint || endpoint.Metadata.GetMetadata<Rest.RestEndpoint>() is not null)
        {
            return next(context);
        }
        try
        {
            context.Items[typeof(Caller)] = Authenticate(context);
        }
        catch (BillingException refusal) when (endpoint.Metadata.GetMetadata<AnswersUnauthenticated>() is not null)
        {
            context.Items[typeof(BillingException)] = refusal;
        }
        return next(context);
    }
}
