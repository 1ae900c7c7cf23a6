using System.Collections.Frozen;
using System.Net;

namespace McpBilling.Server.Hosting;

/// <summary>
/// The host names under which this server may be addressed, and pages of which may call it. A page on the web can point its own name at a loopback
/// address (DNS rebinding), so the address a connection arrives on proves nothing; the name in the request does.
/// </summary>
internal sealed class AllowedHosts
{
    /// <summary>Allows every name: for servers behind a proxy that checks names itself.</summary>
    public const string Any = "*";

    private static readonly string[] Loopback = ["localhost", "127.0.0.1", "[::1]"];

    private readonly FrozenSet<string> names;
    private readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> lookup;
    private readonly bool any;
    private readonly bool anyAddress;

    /// <param name="named">From <c>--allowed-hosts</c>, without ports.</param>
    public AllowedHosts(IEnumerable<string> named, ListenUrls urls)
    {
        var hosts = Loopback.Concat(named.Select(n => n.Trim())).Concat(urls.Hosts).Where(n => n.Length > 0).ToArray();
        names = hosts.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
        lookup = names.GetAlternateLookup<ReadOnlySpan<char>>();
        any = names.Contains(Any);
        // Rebinding needs a name; who reaches a server that listens everywhere by a plain address means it.
        anyAddress = urls.ListensEverywhere;
    }

    public bool AllowsHost(string? header) => header is not null && Allows(WithoutPort(header));

    /// <summary>Whether a page of this origin may call; "null", which sandboxed pages send, is nobody's.</summary>
    public bool AllowsOrigin(string origin) =>
        any || (Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && Allows(WithoutPort(uri.Authority)));

    private bool Allows(ReadOnlySpan<char> host) =>
        any || lookup.Contains(host) || (anyAddress && IPAddress.TryParse(host, out _));

    private static ReadOnlySpan<char> WithoutPort(ReadOnlySpan<char> host)
    {
        int colon = host.LastIndexOf(':');
        return colon >= 0 && host.LastIndexOf(']') < colon ? host[..colon] : host;
    }
}
