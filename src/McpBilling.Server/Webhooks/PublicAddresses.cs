using System.Net;
using System.Net.Sockets;

namespace McpBilling.Server.Webhooks;

/// <summary>
/// Which addresses belong to the public internet. A webhook goes nowhere else: whoever may name an address must not reach this machine, its network or the
/// cloud's metadata through it. An IPv6 address that carries an IPv4 one is judged by both.
/// </summary>
internal static class PublicAddresses
{
    private static readonly IPNetwork[] RefusedV4 = Networks(
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        // The host's own services in Azure: an address of the public range that leads nowhere public.
        "168.63.129.16/32");

    // Of IPv6 only 2000::/3 is assigned to the public; the rest (loopback, link-local, unique local, multicast, local NAT64) is refused with it.
    private static readonly IPNetwork GlobalV6 = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");

    // Protocol assignments with Teredo and benchmarks; documentation.
    private static readonly IPNetwork[] RefusedV6 = Networks("2001::/23", "2001:db8::/32", "3fff::/20");

    public static bool Contains(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return !RefusedV4.Any(n => n.Contains(address));
        }
        if (address.IsIPv4MappedToIPv6)
        {
            return Contains(address.MapToIPv4());
        }
        byte[] bytes = address.GetAddressBytes();
        if (Nat64.Contains(address))
        {
            return Contains(new IPAddress(bytes.AsSpan(12, 4)));
        }
        if (!GlobalV6.Contains(address) || RefusedV6.Any(n => n.Contains(address)) || (SixToFour.Contains(address) && !Contains(new IPAddress(bytes.AsSpan(2, 4)))))
        {
            return false;
        }
        // ISATAP: an interface of 0:5efe, with or without the bit for a unique address, and an IPv4 address.
        bool isIsatap = (bytes[8] & 0xFD) == 0 && bytes[9] == 0 && bytes[10] == 0x5E && bytes[11] == 0xFE;
        return !isIsatap || Contains(new IPAddress(bytes.AsSpan(12, 4)));
    }

    private static IPNetwork[] Networks(params string[] networks) => [.. networks.Select(n => IPNetwork.Parse(n))];
}
