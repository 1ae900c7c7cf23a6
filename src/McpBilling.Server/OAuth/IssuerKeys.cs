using System.Text.Json;
using McpBilling.Operations;
using Microsoft.IdentityModel.Tokens;

namespace McpBilling.Server.OAuth;

/// <summary>
/// The keys that an issuer signs with, found by its published metadata (RFC 8414, OpenID Connect Discovery). They are asked for when the first token comes,
/// again every <see cref="FreshFor"/>, and when a token names a key that is not known, since issuers change their keys; but not more often than
/// <see cref="AskAgainAfter"/>, so that invented keys make no traffic. Nothing of a request is sent along.
/// </summary>
internal sealed partial class IssuerKeys(string issuer, TimeProvider time, ILogger log) : IDisposable
{
    /// <summary>A key that the issuer withdrew is taken no longer than this.</summary>
    public static readonly TimeSpan FreshFor = TimeSpan.FromHours(1);

    public static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(30);

    /// <summary>After an attempt that failed with no keys at hand, when nobody can be let in.</summary>
    public static readonly TimeSpan TryAgainAfter = TimeSpan.FromSeconds(3);

    /// <summary>How long known keys are good while the issuer does not answer.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromHours(24);

    private const int MaxAnswerBytes = 256 * 1024;

    // Follows no redirect, which could lead from an issuer's address to anybody's, and keeps no cookie.
    private readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(15), PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        Timeout = TimeSpan.FromSeconds(30),
        MaxResponseContentBufferSize = MaxAnswerBytes,
    };

    private readonly SemaphoreSlim turn = new(1, 1);
    private volatile Published? known;
    private DateTimeOffset nextAsk = DateTimeOffset.MinValue;

    /// <summary>The issuer's key of this id, fit for the algorithm; null when it publishes none.</summary>
    /// <param name="kid">Null when the token names none: then the issuer's only fit key.</param>
    /// <exception cref="BillingException"><c>issuer_unavailable</c>.</exception>
    public async ValueTask<JsonWebKey?> Find(string? kid, string algorithm, CancellationToken cancellation)
    {
        var at = known;
        if (at is not null && time.GetUtcNow() - at.At < FreshFor && at.Find(kid, algorithm) is { } key)
        {
            return key;
        }
        return (await Ask(at, cancellation)).Find(kid, algorithm);
    }

    public void Dispose()
    {
        http.Dispose();
        turn.Dispose();
    }

    private async Task<Published> Ask(Published? seen, CancellationToken cancellation)
    {
        await turn.WaitAsync(cancellation);
        try
        {
            var now = time.GetUtcNow();
            if (known is { } meanwhile && !ReferenceEquals(meanwhile, seen))
            {
                return meanwhile;
            }
            if (now < nextAsk)
            {
                return KeptOr(now, null);
            }
            nextAsk = now + (known is null ? TryAgainAfter : AskAgainAfter);
            try
            {
                // Not the request's own end: others wait for the same answer.
                known = new Published(await Fetch(), now);
                nextAsk = now + AskAgainAfter;
                return known;
            }
            catch (Exception e) when (e is HttpRequestException or JsonException or ArgumentException or FormatException or OperationCanceledException)
            {
                NotFetched(log, issuer, e.Message);
                return KeptOr(now, e);
            }
        }
        finally
        {
            turn.Release();
        }
    }

    private Published KeptOr(DateTimeOffset now, Exception? why) =>
        known is { } old && now - old.At < KeptFor ? old
        : throw new BillingException(ErrorCode.IssuerUnavailable, $"The keys of {issuer} cannot be had{(why is null ? " at present" : "")}, so its tokens cannot be checked.");

    private async Task<JsonWebKey[]> Fetch()
    {
        foreach (var place in MetadataPlaces(new Uri(issuer)))
        {
            using var response = await http.GetAsync(place);
            if (!response.IsSuccessStatusCode)
            {
                continue;
            }
            using var metadata = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
            if (Text(metadata.RootElement, "issuer") != issuer)
            {
                throw new FormatException($"{place} is the metadata of another issuer.");
            }
            if (!Uri.TryCreate(Text(metadata.RootElement, "jwks_uri"), UriKind.Absolute, out var keys) || !OAuthOptions.IsSafe(keys))
            {
                throw new FormatException($"{place} names no https address of keys.");
            }
            return FitKeys(await http.GetStringAsync(keys));
        }
        throw new HttpRequestException($"{issuer} publishes no metadata.");
    }

    private static JsonWebKey[] FitKeys(string json) =>
        [.. new JsonWebKeySet(json).Keys.Where(k => k.Kty is JsonWebAlgorithmsKeyTypes.RSA or JsonWebAlgorithmsKeyTypes.EllipticCurve && k.Use is null or "" or JsonWebKeyUseNames.Sig)];

    /// <summary>RFC 8414 and OpenID Connect put the well-known part at different ends of an issuer's path.</summary>
    private static IEnumerable<Uri> MetadataPlaces(Uri issuer)
    {
        string origin = issuer.GetLeftPart(UriPartial.Authority);
        string path = issuer.AbsolutePath.TrimEnd('/');
        yield return new Uri($"{origin}/.well-known/oauth-authorization-server{path}");
        yield return new Uri($"{origin}{path}/.well-known/openid-configuration");
        if (path.Length > 0)
        {
            yield return new Uri($"{origin}/.well-known/openid-configuration{path}");
        }
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    [LoggerMessage(Level = LogLevel.Warning, Message = "The keys of {Issuer} could not be read: {Why}")]
    private static partial void NotFetched(ILogger log, string issuer, string why);

    private sealed record Published(JsonWebKey[] Keys, DateTimeOffset At)
    {
        public JsonWebKey? Find(string? kid, string algorithm)
        {
            var fit = Keys.Where(k => (kid is null || k.Kid == kid) && Fits(k, algorithm)).Take(2).ToArray();
            return fit.Length == 1 || (kid is not null && fit.Length > 0) ? fit[0] : null;
        }

        private static bool Fits(JsonWebKey key, string algorithm) =>
            (key.Alg is null or "" || key.Alg == algorithm)
            && key.Kty == (algorithm.StartsWith("ES", StringComparison.Ordinal) ? JsonWebAlgorithmsKeyTypes.EllipticCurve : JsonWebAlgorithmsKeyTypes.RSA);
    }
}
