using System.Text.Json.Nodes;
using McpBilling.Operations;
using McpBilling.Server.OAuth;

namespace McpBilling.Server.Tests.OAuth;

/// <summary>Access tokens of a local issuer, over the runtime API and MCP: which are taken, and how the others are refused.</summary>
public sealed class AccessTokenTests : IAsyncLifetime
{
    private const string Audience = "https://billing.example.com/mcp";
    private const string Every = "catalog:read catalog:write customers:read customers:write usage:read usage:write wallets:write admin";

    private readonly HostedServer server = new();
    private LocalIssuer issuer = null!;
    private Uri url = null!;

    public async ValueTask InitializeAsync()
    {
        issuer = await LocalIssuer.Start();
        url = await Open(issuer);
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        await issuer.DisposeAsync();
    }

    [Fact]
    public async Task A_token_opens_the_runtime_API_and_both_eras_of_MCP_beside_keys()
    {
        foreach (string token in (string[])[issuer.Rsa.Sign(Claims()), issuer.Ec.Sign(Claims())])
        {
            Assert.Equal(200, (await server.Get(Catalog, token)).Status);
            Assert.Equal("test", (await server.Call(url, "get_started", "{}", token)).Result.GetProperty("structuredContent").GetProperty("mode").GetString());
            string session = await server.Begin(url, token);
            Assert.False((await server.CallIn(url, session, "get_catalog", "{}", token)).Result.TryGetProperty("isError", out var failed) && failed.GetBoolean());
        }
        Assert.Equal(200, (await server.Get(Catalog, server.Keys.Create("app", Mode.Test, Scopes.All, null).Key)).Status);
    }

    /// <summary>How a good token is spoilt, and what the refusal says.</summary>
    public static TheoryData<string, string> Bad => new()
    {
        { "expired", "has expired" },
        { "not yet valid", "not valid yet" },
        { "no expiry", "no expiry" },
        { "other audience", "another audience" },
        { "audience with a slash", "another audience" },
        { "no audience", "another audience" },
        { "other issuer", "another issuer" },
        { "issuer with a slash", "another issuer" },
        { "no subject", "sub must have" },
        { "a subject of control characters", "sub must have" },
        { "alg none", "must be signed" },
        { "HS256 with the public key", "must be signed" },
        { "an ID token's typ", "no access token" },
        { "a critical extension", "critical extensions" },
        { "an unknown key", "does not publish" },
        { "another's signature under a known key", "signature is not its issuer's" },
        { "a changed claim", "signature is not its issuer's" },
        { "no signature", "signature is not its issuer's" },
        { "an EC key's name over an RSA signature", "does not publish" },
        { "a short key", "too short a key" },
        { "too long", "characters" },
        { "not a JWT", "nor a JWT" },
        { "five parts", "must be signed" },
    };

    [Theory, MemberData(nameof(Bad))]
    public async Task A_bad_token_is_refused_and_the_challenge_says_so(string how, string says)
    {
        string token = Spoilt(how);
        var rest = await server.Get(Catalog, token);
        Assert.Equal((401, "invalid_token"), (rest.Status, rest.Code));
        Assert.Contains(says, rest.Json.GetProperty("detail").GetString());
        Assert.Contains("error=\"invalid_token\"", rest.Challenge);
        var mcp = await server.Post(new Uri(url, "/mcp"), HostedServer.InitializeRequest, token);
        Assert.Equal((401, "invalid_token"), (mcp.Status, mcp.Code));
        Assert.Contains("error=\"invalid_token\"", mcp.Challenge);
        Assert.Contains($"resource_metadata=\"{new Uri(url, "/.well-known/oauth-protected-resource/mcp")}\"", mcp.Challenge);
        Assert.DoesNotContain(token, rest.Text + mcp.Text + mcp.Challenge);
    }

    [Theory]
    [InlineData("exp", -29, 200)]
    [InlineData("exp", -31, 401)]
    [InlineData("nbf", 29, 200)]
    [InlineData("nbf", 31, 401)]
    public async Task Clocks_may_differ_by_half_a_minute(string claim, int seconds, int status)
    {
        var claims = Claims();
        claims[claim] = server.Clock.GetUtcNow().AddSeconds(seconds).ToUnixTimeSeconds();
        Assert.Equal(status, (await server.Get(Catalog, issuer.Rsa.Sign(claims))).Status);
    }

