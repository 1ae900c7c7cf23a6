using System.Globalization;
using System.Security.Claims;
using McpBilling.Operations;
using ModelContextProtocol.Server;

namespace McpBilling.Server.Mcp;

/// <summary>
/// Carries the caller of an HTTP request through the SDK, which hands on the request's user and refuses a session to anyone but the user who began it.
/// </summary>
internal sealed class CallerPrincipal(Caller caller) : ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, OwnerOf(caller))], "mcp-billing"))
{
    public Caller Caller { get; } = caller;

    /// <summary>The workspace and key whose sessions and questions are whose.</summary>
    public string Owner => OwnerOf(Caller);

    private static string OwnerOf(Caller caller) => string.Create(CultureInfo.InvariantCulture, $"{caller.WorkspaceKey}/{caller.KeyId ?? "local"}");
}

internal static class RequestCaller
{
    /// <summary>Revision from which a request needs no session and a refusal may have structured content.</summary>
    public const string DiscoverEra = "2026-07-28";

    /// <summary>The revisions before it, whose sessions begin with <c>initialize</c>.</summary>
    public static readonly IReadOnlyList<string> SessionRevisions = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];

    /// <exception cref="BillingException"><c>unauthenticated</c>.</exception>
    public static Caller CallerIn(this MessageContext request, McpSurface surface) =>
        (request.User as CallerPrincipal)?.Caller ?? surface.LocalCaller ?? throw new BillingException(ErrorCode.Unauthenticated, "The request carries no key.");

    public static bool IsDiscoverEra(this MessageContext request) =>
        string.CompareOrdinal(request.JsonRpcMessage.Context?.ProtocolVersion ?? request.Server.NegotiatedProtocolVersion ?? "", DiscoverEra) >= 0;
}
