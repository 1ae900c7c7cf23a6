using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace McpBilling.Server.Tests.OAuth;

/// <summary>
/// An authorization server on this machine: metadata and keys over HTTP, and tokens, signed here without the library that the program checks them with.
/// It remembers every request that it was sent.
/// </summary>
internal sealed class LocalIssuer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly List<SigningKey> published = [];

    private LocalIssuer(WebApplication app, string path) => (this.app, this.path) = (app, path);

    private readonly string path;

    public string Issuer { get; private set; } = "";

    /// <summary>What the metadata says of itself; by default the truth.</summary>
    public string? Claimed { get; set; }

    /// <summary>Where the metadata is.</summary>
    public string MetadataPath { get; set; } = "";

    /// <summary>Answers every request with 503.</summary>
    public bool Down { get; set; }

    public ConcurrentQueue<(string Path, string Headers)> Requests { get; } = [];

    public SigningKey Rsa { get; private set; } = null!;

    public SigningKey Ec { get; private set; } = null!;

    /// <param name="path">The path of the issuer's name: empty, <c>/</c> or <c>/tenant</c>.</param>
    public static async Task<LocalIssuer> Start(string path = "")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var issuer = new LocalIssuer(app, path);
        app.Run(issuer.Answer);
        await app.StartAsync();
        string origin = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        issuer.Issuer = origin + path;
        issuer.MetadataPath = "/.well-known/oauth-authorization-server" + path.TrimEnd('/');
        issuer.Rsa = issuer.Publish(SigningKey.NewRsa("rsa-1"));
        issuer.Ec = issuer.Publish(SigningKey.NewEc("ec-1"));
        return issuer;
    }

    public SigningKey Publish(SigningKey key)
    {
        lock (published)
        {
            published.Add(key);
        }
        return key;
    }

    public void Withdraw(SigningKey key)
    {
        lock (published)
        {
            published.Remove(key);
        }
    }

    /// <summary>What a good token says.</summary>
    public JsonObject Claims(string audience, DateTimeOffset now, string scopes) => new()
    {
        ["iss"] = Issuer,
        ["aud"] = audience,
        ["sub"] = "user-7",
        ["client_id"] = "an-mcp-client",
        ["iat"] = now.ToUnixTimeSeconds(),
        ["nbf"] = now.ToUnixTimeSeconds(),
        ["exp"] = now.AddMinutes(10).ToUnixTimeSeconds(),
        ["scope"] = scopes,
    };

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private async Task Answer(HttpContext context)
    {
        Requests.Enqueue((context.Request.Path + context.Request.QueryString, string.Join('\n', context.Request.Headers.Select(h => $"{h.Key}: {h.Value}"))));
        if (Down)
        {
            context.Response.StatusCode = 503;
        }
        else if (context.Request.Path == MetadataPath)
        {
            string origin = $"{context.Request.Scheme}://{context.Request.Host}";
            await context.Response.WriteAsJsonAsync(new { issuer = Claimed ?? Issuer, jwks_uri = $"{origin}{path.TrimEnd('/')}/keys" });
        }
        else if (context.Request.Path == path.TrimEnd('/') + "/keys")
        {
            JsonArray keys;
            lock (published)
            {
                keys = [.. published.Select(k => k.Public())];
            }
            await context.Response.WriteAsync(new JsonObject { ["keys"] = keys }.ToJsonString());
        }
        else
        {
            context.Response.StatusCode = 404;
        }
    }
}

/// <summary>A key that signs, and its published half.</summary>
/// <param name="Algorithm">RS256 or ES256.</param>
internal sealed record SigningKey(string Id, string Algorithm, RSA? Rsa, ECDsa? Ec)
{
    public static SigningKey NewRsa(string id, int bits = 2048) => new(id, "RS256", RSA.Create(bits), null);

    public static SigningKey NewEc(string id) => new(id, "ES256", null, ECDsa.Create(ECCurve.NamedCurves.nistP256));

    public JsonNode Public()
    {
        var jwk = new JsonObject { ["kid"] = Id, ["use"] = "sig" };
        if (Rsa is not null)
        {
            var p = Rsa.ExportParameters(false);
            (jwk["kty"], jwk["n"], jwk["e"]) = ("RSA", Base64Url.EncodeToString(p.Modulus), Base64Url.EncodeToString(p.Exponent));
        }
        else
        {
            var p = Ec!.ExportParameters(false);
            (jwk["kty"], jwk["crv"], jwk["x"], jwk["y"]) = ("EC", "P-256", Base64Url.EncodeToString(p.Q.X), Base64Url.EncodeToString(p.Q.Y));
        }
        return jwk;
    }

    /// <param name="header">Put over the usual header.</param>
    public string Sign(JsonObject claims, JsonObject? header = null)
    {
        var head = new JsonObject { ["alg"] = Algorithm, ["typ"] = "at+jwt", ["kid"] = Id };
        foreach (var (name, value) in header ?? [])
        {
            head.Remove(name);
            if (value is not null)
            {
                head[name] = value.DeepClone();
            }
        }
        string text = Encode(head) + "." + Encode(claims);
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        byte[] signature = Rsa is not null ? Rsa.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1) : Ec!.SignData(bytes, HashAlgorithmName.SHA256);
        return text + "." + Base64Url.EncodeToString(signature);
    }

    /// <summary>HS256 with the published key as the secret: what a verifier falls for that takes any algorithm.</summary>
    public string SignWithPublicKeyAsSecret(JsonObject claims)
    {
        string text = Encode(new JsonObject { ["alg"] = "HS256", ["typ"] = "at+jwt", ["kid"] = Id }) + "." + Encode(claims);
        byte[] secret = Encoding.ASCII.GetBytes(Rsa!.ExportSubjectPublicKeyInfoPem());
        return text + "." + Base64Url.EncodeToString(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(text)));
    }

    public static string Unsigned(JsonObject claims) => Encode(new JsonObject { ["alg"] = "none", ["typ"] = "at+jwt" }) + "." + Encode(claims) + ".";

    private static string Encode(JsonObject part) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(part));
}
