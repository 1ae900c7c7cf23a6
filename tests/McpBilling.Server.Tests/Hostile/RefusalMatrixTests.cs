using System.Collections.Frozen;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using McpBilling.Operations;
using McpBilling.Server.Tests.Portal;
using McpBilling.Server.Tests.Usage;

namespace McpBilling.Server.Tests.Hostile;

/// <summary>
/// Every operation × every wrong way to ask: refused with the same bytes everywhere, whatever the operation, whatever the id, so that a refusal tells nothing
/// of what is there. The rows are those of <see cref="IsolationTests"/>, which holds that none of <see cref="AllOperations"/> is missing.
/// </summary>
public sealed partial class RefusalMatrixTests(HostileShop shop) : IClassFixture<HostileShop>
{
    private const string Unknown = "mb_test_0000000000000000000000000000000000000000000";

    public static TheoryData<string> Scope => [.. Scopes.All.Order(StringComparer.Ordinal)];

    /// <summary>Operations that are asked about something by its id.</summary>
    // A digest is asked for by its day, which is no id.
    public static TheoryData<string> AskedById => [.. IsolationTests.Requests.Where(r => r.OtherWorkspace == 404 && r.Operation != "get_ledger_digest").Select(r => r.Operation)];

    [Fact]
    public async Task A_credential_that_is_none_is_refused_with_the_same_bytes_at_every_operation()
    {
        string key = shop.Server.Key, cookie = await PortalCookie();
        string before = shop.Server.Fingerprint();
        (string What, string Code, bool IsUnknown, Action<HttpRequestMessage> Change)[] credentials =
        [
            ("no key", "unauthenticated", false, r => r.Headers.Authorization = null),
            ("a key never made", "unauthenticated", true, Bearer(Unknown)),
            ("a key cut short", "unauthenticated", true, Bearer(key[..^1])),
            ("half a key", "unauthenticated", true, Bearer(key[..(key.Length / 2)])),
            ("a key with more behind it", "unauthenticated", true, Bearer(key + "x")),
            ("a test key called live", "unauthenticated", true, Bearer("mb_live_" + key[8..])),
            ("a live key called test", "unauthenticated", true, Bearer("mb_test_" + shop.Names["live key"][8..])),
            ("the secret of a portal session", "unauthenticated", true, Bearer(cookie[(cookie.IndexOf('=', StringComparison.Ordinal) + 1)..])),
            ("the cookie of a portal session", "unauthenticated", false, r => { r.Headers.Authorization = null; r.Headers.Add("Cookie", cookie); }),
            ("a revoked key", "unauthenticated", false, Bearer(shop.Names["revoked key"])),
            ("an expired key", "key_expired", false, Bearer(shop.Names["expired key"])),
            ("a key by another scheme", "unauthenticated", false, r => r.Headers.Authorization = new AuthenticationHeaderValue("Basic", key)),
            ("a key in a header of another name", "unauthenticated", false, r => { r.Headers.Authorization = null; r.Headers.Add("X-Api-Key", key); }),
        ];
        var unknown = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (what, code, isUnknown, change) in credentials)
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (var (operation, _, _, _) in IsolationTests.Requests)
            {
                var reply = await IsolationTests.Ask(shop, operation, key, "", change: change);
                Assert.True(reply.Status == 401 && reply.Code == code, $"{what}, {operation}: {reply.Text}");
                Assert.DoesNotContain(key[8..20], reply.Text, StringComparison.Ordinal);
                seen.Add(Bytes(reply));
            }
            string same = Assert.Single(seen);
            if (isUnknown)
            {
                unknown.Add(same);
            }
        }
        // Nearly a key, a key of elsewhere, never a key: no telling which.
        Assert.Single(unknown);
        Assert.Equal(before, shop.Server.Fingerprint());
    }

    [Fact]
    public async Task A_key_in_the_address_is_refused_before_any_operation_and_not_repeated()
    {
        string before = shop.Server.Fingerprint();
        foreach (string key in (string[])[shop.Server.Key, shop.Names["live key"], Unknown])
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (var (operation, _, _, _) in IsolationTests.Requests)
            {
                foreach (string? header in (string?[])[null, shop.Server.Key])
                {
                    var reply = await IsolationTests.Ask(shop, operation, header, "", change: r => r.RequestUri = new Uri(r.RequestUri + (r.RequestUri!.Query.Length > 0 ? "&" : "?") + "key=" + key));
                    Assert.True(reply.Status == 400, $"{operation}: {reply.Text}");
                    Assert.DoesNotContain(key, reply.Text, StringComparison.Ordinal);
                    seen.Add(Bytes(reply));
                }
            }
            Assert.Single(seen);
        }
        Assert.Equal(before, shop.Server.Fingerprint());
    }

    [Theory]
    [InlineData("Host", "evil.example")]
    [InlineData("Host", "127.0.0.1.evil.example:80")]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("Origin", "null")]
    public async Task A_foreign_host_or_page_is_refused_before_any_work_whoever_it_comes_from(string header, string value)
    {
        string before = shop.Server.Fingerprint();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (operation, _, _, _) in IsolationTests.Requests)
        {
            foreach (string? key in (string?[])[null, Unknown, shop.Server.Key])
            {
                var reply = await IsolationTests.Ask(shop, operation, key, "", change: r =>
                {
                    r.Headers.Remove(header);
                    r.Headers.TryAddWithoutValidation(header, value);
                    // Not even the body is looked at.
                    r.Content = r.Content is null ? null : new ByteArrayContent([0xff, 0x00]);
                });
                Assert.True(reply.Status == 403, $"{operation}: {reply.Status} {reply.Text}");
                seen.Add(Bytes(reply));
            }
        }
        Assert.Single(seen);
        Assert.Equal(before, shop.Server.Fingerprint());
    }

    /// <summary>The answer about another workspace's id is the answer about an id that never was, byte for byte but for the id that was asked.</summary>
    [Theory]
    [MemberData(nameof(AskedById))]
    public async Task An_id_of_another_workspace_is_refused_as_one_that_never_was(string operation)
    {
        foreach (var (key, whose) in new[] { (shop.Names["live key"], ""), (shop.Server.Key, "live ") })
        {
            string before = shop.Server.Fingerprint();
            var theirs = await IsolationTests.Ask(shop, operation, key, whose, change: Anew);
            var nobodys = await IsolationTests.Ask(shop, operation, key, whose, change: NeverWas);
            Assert.True(theirs.Status == 404, theirs.Text);
            Assert.Equal(Bytes(theirs), Bytes(nobodys));
            Assert.Equal(before, shop.Server.Fingerprint());
        }
    }

    [Theory]
    [MemberData(nameof(Scope))]
    public async Task A_key_with_one_scope_does_what_the_scope_is_for_and_nothing_else(string scope)
    {
        string key = shop.Server.NewKey(scopes: new[] { scope }.ToFrozenSet(StringComparer.Ordinal));
        var refusals = new HashSet<string>(StringComparer.Ordinal);
        string before = shop.Server.Fingerprint();
        foreach (var operation in AllOperations.List.Where(o => o.Route is not null && o.Scope != scope))
        {
            var reply = await IsolationTests.Ask(shop, operation.Name, key, "");
            Assert.True(reply.Status == 403 && reply.Code == "forbidden", $"{operation.Name} with {scope}: {reply.Status} {reply.Text}");
            refusals.Add(Bytes(reply).Replace(operation.Scope, "SCOPE", StringComparison.Ordinal));
        }
        Assert.Single(refusals);
        Assert.Equal(before, shop.Server.Fingerprint());
        foreach (var operation in AllOperations.List.Where(o => o.Route is not null && o.Scope == scope))
        {
            // A simulation reads prices beside the usage: it needs both.
            string one = operation.Name == "simulate_pricing" ? shop.Server.NewKey(scopes: new[] { scope, Scopes.CatalogRead }.ToFrozenSet(StringComparer.Ordinal)) : key;
            var reply = await IsolationTests.Ask(shop, operation.Name, one, "");
            Assert.True(reply.Status is not (401 or 403 or >= 500), $"{operation.Name} with {scope}: {reply.Status} {reply.Text}");
        }
    }

    private static Action<HttpRequestMessage> Bearer(string credential) => r =>
    {
        r.Headers.Authorization = null;
        r.Headers.TryAddWithoutValidation("Authorization", "Bearer " + credential);
    };

    /// <summary>Under a key that no other test of these has used: what it once was used for would answer first.</summary>
    private static void Anew(HttpRequestMessage request)
    {
        if (request.Content?.ReadAsStringAsync().Result is { } body)
        {
            request.Content = new StringContent(body.Replace("\"isolation\"", "\"asked by id\"", StringComparison.Ordinal), MediaTypeHeaderValue.Parse("application/json"));
        }
    }

    /// <summary>Puts other digits into the ids of a request, in its address and its body; the kind of an id stays.</summary>
    private void NeverWas(HttpRequestMessage request)
    {
        string Other(string text) => PublicId().Replace(text, id => id.Groups[1].Value + "_" + new string([.. id.Groups[2].Value.Select(c => c is >= '0' and <= '8' ? (char)(c + 1) : c)]))
            .Replace("only-live", "only-none", StringComparison.Ordinal).Replace("only-test", "only-none", StringComparison.Ordinal)
            .Replace("live-event", "none-event", StringComparison.Ordinal).Replace("test-event", "none-event", StringComparison.Ordinal);
        string address = request.RequestUri!.ToString(), changed = Other(address);
        Anew(request);
        string body = request.Content?.ReadAsStringAsync().Result ?? "", other = Other(body);
        Assert.NotEqual((address, body), (changed, other));
        request.RequestUri = new Uri(changed);
        if (request.Content is not null)
        {
            request.Content = new StringContent(other, MediaTypeHeaderValue.Parse("application/json"));
        }
    }

    /// <summary>Status, names of headers and body of an answer, without what differs by request: its id, and the ids that were asked about.</summary>
    private static string Bytes(Reply reply)
    {
        string body = RequestId().Replace(reply.Text, "\"request_id\":\"\"");
        body = Asked().Replace(body, "ID");
        string headers = string.Join(' ', reply.Headers.Where(h => h.Key is not ("Date" or "Content-Length")).Select(h => string.Equals(h.Key, "X-Request-Id", StringComparison.OrdinalIgnoreCase) ? h.Key : $"{h.Key}={h.Value}").Order(StringComparer.Ordinal));
        return $"{reply.Status} {headers}\n{body}";
    }

    private async Task<string> PortalCookie()
    {
        string link = (await shop.Client.Do("/v1/portal-sessions", new { customer_id = "alice" })).Json.GetProperty("url").GetString()!;
        using var browser = new Browser(shop.Server.Url);
        var entered = await browser.Get(link);
        return entered.Header("Set-Cookie").Split(';')[0];
    }

    [GeneratedRegex("([a-z]{2,12})_([0-9a-f]{8}-[0-9a-f-]{27})")]
    private static partial Regex PublicId();

    [GeneratedRegex("\"request_id\":\"[^\"]*\"")]
    private static partial Regex RequestId();

    [GeneratedRegex("[a-z]{2,12}_[0-9a-f]{8}-[0-9a-f-]{27}|only-(live|test|none)|(live|test|none)-event")]
    private static partial Regex Asked();
}
