using System.Collections.Frozen;
using System.Text.Json;
using McpBilling.Operations;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace McpBilling.Server.OAuth;

/// <summary>
/// Takes JWT access tokens (RFC 9068) of one issuer for one audience. What a token says counts only after its signature, by one of the issuer's published
/// keys, was checked. The token itself goes nowhere from here: it is not kept, logged or sent on.
/// </summary>
/// <param name="workspaceOf">The owner of a mode's workspace, of whose rights a token gets those it names.</param>
internal sealed class AccessTokens(OAuthOptions options, IssuerKeys issuer, Func<Mode, Caller> workspaceOf, TimeProvider time) : IAccessTokens, IDisposable
{
    /// <summary>How far the clocks of the issuer and of this machine may differ.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);

    /// <summary>In characters. Real ones have one or two thousand.</summary>
    public const int MaxLength = 8 * 1024;

    private const int MaxSubject = 255;
    private const int MinRsaBits = 2048;

    // Only signatures whose key stays with the issuer: with HS256 the published key itself would be the secret.
    private static readonly string[] Algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    // Older issuers write JWT or nothing. Tokens made for something else (logout+jwt, dpop+jwt …) say so.
    private static readonly string[] Types = ["at+jwt", "application/at+jwt", "JWT"];

    private readonly JsonWebTokenHandler handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = MaxLength };
    private readonly Lazy<Caller> test = new(() => workspaceOf(Mode.Test));
    private readonly Lazy<Caller> live = new(() => workspaceOf(Mode.Live));

    public async ValueTask<Caller> CallerOf(string token, CancellationToken cancellation)
    {
        var read = Read(token);
        var key = await issuer.Find(read.Kid is { Length: > 0 } id ? id : null, read.Alg, cancellation)
            ?? throw Refusal("The token is signed with a key that the issuer does not publish.");
        if (key.Kty == JsonWebAlgorithmsKeyTypes.RSA && key.KeySize < MinRsaBits)
        {
            throw Refusal("The token is signed with too short a key.");
        }
        var result = await handler.ValidateTokenAsync(read, new TokenValidationParameters
        {
            ValidAlgorithms = Algorithms,
            ValidIssuer = options.Issuer,
            ValidAudience = options.Audience,
            IgnoreTrailingSlashWhenValidatingAudience = false,
            IssuerSigningKey = key,
            // There is only this one; a token that names no key would find none otherwise.
            TryAllIssuerSigningKeys = true,
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            // Ours, below: the library reads the machine's clock.
            ValidateLifetime = false,
        });
        if (!result.IsValid)
        {
            throw Refusal(Reason(result.Exception));
        }
        RequireInTime(read);
        return CallerFrom(read);
    }

    public void Dispose() => issuer.Dispose();

    private JsonWebToken Read(string token)
    {
        if (token.Length > MaxLength)
        {
            throw Refusal($"The token has more than {MaxLength} characters.");
        }
        JsonWebToken read;
        try
        {
            read = handler.ReadJsonWebToken(token);
        }
        catch (Exception e) when (e is SecurityTokenException or ArgumentException or JsonException)
        {
            throw Refusal("The token is neither one of our keys nor a JWT.");
        }
        if (read.IsEncrypted || !Algorithms.Contains(read.Alg, StringComparer.Ordinal))
        {
            throw Refusal($"The token must be signed, with one of {string.Join(", ", Algorithms)}.");
        }
        if (read.Typ is { Length: > 0 } type && !Types.Contains(type, StringComparer.OrdinalIgnoreCase))
        {
            throw Refusal("The token's typ says that it is no access token.");
        }
        // RFC 7515, 4.1.11: whoever does not know an extension that is marked critical must refuse.
        return read.TryGetHeaderValue<object>("crit", out _) ? throw Refusal("The token has critical extensions that are not known here.") : read;
    }

    private void RequireInTime(JsonWebToken token)
    {
        var now = time.GetUtcNow().UtcDateTime;
        if (token.ValidTo == DateTime.MinValue)
        {
            throw Refusal("The token has no expiry.");
        }
        if (now - Skew >= token.ValidTo)
        {
            throw Refusal("The token has expired.");
        }
        if (now + Skew < token.ValidFrom)
        {
            throw Refusal("The token is not valid yet.");
        }
    }

    private Caller CallerFrom(JsonWebToken token)
    {
        string subject = token.Subject ?? "";
        if (subject.Length is 0 or > MaxSubject || subject.Any(char.IsControl))
        {
            throw Refusal($"The token's sub must have 1 to {MaxSubject} characters, without control characters.");
        }
        var owner = ModeOf(token) == Mode.Live ? live.Value : test.Value;
        // A text with spaces (RFC 8693) or, as some issuers do, a list, which arrives as a claim for each.
        var named = token.Claims.Where(c => c.Type is "scope" or "scp").SelectMany(c => c.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return owner with { ScopeNames = named.Where(Scopes.All.Contains).ToFrozenSet(StringComparer.Ordinal), KeyId = IAccessTokens.KeyPrefix + subject };
    }

    private Mode ModeOf(JsonWebToken token)
    {
        if (options.ModeClaim is not { } name || token.Claims.Where(c => c.Type == name).Select(c => c.Value).ToArray() is not { Length: > 0 } values)
        {
            return options.Mode;
        }
        return values switch
        {
            ["test"] => Mode.Test,
            ["live"] => Mode.Live,
            _ => throw Refusal($"The token's {name} must be test or live."),
        };
    }

    private static string Reason(Exception? why) => why switch
    {
        SecurityTokenInvalidIssuerException => "The token is of another issuer.",
        SecurityTokenInvalidAudienceException => "The token is for another audience.",
        SecurityTokenNoExpirationException => "The token has no expiry.",
        SecurityTokenInvalidSignatureException or SecurityTokenSignatureKeyNotFoundException => "The token's signature is not its issuer's.",
        _ => "The token is not valid.",
    };

    private static BillingException Refusal(string why) => new(ErrorCode.InvalidToken, why);
}