    [Theory]
    [InlineData("at+jwt")]
    [InlineData("application/at+jwt")]
    [InlineData("JWT")]
    [InlineData("")]
    public async Task The_types_of_access_tokens_are_taken(string type) =>
        Assert.Equal(200, (await server.Get(Catalog, issuer.Rsa.Sign(Claims(), new JsonObject { ["typ"] = type }))).Status);

    [Fact]
    public async Task One_of_several_audiences_may_be_ours()
    {
        var claims = Claims();
        claims["aud"] = new JsonArray("https://other.example.com", Audience);
        Assert.Equal(200, (await server.Get(Catalog, issuer.Rsa.Sign(claims))).Status);
    }

    [Fact]
    public async Task A_token_without_a_key_id_is_taken_only_where_one_key_fits()
    {
        string token = issuer.Rsa.Sign(Claims(), new JsonObject { ["kid"] = null });
        Assert.Equal(200, (await server.Get(Catalog, token)).Status);
        issuer.Publish(SigningKey.NewRsa("rsa-2"));
        server.Clock.Advance(IssuerKeys.FreshFor);
        token = issuer.Rsa.Sign(Claims(), new JsonObject { ["kid"] = null });
        Assert.Equal(401, (await server.Get(Catalog, token)).Status);
    }

    [Fact]
    public async Task A_new_key_is_found_at_once_and_invented_ones_make_no_traffic()
    {
        Assert.Equal(200, (await server.Get(Catalog, issuer.Rsa.Sign(Claims()))).Status);
        var next = issuer.Publish(SigningKey.NewRsa("rsa-2"));
        server.Clock.Advance(IssuerKeys.AskAgainAfter);
        Assert.Equal(200, (await server.Get(Catalog, next.Sign(Claims()))).Status);
        int asked = issuer.Requests.Count;
        foreach (int i in Enumerable.Range(0, 5))
        {
            Assert.Equal(401, (await server.Get(Catalog, SigningKey.NewEc($"invented-{i}").Sign(Claims()))).Status);
        }
        Assert.Equal(asked, issuer.Requests.Count);
        server.Clock.Advance(IssuerKeys.AskAgainAfter);
        Assert.Equal(401, (await server.Get(Catalog, SigningKey.NewEc("invented").Sign(Claims()))).Status);
        Assert.Equal(asked + 2, issuer.Requests.Count);
    }

    [Fact]
    public async Task A_withdrawn_key_ends_within_the_hour()
    {
        Assert.Equal(200, (await server.Get(Catalog, issuer.Rsa.Sign(Claims()))).Status);
        issuer.Withdraw(issuer.Rsa);
        Assert.Equal(200, (await server.Get(Catalog, issuer.Rsa.Sign(Claims()))).Status);
        server.Clock.Advance(IssuerKeys.FreshFor);
        Assert.Equal(401, (await server.Get(Catalog, issuer.Rsa.Sign(Claims()))).Status);
    }

    [Fact]
    public async Task While_the_issuer_is_down_known_keys_go_on_for_a_day_and_keys_of_ours_always()
    {
        issuer.Down = true;
        var refused = await server.Get(Catalog, issuer.Rsa.Sign(Claims()));
        Assert.Equal((503, "issuer_unavailable"), (refused.Status, refused.Code));
        Assert.Equal(503, (await server.Call(url, "get_catalog", "{}", issuer.Rsa.Sign(Claims()))).Status);
        Assert.Equal(200, (await server.Get(Catalog, server.Keys.Create("app", Mode.Test, Scopes.All, null).Key)).Status);

        issuer.Down = false;
        server.Clock.Advance(IssuerKeys.TryAgainAfter);
        Assert.Equal(200, (await server.Get(Catalog, issuer.Rsa.Sign(Claims()))).Status);
        issuer.Down = true;
        server.Clock.Advance(IssuerKeys.KeptFor - TimeSpan.FromMinutes(1));
        Assert.Equal(200, (await server.Get(Catalog, issuer.Rsa.Sign(Claims()))).Status);
        server.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(503, (await server.Get(Catalog, issuer.Rsa.Sign(Claims()))).Status);
    }

    [Theory]
    [InlineData("", "/.well-known/oauth-authorization-server")]
    [InlineData("", "/.well-known/openid-configuration")]
    [InlineData("/", "/.well-known/openid-configuration")]
    [InlineData("/tenant", "/.well-known/oauth-authorization-server/tenant")]
    [InlineData("/tenant", "/tenant/.well-known/openid-configuration")]
    [InlineData("/tenant", "/.well-known/openid-configuration/tenant")]
    public async Task The_metadata_is_found_where_either_standard_puts_it(string path, string metadata)
    {
        await using var other = await LocalIssuer.Start(path);
        other.MetadataPath = metadata;
        var at = await Open(other);
        Assert.Equal(200, (await server.Get(new Uri(at, "/v1/catalog"), other.Ec.Sign(other.Claims(Audience, server.Clock.GetUtcNow(), Every)))).Status);
    }

