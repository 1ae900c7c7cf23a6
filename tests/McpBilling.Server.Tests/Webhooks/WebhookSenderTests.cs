using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Server.Webhooks;
using McpBilling.Webhooks;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Time.Testing;

namespace McpBilling.Server.Tests.Webhooks;

/// <summary>One attempt: where it may go, what it sends, and what its receiver can do to it.</summary>
public sealed class WebhookSenderTests : IAsyncLifetime
{
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 26, 8, 0, 0, TimeSpan.Zero));
    private readonly List<string> asked = [];
    private WebhookReceiver receiver = null!;

    public async ValueTask InitializeAsync() => receiver = await WebhookReceiver.Start();

    public ValueTask DisposeAsync() => receiver.DisposeAsync();

    [Theory]
    [InlineData(200, AttemptOutcome.Delivered)]
    [InlineData(204, AttemptOutcome.Delivered)]
    [InlineData(400, AttemptOutcome.HttpError)]
    [InlineData(429, AttemptOutcome.HttpError)]
    [InlineData(500, AttemptOutcome.HttpError)]
    [InlineData(304, AttemptOutcome.Redirected)]
    [InlineData(410, AttemptOutcome.Gone)]
    public async Task An_answer_is_read_by_its_status(int status, AttemptOutcome outcome)
    {
        receiver.AnswerWith(status, "Retry-After", "120");
        var result = await Send(receiver.Url + "/hooks?a=b");
        Assert.Equal((outcome, status, TimeSpan.FromMinutes(2)), (result.Outcome, result.HttpStatus, result.RetryAfter));
        var message = Assert.Single(receiver.Received);
        Assert.Equal(("/hooks", "application/json", "msg_1", "1795680000"), (message.Path, message.Headers["content-type"], message.Id, message.Headers["webhook-timestamp"]));
        Assert.Equal(WebhookSignature.Sign([[1], [2]], "msg_1", 1795680000, System.Text.Encoding.UTF8.GetBytes(message.Body)), message.Headers["webhook-signature"]);
        Assert.DoesNotContain(message.Headers.Keys, h => h is "cookie" or "authorization" or "traceparent");
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var other = await WebhookReceiver.Start();
        receiver.AnswerWith(307, "Location", other.Url);
        Assert.Equal((AttemptOutcome.Redirected, 307), ((await Send(receiver.Url)).Outcome, 307));
        Assert.Empty(other.Received);
    }

    [Fact]
    public async Task A_receiver_that_does_not_answer_is_given_up()
    {
        receiver.Hold();
        var sending = Send(receiver.Url);
        await Until(() => !receiver.Received.IsEmpty);
        time.Advance(WebhookSender.Patience - TimeSpan.FromSeconds(1));
        Assert.False(sending.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((AttemptOutcome.TimedOut, null), ((await sending).Outcome, (await sending).HttpStatus));
    }

    [Fact]
    public async Task Nothing_is_read_of_an_answer_that_never_ends()
    {
        receiver.Answer = async (_, context) =>
        {
            byte[] block = new byte[64 * 1024];
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(block, context.RequestAborted);
            }
        };
        Assert.Equal(AttemptOutcome.Delivered, (await Send(receiver.Url)).Outcome);
    }

    [Theory]
    [InlineData("10.0.0.5")]
    [InlineData("169.254.169.254")]
    [InlineData("::1")]
    [InlineData("::ffff:192.168.0.1")]
    [InlineData("8.8.8.8", "10.0.0.5")]
    [InlineData("64:ff9b::a00:5")]
    public async Task A_name_that_leads_into_a_private_network_is_refused_before_anything_is_sent(params string[] addresses)
    {
        using var sender = new WebhookSender(toLoopback: true, time, Resolve(addresses));
        foreach (var mode in (Mode[])[Mode.Live, .. addresses.Contains("::1") ? [] : (Mode[])[Mode.Test]])
        {
            Assert.Equal(AttemptOutcome.AddressRefused, (await sender.Send(Work("https://hooks.example.com/"), mode, CancellationToken.None))!.Outcome);
        }
        Assert.Contains("hooks.example.com", asked);
    }

    [Fact]
    public async Task This_machine_is_reached_in_test_mode_with_the_switch_and_not_otherwise()
    {
        var outcomes = new List<AttemptOutcome>();
        foreach (var (open, mode) in ((bool, Mode)[])[(true, Mode.Test), (true, Mode.Live), (false, Mode.Test), (false, Mode.Live)])
        {
            using var sender = new WebhookSender(open, time);
            outcomes.Add((await sender.Send(Work(receiver.Url), mode, CancellationToken.None))!.Outcome);
            // https by a literal and by a name: the same, but for what a plain receiver does to TLS.
            foreach (string host in (string[])["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
            {
                outcomes.Add((await sender.Send(Work($"https://{host}:{receiver.Port}/"), mode, CancellationToken.None))!.Outcome);
            }
        }
        Assert.Equal([AttemptOutcome.Delivered, .. Enumerable.Repeat(AttemptOutcome.TlsFailed, 3), .. Enumerable.Repeat(AttemptOutcome.AddressRefused, 12)], outcomes.Select(o => o is AttemptOutcome.ConnectionFailed ? AttemptOutcome.TlsFailed : o));
        Assert.Single(receiver.Received);
    }

    [Fact]
    public async Task The_address_that_was_judged_is_the_one_that_is_called()
    {
        // A name that answers differently each time: a public-looking look and a private call cannot be had.
        var answers = new Queue<string[]>([["127.0.0.1"], ["10.0.0.5"]]);
        using var sender = new WebhookSender(toLoopback: true, time, (name, _) => Task.FromResult<IPAddress[]>([.. answers.Dequeue().Select(a => IPAddress.Parse(a))]));
        receiver.AnswerWith(200, "Connection", "close");
        string url = $"http://rebind.example.com:{receiver.Port}/";
        Assert.Equal(AttemptOutcome.Delivered, (await sender.Send(Work(url), Mode.Test, CancellationToken.None))!.Outcome);
        Assert.Equal($"rebind.example.com:{receiver.Port}", Assert.Single(receiver.Received).Host);
        Assert.Equal(AttemptOutcome.AddressRefused, (await sender.Send(Work(url), Mode.Test, CancellationToken.None))!.Outcome);
        Assert.Empty(answers);
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_is_not_trusted()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        await using var secure = await WebhookReceiver.Start("https://127.0.0.1:0", web => web.UseKestrelHttpsConfiguration().ConfigureKestrel(k => k.ConfigureHttpsDefaults(h => h.ServerCertificate = certificate)));
        Assert.Equal(AttemptOutcome.TlsFailed, (await Send(secure.Url)).Outcome);
        Assert.Empty(secure.Received);
    }

    [Fact]
    public async Task A_receiver_that_is_not_there_is_told_apart_from_a_name_that_is_not()
    {
        string gone = receiver.Url;
        await receiver.DisposeAsync();
        Assert.Equal(AttemptOutcome.ConnectionFailed, (await Send(gone)).Outcome);
        using var sender = new WebhookSender(toLoopback: false, time, Resolve([]));
        Assert.Equal(AttemptOutcome.NameNotResolved, (await sender.Send(Work("https://nowhere.example.com/"), Mode.Test, CancellationToken.None))!.Outcome);
        receiver = await WebhookReceiver.Start();
    }

    [Fact]
    public async Task What_the_program_s_own_end_breaks_off_is_no_attempt()
    {
        receiver.Hold();
        using var stop = new CancellationTokenSource();
        using var sender = new WebhookSender(toLoopback: true, time);
        var sending = sender.Send(Work(receiver.Url), Mode.Test, stop.Token);
        await Until(() => !receiver.Received.IsEmpty);
        await stop.CancelAsync();
        Assert.Null(await sending);
    }

    private async Task<AttemptResult> Send(string url)
    {
        using var sender = new WebhookSender(toLoopback: true, time);
        return (await sender.Send(Work(url), Mode.Test, CancellationToken.None))!;
    }

    private Func<string, CancellationToken, Task<IPAddress[]>> Resolve(string[] addresses) => (name, _) =>
    {
        asked.Add(name);
        return Task.FromResult<IPAddress[]>([.. addresses.Select(a => IPAddress.Parse(a))]);
    };

    private static DeliveryWork Work(string url) =>
        new(1, 1, Instant.Never, new Uri(url), "msg_1", new OutboxMessage(MessageTypes.Test, Instant.Earliest, null, "{}"), [[1], [2]]);

    private static async Task Until(Func<bool> holds)
    {
        while (!holds())
        {
            await Task.Delay(5);
        }
    }
}
