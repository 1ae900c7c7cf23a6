using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace McpBilling.Server.Tests.Secrets;

/// <summary>Keeps every answer that came back, with its headers.</summary>
internal sealed class Overhearing(ConcurrentQueue<(string Where, string Text)> heard) : DelegatingHandler(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false })
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        await response.Content.LoadIntoBufferAsync(cancellationToken);
        heard.Enqueue(($"{request.Method} {request.RequestUri!.AbsolutePath}: {(int)response.StatusCode}", $"{response.Headers}{response.Content.Headers}{await response.Content.ReadAsStringAsync(cancellationToken)}"));
        return response;
    }
}

/// <summary>Keeps every line that the program's own log writes, at whatever level it is asked to write.</summary>
internal sealed class LogEar(ConcurrentQueue<string> lines) : ILoggerProvider, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public void Dispose()
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        lines.Enqueue($"{formatter(state, exception)} {exception}");
}
