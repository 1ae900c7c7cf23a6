using System.Net;
using McpBilling.Payments;
using Stripe;

namespace McpBilling.Stripe;

/// <summary>Where Stripe is, and how long an answer may take.</summary>
public sealed record StripeConnection
{
    /// <summary>Another address than Stripe's own, for tests: a server on loopback.</summary>
    public Uri? ApiBase { get; init; }

    /// <summary>Of one attempt. The library makes two more after a timeout, a lost connection or a failure of Stripe, under the same key.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For tests: what carries the requests.</summary>
    public HttpMessageHandler? Handler { get; init; }

    /// <summary>Pauses before a request that was refused for being one too many is sent again. The library does not do that.</summary>
    public IReadOnlyList<TimeSpan> Pauses { get; init; } = [TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4)];
}

/// <summary>How calls to Stripe are made: the version pinned by the library, our idempotency keys, bounded patience.</summary>
internal sealed class StripeCalls : IDisposable
{
    /// <summary>The version whose requests and events are understood; Stripe.net is generated for it.</summary>
    public const string Version = "2026-10-28.endive";

    private const int RetriesOfLibrary = 2;
    private const HttpStatusCode TooManyRequests = (HttpStatusCode)429;

    // Whatever the other side says: nobody waits longer in one call.
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly StripeConnection _connection;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;

    public StripeCalls(StripeKeys keys, TimeProvider time, StripeConnection connection)
    {
        (_connection, _time) = (connection, time);
        // Addresses change behind a name: a connection is not kept for ever.
        _http = new HttpClient(connection.Handler ?? new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), AllowAutoRedirect = false }) { Timeout = connection.Timeout };
        Client = new StripeClient(new StripeClientOptions
        {
            ApiKey = keys.SecretKey,
            ApiBase = connection.ApiBase?.ToString().TrimEnd('/'),
            HttpClient = new SystemNetHttpClient(_http, RetriesOfLibrary, new AppInfo { Name = "McpBilling" }, enableTelemetry: false),
        });
    }

    public StripeClient Client { get; }

    /// <summary>Makes a call; one that is refused for being one too many is made again after a pause.</summary>
    /// <exception cref="StripeException">Refused.</exception>
    public async Task<T> Call<T>(PaymentKey? key, Func<RequestOptions, CancellationToken, Task<T>> call, CancellationToken cancellation)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                return await call(new RequestOptions { IdempotencyKey = key?.Value }, cancellation);
            }
            catch (StripeException e) when (e.HttpStatusCode == TooManyRequests && attempt < _connection.Pauses.Count)
            {
                await Task.Delay(PauseAfter(e, attempt), _time, cancellation);
            }
        }
    }

    /// <summary>As <see cref="Call"/>, for calls whose failure nobody can do anything about but try again or tell.</summary>
    /// <exception cref="ProcessorException">Refused, or no answer.</exception>
    public async Task<T> Make<T>(PaymentKey? key, Func<RequestOptions, CancellationToken, Task<T>> call, CancellationToken cancellation)
    {
        try
        {
            return await Call(key, call, cancellation);
        }
        catch (Exception e) when (IsFailure(e, cancellation))
        {
            throw Translated(e);
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Whether it came from the call and not from whoever stopped waiting for it.</summary>
    public static bool IsFailure(Exception e, CancellationToken cancellation) =>
        e is StripeException or HttpRequestException or IOException || (e is OperationCanceledException && !cancellation.IsCancellationRequested);

    /// <summary>Whether it may have been done all the same: no answer, one that cannot be read, a failure of Stripe, or another call under this key at the same time.</summary>
    public static bool IsUnknown(Exception e) =>
        e is not StripeException stripe || stripe.StripeError is null || stripe.HttpStatusCode is HttpStatusCode.Conflict or >= HttpStatusCode.InternalServerError || (int)stripe.HttpStatusCode < 200;

    /// <summary>Refused for now: too many requests, or a key that is wrong or may not do that, which the builder puts right.</summary>
    public static bool IsForNow(Exception e) => e is StripeException { HttpStatusCode: TooManyRequests or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden };

    /// <summary>In our words. A message of Stripe may show the end of a key or what a customer typed, so that only its codes go on.</summary>
    public static ProcessorException Translated(Exception e)
    {
        if (e is StripeException { StripeError: { } error } stripe && !IsUnknown(e))
        {
            string where = error.Param is { Length: > 0 } parameter ? $", about {parameter}" : "";
            return new ProcessorException($"Stripe refused it: {(int)stripe.HttpStatusCode} {error.Code ?? error.Type}{where}.", isUnknown: false, IsForNow(e));
        }
        return new ProcessorException($"Stripe did not answer ({e.GetType().Name}): it is not known whether it was done.", isUnknown: true, canRetry: true);
    }

    private TimeSpan PauseAfter(StripeException e, int attempt)
    {
        var asked = e.StripeResponse?.Headers?.RetryAfter?.Delta ?? TimeSpan.Zero;
        var pause = _connection.Pauses[attempt];
        return asked <= pause ? pause : asked < LongestPause ? asked : LongestPause;
    }
}
