using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using McpBilling.Operations;

namespace McpBilling.Server.Hosting;

/// <summary>
/// How many requests a key may send, and how many requests without a good key an address: so many a second, and twice as many at once after a pause.
/// A good key is never refused for what others at its address did. Each process counts for itself.
/// </summary>
internal sealed class RequestLimits : IDisposable
{
    /// <summary>Requests per second and key where other machines can call and <c>--rate-limit</c> says nothing: more than one key's app sends, less than would hurt the others.</summary>
    public const int DefaultPerSecond = 1_000;

    public const int MaxPerSecond = 1_000_000;

    /// <summary>Requests per second and address that carry no good key: enough for the clients behind one address to learn that they need one.</summary>
    private const int FailuresPerSecond = 10;

    private const int BurstSeconds = 2;
    private const string SecondsToWait = "1";

    private readonly PartitionedRateLimiter<string> callers;
    private readonly PartitionedRateLimiter<string> failures = Buckets(FailuresPerSecond);
    private readonly string policy;

    /// <param name="perSecond">1 to <see cref="MaxPerSecond"/>.</param>
    public RequestLimits(int perSecond)
    {
        callers = Buckets(perSecond);
        // draft-ietf-httpapi-ratelimit-headers: a quota of q in any window of w seconds.
        policy = string.Create(CultureInfo.InvariantCulture, $"\"key\";q={BurstSeconds * perSecond};w={BurstSeconds}");
    }

    /// <summary>Counts a request of a key, or of the local user by its address, and says in the answer what is left.</summary>
    /// <exception cref="BillingException"><c>rate_limited</c>.</exception>
    public void Take(HttpContext context, Caller caller)
    {
        string who = caller.KeyId ?? AddressOf(context);
        using var lease = callers.AttemptAcquire(who);
        var headers = context.Response.Headers;
        headers["RateLimit-Policy"] = policy;
        headers["RateLimit"] = string.Create(CultureInfo.InvariantCulture, $"\"key\";r={callers.GetStatistics(who)?.CurrentAvailablePermits ?? 0};t={SecondsToWait}");
        if (!lease.IsAcquired)
        {
            throw TooMany(context, "This key has sent more requests than it may in a short time.");
        }
    }

    /// <summary>Counts a request that carried no good key.</summary>
    /// <exception cref="BillingException"><c>rate_limited</c>, in place of the refusal.</exception>
    public void TakeFailure(HttpContext context)
    {
        using var lease = failures.AttemptAcquire(AddressOf(context));
        if (!lease.IsAcquired)
        {
            throw TooMany(context, "Too many requests without a good key came from this address.");
        }
    }

    public void Dispose()
    {
        callers.Dispose();
        failures.Dispose();
    }

    private static BillingException TooMany(HttpContext context, string why)
    {
        context.Response.Headers.RetryAfter = SecondsToWait;
        return new BillingException(ErrorCode.RateLimited, why);
    }

    // Refilled ten times a second where that gives whole tokens, so that a busy key is slowed rather than stopped and let go.
    private static PartitionedRateLimiter<string> Buckets(int perSecond)
    {
        int times = perSecond % 10 == 0 ? 10 : 1;
        var options = new TokenBucketRateLimiterOptions
        {
            TokenLimit = BurstSeconds * perSecond,
            TokensPerPeriod = perSecond / times,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1) / times,
            QueueLimit = 0,
            AutoReplenishment = false,
        };
        return PartitionedRateLimiter.Create<string, string>(who => RateLimitPartition.GetTokenBucketLimiter(who, _ => options), StringComparer.Ordinal);
    }

    /// <summary>Who has one address of a network has all of its /64.</summary>
    private static string AddressOf(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? "address " + Convert.ToHexStringLower(address.GetAddressBytes().AsSpan(0, 8)) : "address " + address;
    }
}
