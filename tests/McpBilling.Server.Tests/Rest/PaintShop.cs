using System.Collections.Frozen;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Server.Hosting;
using McpBilling.Server.Tests.Commands;
using McpBilling.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace McpBilling.Server.Tests.Rest;

/// <summary>The paint shop behind real Kestrel on a port of its own, with real keys in a real data file.</summary>
public sealed class PaintShop : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mcp-billing-test-");
    private readonly FakeEngine engine = new();
    private ApiKeys keys = null!;
    private HttpDoor door = null!;

    internal PaintOperation<MixPaintInput> Mix { get; } = new("mix_paint", "POST /v1/pots/{pot_id}/mix", Scopes.UsageWrite, input => input.Litres switch
    {
        13 => throw new BillingException(ErrorCode.InsufficientBalance, "Not enough paint.", "litres"),
        42 => throw new InvalidTimeZoneException("a secret in an exception"),
        50 => throw new BillingException(ErrorCode.TryAgain, "The mixer is busy."),
        99 => new PaintOutput { PotId = "", Litres = 0, Utf8Json = "{\"stored\":true}"u8.ToArray() },
        _ => new PaintOutput { PotId = input.PotId, Litres = input.Litres, Strength = input.Strength, Key = input.IdempotencyKey, Created = input.Litres == 1 },
    })
    { Creates = true };

    internal PaintOperation<ListPaintInput> List { get; } = new("list_paint", "GET /v1/pots/{pot_id}", Scopes.UsageRead,
        input => new PaintOutput { PotId = input.PotId, Litres = input.Limit ?? 7, Key = input.Newest ? "newest" : null })
    { Reads = true };

    internal PaintOperation<StirPaintInput> Stir { get; } = new("stir_paint", "POST /v1/stir", Scopes.UsageWrite,
        input => new PaintOutput { PotId = input.PotId, Litres = (int)input.Speed, Key = input.IdempotencyKey });

    /// <summary>Tells by which thread it ran.</summary>
    internal PaintOperation<StirPaintInput> StirMany { get; } = new("stir_paints", "POST /v1/stir/batch", Scopes.UsageWrite,
        input => input.PotId == "lost"
            ? throw new BillingException(ErrorCode.CustomerNotFound, "There is no such pot.", "pot_id")
            : new PaintOutput { PotId = input.PotId, Litres = 0, Key = Thread.CurrentThread.Name })
    { TakesMany = true };

    public HttpClient Client { get; } = new(new SocketsHttpHandler { UseProxy = false });

    public Uri Url { get; private set; } = null!;
    public string Key { get; private set; } = "";
    public string ReadOnlyKey { get; private set; } = "";
    public string RevokedKey { get; private set; } = "";
    public string ExpiredKey { get; private set; } = "";

    internal FakeEngine Engine => engine;
    internal CapturedLogs Logs { get; } = new();

    internal static Composition Parts(FakeEngine engine, params Operation[] operations) => new()
    {
        Operations = operations,
        Json = BillingJsonOptions.Create(PaintJson.Default),
        OpenEngine = (_, _, _) => new Engine(engine, engine, engine),
        OpenVerifier = _ => engine,
        RunDemo = (_, _) => Task.FromResult(0),
    };

    public async ValueTask InitializeAsync()
    {
        var parts = Parts(engine, Mix, List, Stir, StirMany);
        var file = DataFile.Locate(Path.Combine(folder.FullName, "billing.db"), _ => null);
        Migrator.Prepare(file, TimeProvider.System);
        keys = new ApiKeys(file, TimeProvider.System);
        Key = keys.Create("app", Mode.Test, Scopes.All, null).Key;
        ReadOnlyKey = keys.Create("reader", Mode.Test, Scopes.ReadOnly, null).Key;
        ExpiredKey = keys.Create("old", Mode.Test, Scopes.All, Instant.Earliest).Key;
        (RevokedKey, var revoked) = keys.Create("lost", Mode.Test, Scopes.All, null);
        keys.Revoke(revoked.Id);
        var options = new HttpDoorOptions(ListenUrls.Parse("http://127.0.0.1:0", _ => null), ["paint.example"], AllowAnonymous: false);
        door = await HttpDoor.Open(options, parts, keys, parts.OpenEngine(file, TimeProvider.System, NullLoggerFactory.Instance), Logs, CancellationToken.None);
        Url = new Uri(door.Urls[0]);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await door.DisposeAsync();
        keys.Dispose();
        folder.Delete(recursive: true);
    }

    /// <summary>A request with the shop's key, where <paramref name="change"/> does not say otherwise.</summary>
    internal async Task<Answer> Send(string method, string path, byte[]? body = null, Action<HttpRequestMessage>? change = null, string? contentType = "application/json")
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(Url, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = contentType is null ? null : MediaTypeHeaderValue.Parse(contentType);
        }
        change?.Invoke(request);
        using var response = await Client.SendAsync(request);
        return new Answer(response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers.Concat(response.Content.Headers)
            .ToFrozenDictionary(h => h.Key, h => string.Join(", ", h.Value), StringComparer.OrdinalIgnoreCase));
    }

    internal Task<Answer> Post(string path, string body, Action<HttpRequestMessage>? change = null) => Send("POST", path, Encoding.UTF8.GetBytes(body), change);
}

/// <summary>What came back.</summary>
internal sealed record Answer(HttpStatusCode Status, string Text, FrozenDictionary<string, string> Headers)
{
    public JsonElement Json => JsonDocument.Parse(Text).RootElement;
    public string? Code => Json.TryGetProperty("code", out var code) ? code.GetString() : null;
    public string? Field => Json.TryGetProperty("field", out var place) ? place.GetString() : null;
}

/// <summary>Keeps what was logged.</summary>
internal sealed class CapturedLogs : ILoggerFactory, ILogger
{
    private readonly List<string> lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (lines)
            {
                return [.. lines];
            }
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            lock (lines)
            {
                lines.Add($"{formatter(state, exception)} {exception}");
            }
        }
    }
}