    [Fact]
    public async Task Metadata_of_another_issuer_is_not_taken()
    {
        issuer.Claimed = "https://evil.example.com";
        Assert.Equal(503, (await server.Get(Catalog, issuer.Rsa.Sign(Claims()))).Status);
    }

    [Fact]
    public async Task The_issuer_is_asked_for_its_metadata_and_keys_only_and_gets_nothing_of_the_request()
    {
        string token = issuer.Rsa.Sign(Claims());
        await server.Get(Catalog, token, ("Cookie", "a=b"), ("X-Secret", "s3cret"));
        await server.Call(url, "get_started", "{}", token);
        Assert.Equal(["/.well-known/oauth-authorization-server", "/keys"], issuer.Requests.Select(r => r.Path));
        Assert.All(issuer.Requests, r => Assert.DoesNotContain("Authorization", r.Headers, StringComparison.OrdinalIgnoreCase));
        string[] secrets = [token.Split('.')[2], "s3cret", "a=b"];
        Assert.All(issuer.Requests, r => Assert.DoesNotContain(secrets, r.Headers.Contains));
        Assert.DoesNotContain(token.Split('.')[2], string.Join('\n', server.Logs.Lines));
    }

    [Theory]
    [InlineData("scope", "catalog:read unknown:scope CATALOG:WRITE")]
    [InlineData("scp", "catalog:read")]
    [InlineData("scp list", "catalog:read")]
    public async Task Only_scopes_that_are_ours_count_however_they_are_written(string claim, string scopes)
    {
        var claims = Claims("");
        claims.Remove("scope");
        claims[claim.Split(' ')[0]] = claim == "scp list" ? new JsonArray(scopes, "other") : scopes;
        string token = issuer.Rsa.Sign(claims);
        Assert.Equal(200, (await server.Get(Catalog, token)).Status);
        var refused = await server.Post(new Uri(url, "/v1/catalog/apply"), """{"document":{}}""", token);
        Assert.Equal((403, "forbidden"), (refused.Status, refused.Code));
        Assert.Contains("error=\"insufficient_scope\"", refused.Challenge);
        Assert.Contains("scope=\"catalog:read catalog:write\"", refused.Challenge);
    }

    [Fact]
    public async Task A_client_with_a_token_is_told_over_HTTP_which_scope_to_ask_for()
    {
        string token = issuer.Rsa.Sign(Claims("catalog:read"));
        string session = await server.Begin(url, token);
        foreach (var refused in (HttpReply[])[await server.Call(url, "save_customer", """{"id":"a"}""", token), await server.CallIn(url, session, "save_customer", """{"id":"a"}""", token)])
        {
            Assert.Equal((403, "forbidden"), (refused.Status, refused.Code));
            Assert.Contains("error=\"insufficient_scope\"", refused.Challenge);
            Assert.Contains("scope=\"catalog:read customers:write\"", refused.Challenge);
            Assert.Contains("resource_metadata=", refused.Challenge);
        }
        // The same user's next token, in the same session.
        string more = issuer.Rsa.Sign(Claims("catalog:read customers:write"));
        Assert.Equal(200, (await server.CallIn(url, session, "save_customer", """{"id":"a"}""", more)).Status);
        // And back: what counts is the token of each request.
        Assert.Equal(403, (await server.CallIn(url, session, "save_customer", """{"id":"b"}""", token)).Status);
    }

    [Fact]
    public async Task A_resource_that_needs_a_scope_is_refused_the_same_way()
    {
        string token = issuer.Rsa.Sign(Claims("usage:read"));
        string session = await server.Begin(url, token);
        var refused = await server.Post(new Uri(url, "/mcp"), """{"jsonrpc":"2.0","id":7,"method":"resources/read","params":{"uri":"billing://catalog"}}""", token, ("Mcp-Session-Id", session));
        Assert.Equal(403, refused.Status);
        Assert.Contains("scope=\"catalog:read usage:read\"", refused.Challenge);
    }

