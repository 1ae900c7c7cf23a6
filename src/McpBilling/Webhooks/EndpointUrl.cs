using McpBilling.Operations;

namespace McpBilling.Webhooks;

/// <summary>
/// Which addresses may be named at all. Where a name leads is looked at each time it is called, since that can change; this only refuses what could never be
/// right. A test workspace may also name this machine and plain http: whether the server calls that is for whoever runs it to allow.
/// </summary>
public static class EndpointUrl
{
    public const int MaxLength = 2_000;

    /// <exception cref="BillingException"><c>invalid_request</c>, naming what is allowed.</exception>
    public static void Require(string url, Mode mode)
    {
        if (Problem(url, mode) is { } problem)
        {
            throw new BillingException(ErrorCode.InvalidRequest, $"url {problem}", "url");
        }
    }

    private static string? Problem(string url, Mode mode)
    {
        if (url.Any(c => c is <= ' ' or > '~') || !Uri.TryCreate(url, UriKind.Absolute, out var uri))
        {
            return "must be an absolute address such as https://example.com/webhooks/billing.";
        }
        bool isHttp = uri.Scheme == Uri.UriSchemeHttp && mode == Mode.Test;
        if (uri.Scheme != Uri.UriSchemeHttps && !isHttp)
        {
            return $"begins with {uri.Scheme[..Math.Min(uri.Scheme.Length, 20)]}: it must begin with https://{(mode == Mode.Test ? " (or http:// in a test workspace)" : "")}.";
        }
        if (uri.UserInfo.Length > 0 || uri.Fragment.Length > 0)
        {
            return "must not hold a user name, a password or a fragment. Messages are signed; remove what is before @ and after #.";
        }
        if (mode == Mode.Test)
        {
            return null;
        }
        string host = uri.IdnHost.TrimEnd('.');
        bool isName = uri.HostNameType == UriHostNameType.Dns && host.Contains('.', StringComparison.Ordinal);
        bool isLocal = LocalEndings.Any(e => host.EndsWith(e, StringComparison.OrdinalIgnoreCase));
        return isName && !isLocal ? null : "must name a public host, such as https://example.com/webhooks/billing; not an IP address, and not a name of your own network.";
    }

    private static readonly string[] LocalEndings = [".localhost", ".local", ".internal", ".lan", ".home", ".localdomain", ".home.arpa"];
}
