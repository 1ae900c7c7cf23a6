using System.Text;
using System.Text.Json;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Webhooks;

namespace McpBilling.Tests.Webhooks;

/// <summary>Signatures and secrets. That other implementations accept them is shown with theirs, in the server's tests.</summary>
public sealed class WebhookSignatureTests
{
    private static readonly Instant Day = Instant.From(new DateTimeOffset(2026, 11, 26, 8, 0, 0, TimeSpan.Zero));
    private static readonly byte[] Master = Encoding.ASCII.GetBytes("the secret of a database, 32 byte");

    [Fact]
    public void A_signature_is_the_one_of_the_standard()
    {
        // The example of the specification (standard-webhooks.md, symmetric).
        byte[] secret = Convert.FromBase64String("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        byte[] body = Encoding.UTF8.GetBytes("""{"test": 2432232314}""");
        Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", WebhookSignature.Sign([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body));
    }

    [Fact]
    public void Each_secret_signs() =>
        Assert.Equal(
            $"{WebhookSignature.Sign([[1]], "m", 1, "x"u8)} {WebhookSignature.Sign([[2]], "m", 1, "x"u8)}", WebhookSignature.Sign([[1], [2]], "m", 1, "x"u8));

    [Fact]
    public void Secrets_differ_by_everything_that_they_are_derived_from()
    {
        string[] secrets =
        [
            Text(Master, 1, 1, Day, 1), Text(Master, 2, 1, Day, 1), Text(Master, 1, 2, Day, 1), Text(Master, 1, 1, Day + TimeSpan.FromSeconds(1), 1), Text(Master, 1, 1, Day, 2),
            Text([.. Master.Reverse()], 1, 1, Day, 1), Text(Master, 11, 1, Day, 1), Text(Master, 1, 11, Day, 1),
        ];
        Assert.Equal(secrets.Length, secrets.Distinct().Count());
        Assert.All(secrets, s => Assert.Equal(32, Convert.FromBase64String(s["whsec_".Length..]).Length));
        Assert.Equal(secrets[0], Text(Master, 1, 1, Day, 1));
    }

    [Fact]
    public void Two_secrets_sign_until_the_overlap_is_over()
    {
        var endpoint = new WebhookEndpoint(1, "https://example.com", [], null, true, null, Day, 3, Day + TimeSpan.FromHours(1));
        byte[] third = SigningSecret.Derive(Master, 7, 1, Day, 3), second = SigningSecret.Derive(Master, 7, 1, Day, 2);
        Assert.Equal([third, second], endpoint.Secrets(Master, 7, Day));
        Assert.Equal([third], endpoint.Secrets(Master, 7, Day + TimeSpan.FromHours(1)));
        Assert.Equal(SigningSecret.Text(third), endpoint.SecretText(Master, 7));
    }

    [Theory]
    [InlineData("anna", Mode.Test, """{"id":"msg_1","type":"hold.expired","timestamp":"2026-11-26T08:00:00Z","mode":"test","customer_id":"anna","data":{"a":"1"}}""")]
    [InlineData(null, Mode.Live, """{"id":"msg_1","type":"hold.expired","timestamp":"2026-11-26T08:00:00Z","mode":"live","data":{"a":"1"}}""")]
    public void A_body_says_what_happened_when_and_to_whom(string? customer, Mode mode, string body) =>
        Assert.Equal(body, Encoding.UTF8.GetString(WebhookBody.Write("msg_1", mode, new OutboxMessage(MessageTypes.HoldExpired, Day, customer, """{"a":"1"}"""))));

    [Fact]
    public void Text_of_others_cannot_leave_its_place()
    {
        byte[] body = WebhookBody.Write("msg_1", Mode.Test, new OutboxMessage(MessageTypes.HoldExpired, Day, "a\",\"mode\":\"live", "{}"));
        Assert.Equal(("test", "a\",\"mode\":\"live"), (JsonElement.Parse(body).GetProperty("mode").GetString(), JsonElement.Parse(body).GetProperty("customer_id").GetString()));
    }

    private static string Text(byte[] master, long workspace, long endpoint, Instant at, long generation) => SigningSecret.Text(SigningSecret.Derive(master, workspace, endpoint, at, generation));
}
