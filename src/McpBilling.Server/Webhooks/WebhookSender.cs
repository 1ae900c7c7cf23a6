using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using McpBilling.Operations;
using McpBilling.Webhooks;

namespace McpBilling.Server.Webhooks;

/// <summary>
/// Sends one message once. It goes over https to a public address and nowhere else: the name is resolved here, every address that it has is judged, and the
/// connection is made to a judged address, so that nothing can change between the look and the call. No redirect is followed, no proxy asked, no cookie kept,
/// nothing of the answer read but its head.
/// </summary>
/// <param name="toLoopback">For tests of an app: messages of test workspaces may go to this machine, and over plain http.</param>
/// <param name="resolve">Finds the addresses of a name; null for the system's resolver.</param>
internal sealed class WebhookSender(bool toLoopback, TimeProvider time, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null) : IDisposable
{
    /// <summary>How long an attempt may take in all.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(5);

    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve = resolve ?? ((name, cancellation) => Dns.GetHostAddressesAsync(name, cancellation));

    // Two, with connections of their own: none that was made to this machine is ever used for a message that must not go there.
    private HttpMessageInvoker Strict => field ??= Invoker(PublicAddresses.Contains);

    private HttpMessageInvoker Loose => field ??= Invoker(static a => PublicAddresses.Contains(a) || IPAddress.IsLoopback(a.IsIPv4MappedToIPv6 ? a.MapToIPv4() : a));

    /// <returns>Null: <paramref name="cancellation"/> ended it.</returns>
    public async Task<AttemptResult?> Send(DeliveryWork work, Mode mode, CancellationToken cancellation)
    {
        long began = time.GetTimestamp();
        AttemptResult Result(AttemptOutcome outcome, int? status = null, TimeSpan? retryAfter = null) => new(outcome, status, time.GetElapsedTime(began), retryAfter);
        bool loose = toLoopback && mode == Mode.Test;
        if (work.Url.Scheme != Uri.UriSchemeHttps && !(loose && work.Url.Scheme == Uri.UriSchemeHttp))
        {
            return Result(AttemptOutcome.AddressRefused);
        }
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            using var request = Request(work, mode);
            using var response = await (loose ? Loose : Strict).SendAsync(request, either.Token);
            int status = (int)response.StatusCode;
            var outcome = status switch
            {
                >= 200 and < 300 => AttemptOutcome.Delivered,
                >= 300 and < 400 => AttemptOutcome.Redirected,
                410 => AttemptOutcome.Gone,
                _ => AttemptOutcome.HttpError,
            };
            return Result(outcome, status, RetryAfter(response.Headers.RetryAfter));
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return null;
        }
        catch (OperationCanceledException)
        {
            return Result(AttemptOutcome.TimedOut);
        }
        catch (Exception e)
        {
            // Whatever a receiver makes of its answer: it is an attempt that failed.
            return Result(OutcomeOf(e));
        }
    }

    public void Dispose()
    {
        Strict.Dispose();
        Loose.Dispose();
    }

    private HttpRequestMessage Request(DeliveryWork work, Mode mode)
    {
        byte[] body = WebhookBody.Write(work.MessageId, mode, work.Message);
        long timestamp = time.GetUtcNow().ToUnixTimeSeconds();
        var request = new HttpRequestMessage(HttpMethod.Post, work.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add(WebhookSignature.IdHeader, work.MessageId);
        request.Headers.Add(WebhookSignature.TimestampHeader, timestamp.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add(WebhookSignature.SignatureHeader, WebhookSignature.Sign(work.Secrets, work.MessageId, timestamp, body));
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("McpBilling-Webhooks", "1"));
        return request;
    }

    private HttpMessageInvoker Invoker(Func<IPAddress, bool> allows) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        ConnectTimeout = ConnectPatience,
        MaxResponseHeadersLength = 16,
        MaxResponseDrainSize = 16 * 1024,
        ResponseDrainTimeout = TimeSpan.FromSeconds(1),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(10),
        // A name that has moved is asked again before long.
        PooledConnectionLifetime = TimeSpan.FromMinutes(1),
        ConnectCallback = (context, cancellation) => Connect(context.DnsEndPoint, allows, cancellation),
    });

    private async ValueTask<Stream> Connect(DnsEndPoint target, Func<IPAddress, bool> allows, CancellationToken cancellation)
    {
        var addresses = IPAddress.TryParse(target.Host, out var literal) ? [literal] : await _resolve(target.Host, cancellation);
        if (addresses.Length == 0)
        {
            throw new SocketException((int)SocketError.HostNotFound);
        }
        // One that is not public among others that are is no accident.
        if (!addresses.All(allows))
        {
            throw new AddressRefusedException();
        }
        SocketException? failure = null;
        foreach (var address in addresses)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, target.Port), cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException e)
            {
                failure = e;
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
        throw failure!;
    }

    private TimeSpan? RetryAfter(RetryConditionHeaderValue? header)
    {
        var asked = header?.Delta ?? header?.Date - time.GetUtcNow();
        return asked > TimeSpan.Zero ? asked : null;
    }

    private static AttemptOutcome OutcomeOf(Exception e)
    {
        for (Exception? cause = e; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case AddressRefusedException:
                    return AttemptOutcome.AddressRefused;
                case AuthenticationException:
                    return AttemptOutcome.TlsFailed;
                case SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain }:
                    return AttemptOutcome.NameNotResolved;
                case TimeoutException:
                    return AttemptOutcome.TimedOut;
            }
        }
        return AttemptOutcome.ConnectionFailed;
    }

    private sealed class AddressRefusedException() : Exception("The name leads to an address that is not public.");
}
