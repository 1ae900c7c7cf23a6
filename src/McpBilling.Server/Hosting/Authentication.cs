using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Server.OAuth;

namespace McpBilling.Server.Hosting;

/// <summary>Who a request comes from: the key or access token in its Authorization header, or the local user where that is allowed.</summary>
/// <param name="allowAnonymous">Requests without any key act as the local user. Only safe where every bound address is loopback.</param>
internal sealed class Authentication(IApiKeys keys, bool allowAnonymous, TimeProvider time)
{
    private const string Scheme = "Bearer ";

    /// <summary>Takes access tokens too; null where no issuer is configured.</summary>
    public IAccessTokens? Tokens { get; init; }

    /// <summary>Counts requests; null where nothing limits them.</summary>
    public RequestLimits? Limits { get; init; }

    /// <exception cref="BillingException">
    /// <c>unauthenticated</c> (the same for unknown and malformed keys), <c>key_expired</c>, <c>invalid_token</c>, <c>issuer_unavailable</c>, <c>rate_limited</c>.
    /// </exception>
    public ValueTask<Caller> Authenticate(HttpContext context) => Tokens is null && Limits is null ? new(Find(context)) : FindAndCount(context);

    /// <summary>
    /// For endpoints that are not the runtime API: puts the caller, or the reason why there is none, into the request's items. Without a caller only
    /// endpoints marked <see cref="AnswersUnauthenticated"/> or <see cref="PublicEndpoint"/> are reached.
    /// </summary>
    // No endpoint, or routing's own answer to a wrong method: nothing to protect.
    public Task Identify(HttpContext context, RequestDelegate next) =>
        context.GetEndpoint() is RouteEndpoint endpoint && endpoint.Metadata.GetMetadata<Rest.RestEndpoint>() is null && endpoint.Metadata.GetMetadata<PublicEndpoint>() is null
            ? Identify(context, endpoint, next) : next(context);

    private async Task Identify(HttpContext context, RouteEndpoint endpoint, RequestDelegate next)
    {
        try
        {
            context.Items[typeof(Caller)] = await Authenticate(context);
        }
        catch (BillingException refusal) when (refusal.Code.Status == StatusCodes.Status401Unauthorized && endpoint.Metadata.GetMetadata<AnswersUnauthenticated>() is not null)
        {
            context.Items[typeof(BillingException)] = refusal;
        }
        await next(context);
    }

    private async ValueTask<Caller> FindAndCount(HttpContext context)
    {
        Caller caller;
        try
        {
            caller = Tokens is not null && TokenIn(context) is { } token ? await Tokens.CallerOf(token, context.RequestAborted) : Find(context);
        }
        catch (BillingException refusal) when (refusal.Code.Status == StatusCodes.Status401Unauthorized)
        {
            Limits?.TakeFailure(context);
            throw;
        }
        Limits?.Take(context, caller);
        return caller;
    }

    /// <summary>The credential, when it looks like a token and not like one of our keys, which have no dots.</summary>
    private static string? TokenIn(HttpContext context)
    {
        var header = context.Request.Headers.Authorization;
        return header.Count == 1 && header[0] is { } value && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && value.Contains('.', StringComparison.Ordinal) ? value[Scheme.Length..].Trim(' ') : null;
    }

    private Caller Find(HttpContext context)
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
        var key = keys.FindAtEnd(value, Scheme.Length);
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
}
