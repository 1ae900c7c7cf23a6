using McpBilling.Operations;

namespace McpBilling.Server.Hosting;

/// <summary>What <c>WWW-Authenticate</c> says to whom was refused (RFC 6750, RFC 9728), so that a client can get what it lacks without asking a person.</summary>
internal static class BearerChallenge
{
    private const string Realm = "Bearer realm=\"mcp-billing\"";

    /// <summary>What a client should ask for first: enough to look around. More it is told when it needs it.</summary>
    private static readonly string First = Join(Scopes.ReadOnly);

    /// <summary>Nothing, or nothing good, was sent.</summary>
    /// <param name="metadata">Where the protected-resource metadata is; null outside MCP.</param>
    /// <param name="sent">Whether a credential was sent; then the challenge says that it is no good.</param>
    public static string ForUnauthenticated(string? metadata, bool sent, string why) =>
        Realm + Metadata(metadata) + (sent ? Error("invalid_token", why) : "") + (metadata is null ? "" : $", scope=\"{First}\"");

    /// <summary>The scopes that the caller has and the one it lacks: a client that asks for just these loses none.</summary>
    public static string ForMissingScope(string? metadata, Caller caller, string scope) =>
        Realm + Metadata(metadata) + Error("insufficient_scope", $"This needs the scope {scope}.") + $", scope=\"{Join(caller.ScopeNames.Append(scope))}\"";

    private static string Metadata(string? address) => address is null ? "" : $", resource_metadata=\"{address}\"";

    private static string Error(string code, string why) => $", error=\"{code}\", error_description=\"{Quotable(why)}\"";

    private static string Join(IEnumerable<string> scopes) => string.Join(' ', scopes.Distinct().Order(StringComparer.Ordinal));

    // RFC 6750, 3: what may stand in a description.
    private static string Quotable(string text) => string.Concat(text.Where(c => c is >= ' ' and <= '~' and not '"' and not '\\'));
}
