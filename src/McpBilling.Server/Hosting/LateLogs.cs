using Microsoft.Extensions.Logging.Abstractions;

namespace McpBilling.Server.Hosting;

/// <summary>Makes the real log when there is something to write: usually there is not, and setting it up delays the first answer of a stdio session.</summary>
/// <param name="minimum">Below it nothing is written.</param>
/// <param name="silent">A category of which nothing is ever written: whoever asks is told so, and can spare what writing would take.</param>
/// <param name="make">The real one.</param>
internal sealed class LateLogs(LogLevel minimum, string silent, Func<ILoggerFactory> make) : ILoggerFactory
{
    private readonly LogLevel minimum = minimum;
    private readonly Lazy<ILoggerFactory> real = new(make);

    public ILogger CreateLogger(string categoryName) => categoryName == silent ? NullLogger.Instance : new LateLogger(this, categoryName);

    public void AddProvider(ILoggerProvider provider) => real.Value.AddProvider(provider);

    public void Dispose()
    {
        if (real.IsValueCreated)
        {
            real.Value.Dispose();
        }
    }

    private sealed class LateLogger(LateLogs logs, string category) : ILogger
    {
        private readonly Lazy<ILogger> real = new(() => logs.real.Value.CreateLogger(category));

        // Of the filters only the first: the others are asked when something is written.
        public bool IsEnabled(LogLevel logLevel) => logLevel >= logs.minimum && logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                real.Value.Log(logLevel, eventId, state, exception, formatter);
            }
        }

        // The lines on standard error do not show scopes.
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
    }
}
