using System.Net;
using System.Net.Sockets;
using McpBilling.Server.Commands;
using Microsoft.AspNetCore.Connections;

namespace McpBilling.Server.Hosting;

/// <summary>Where to listen: the addresses of <c>--urls</c>, checked before anything is started.</summary>
internal sealed class ListenUrls
{
    public const string Default = "http://127.0.0.1:7171";

    private readonly BindingAddress[] addresses;

    private ListenUrls(BindingAddress[] addresses) => this.addresses = addresses;

    public IEnumerable<string> Urls => addresses.Select(a => a.ToString());

    /// <summary>The hosts that are named, as they would stand in a request; empty for wildcards.</summary>
    public IEnumerable<string> Hosts => addresses.Where(a => !a.IsUnixPipe && !IsWildcard(a.Host)).Select(a => a.Host);

    public bool ListensEverywhere => addresses.Any(a => !a.IsUnixPipe && IsWildcard(a.Host));

    public bool IsLoopbackOnly => addresses.All(a => a.IsUnixPipe || IsLoopback(a.Host));

    /// <param name="option">The value of <c>--urls</c>, or null.</param>
    /// <param name="environment">Reads <c>MCP_BILLING_URLS</c>.</param>
    /// <exception cref="CommandException">Not a list of http addresses.</exception>
    public static ListenUrls Parse(string? option, Func<string, string?> environment)
    {
        string text = option ?? environment("MCP_BILLING_URLS") ?? "";
        string[] parts = text.Split([';', ','], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return new([.. (parts.Length == 0 ? [Default] : parts).Select(Parse)]);
    }

    /// <summary>Starts what is to listen here; where it cannot, nothing of it is left.</summary>
    /// <param name="option">The option that names the addresses.</param>
    /// <exception cref="CommandException">It cannot listen on one of them; <see cref="AddressTakenException"/>: another program does.</exception>
    public async Task Start(WebApplication app, string option, CancellationToken cancellation)
    {
        try
        {
            await app.StartAsync(cancellation);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await app.DisposeAsync();
            string where = string.Join(", ", Urls);
            throw e.InnerException is AddressInUseException || e is SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse }
                ? new AddressTakenException($"{where} is in use by another program; choose another with {option} http://127.0.0.1:PORT.")
                : new CommandException($"{option}: cannot listen on {where}: {e.Message}");
        }
    }

    private static BindingAddress Parse(string url)
    {
        if (url.StartsWith("https:", StringComparison.OrdinalIgnoreCase))
        {
            throw new CommandException($"{url}: this server speaks plain http; put a proxy with a certificate before it.", ExitCodes.Usage);
        }
        try
        {
            var address = BindingAddress.Parse(url);
            bool isFit = address.Scheme.Equals("http", StringComparison.OrdinalIgnoreCase) && address.PathBase.Length == 0 && address.Port is >= 0 and <= 65535
                && (address.IsUnixPipe || IsLoopback(address.Host) || IsWildcard(address.Host) || IPAddress.TryParse(address.Host, out _));
            return isFit ? address : throw new FormatException();
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw new CommandException($"{url} is not an address to listen on; write it as {Default}, with localhost, an IP address or * as the host.", ExitCodes.Usage);
        }
    }

    // The usual ones by name: the first address that is parsed costs a start some milliseconds.
    private static bool IsLoopback(string host) => host is "127.0.0.1" or "localhost" or "[::1]" || (IPAddress.TryParse(host, out var ip) && IPAddress.IsLoopback(ip));

    private static bool IsWildcard(string host) => host is "*" or "+" || (IPAddress.TryParse(host, out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any)));
}