    [Fact]
    public async Task A_session_is_refused_to_another_user()
    {
        string session = await server.Begin(url, issuer.Rsa.Sign(Claims()));
        var claims = Claims();
        claims["sub"] = "user-8";
        Assert.False((await server.CallIn(url, session, "get_catalog", "{}", issuer.Rsa.Sign(claims))).Status is 200 or 202);
        Assert.False((await server.CallIn(url, session, "get_catalog", "{}", server.Keys.Create("app", Mode.Test, Scopes.All, null).Key)).Status is 200 or 202);
    }

    [Theory]
    [InlineData(null, "test")]
    [InlineData("live", "live")]
    [InlineData("test", "test")]
    [InlineData("prod", null)]
    public async Task A_claim_may_choose_the_workspace(string? value, string? mode)
    {
        var at = await Open(issuer, modeClaim: "billing_mode");
        var claims = Claims();
        if (value is not null)
        {
            claims["billing_mode"] = value;
        }
        var reply = await server.Call(at, "get_started", "{}", issuer.Rsa.Sign(claims));
        Assert.Equal(mode, reply.Status == 401 ? null : reply.Result.GetProperty("structuredContent").GetProperty("mode").GetString());
    }

    [Fact]
    public async Task Without_an_issuer_no_token_is_taken()
    {
        var closed = await server.Open(o => o);
        var refused = await server.Get(new Uri(closed, "/v1/catalog"), issuer.Rsa.Sign(Claims()));
        Assert.Equal((401, "unauthenticated"), (refused.Status, refused.Code));
        Assert.Empty(issuer.Requests);
    }

    private Uri Catalog => new(url, "/v1/catalog");

    private Task<Uri> Open(LocalIssuer of, string? modeClaim = null) => server.Open(o => o with { OAuth = OAuthOptions.Parse(of.Issuer, Audience, Mode.Test, modeClaim) });

    private JsonObject Claims(string scopes = Every) => issuer.Claims(Audience, server.Clock.GetUtcNow(), scopes);

    private string Spoilt(string how)
    {
        var claims = Claims();
        long now = server.Clock.GetUtcNow().ToUnixTimeSeconds();
        switch (how)
        {
            case "expired":
                claims["exp"] = now - 60;
                break;
            case "not yet valid":
                claims["nbf"] = now + 60;
                break;
            case "no expiry":
                claims.Remove("exp");
                break;
            case "other audience":
                claims["aud"] = "https://other.example.com/mcp";
                break;
            case "audience with a slash":
                claims["aud"] = Audience + "/";
                break;
            case "no audience":
                claims.Remove("aud");
                break;
            case "other issuer":
                claims["iss"] = "https://login.example.com";
                break;
            case "issuer with a slash":
                claims["iss"] = issuer.Issuer + "/";
                break;
            case "no subject":
                claims.Remove("sub");
                break;
            case "a subject of control characters":
                claims["sub"] = "user\r\nX: y";
                break;
            case "alg none":
                return SigningKey.Unsigned(claims);
            case "HS256 with the public key":
                return issuer.Rsa.SignWithPublicKeyAsSecret(claims);
            case "an ID token's typ":
                return issuer.Rsa.Sign(claims, new JsonObject { ["typ"] = "logout+jwt" });
            case "a critical extension":
                return issuer.Rsa.Sign(claims, new JsonObject { ["crit"] = new JsonArray("b64"), ["b64"] = true });
            case "an unknown key":
                return SigningKey.NewRsa("nobody's").Sign(claims);
            case "another's signature under a known key":
                return SigningKey.NewRsa(issuer.Rsa.Id).Sign(claims);
            case "a changed claim":
                string signed = issuer.Rsa.Sign(claims);
                claims["sub"] = "root";
                return string.Join('.', signed.Split('.')[0], issuer.Rsa.Sign(claims).Split('.')[1], signed.Split('.')[2]);
            case "no signature":
                return string.Join('.', issuer.Rsa.Sign(claims).Split('.')[..2]) + ".";
            case "an EC key's name over an RSA signature":
                return issuer.Rsa.Sign(claims, new JsonObject { ["kid"] = issuer.Ec.Id });
            case "a short key":
                return issuer.Publish(SigningKey.NewRsa("short", 1024)).Sign(claims);
            case "too long":
                claims["padding"] = new string('x', AccessTokens.MaxLength);
                break;
            case "not a JWT":
                return "not.a.jwt";
            case "five parts":
                return issuer.Rsa.Sign(claims, new JsonObject { ["alg"] = "dir", ["enc"] = "A128GCM" }) + ".AAAA.AAAA";
            default:
                throw new ArgumentOutOfRangeException(nameof(how), how, null);
        }
        return issuer.Rsa.Sign(claims);
    }
}
