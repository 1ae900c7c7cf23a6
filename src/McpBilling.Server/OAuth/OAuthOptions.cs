using System.Net;
using McpBilling.Operations;
using McpBilling.Server.Commands;

namespace McpBilling.Server.OAuth;

/// <summary>Whose access tokens are taken besides our own keys, and what they reach.</summary>
/// <param name="Issuer">Exactly as it stands in the tokens' <c>iss</c>.</param>
/// <param name="Audience">Exactly as it stands in the tokens' <c>aud</c>; by RFC 8707 the address of <c>/mcp</c>.</param>
/// <param name="Mode">The workspace that tokens reach: test or live.</param>
/// <param name="ModeClaim">A claim that says <c>test</c> or <c>live</c> and overrules <paramref name="Mode"/>; null to look at none.</param>
internal sealed record OAuthOptions(string Issuer, string Audience, Mode Mode, string? ModeClaim)
{
    /// <exception cref="CommandException">The issuer's keys could be changed on their way here, or the audience is missing.</exception>
    public static OAuthOptions Parse(string issuer, string? audience, Mode mode, string? modeClaim)
    {
        if (!Uri.TryCreate(issuer, UriKind.Absolute, out var uri) || uri.Query.Length + uri.Fragment.Length + uri.UserInfo.Length > 0 || !IsSafe(uri))
        {
            throw new CommandException($"{issuer} is not an issuer: write its https address as it stands in the tokens' iss; plain http is for issuers on this machine only.", ExitCodes.Usage);
        }
        if (string.IsNullOrWhiteSpace(audience))
        {
            throw new CommandException("--oauth-audience is missing: the address of this server as it stands in the tokens' aud, usually that of --public-url with /mcp.", ExitCodes.Usage);
        }
        return new(issuer, audience, mode, string.IsNullOrWhiteSpace(modeClaim) ? null : modeClaim);
    }

    /// <summary>Whether what this address answers is what its owner said: https, or this machine itself.</summary>
    public static bool IsSafe(Uri uri) => uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && IsLoopback(uri));

    private static bool IsLoopback(Uri uri) => uri.Host == "localhost" || (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
}
