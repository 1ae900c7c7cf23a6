using McpBilling.Server.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace McpBilling.Server.Tests.Hosting;

/// <summary>The log that is made when there is something to write.</summary>
public sealed class LateLogsTests
{
    private int made;

    [Fact]
    public void Nothing_is_made_for_what_is_not_written()
    {
        using var logs = new LateLogs(LogLevel.Warning, "silent", Make);
        var log = logs.CreateLogger("a");
        Assert.False(log.IsEnabled(LogLevel.Information));
        Assert.True(log.IsEnabled(LogLevel.Warning));
        Assert.False(log.IsEnabled(LogLevel.None));
        log.Log(LogLevel.Information, default, "quiet", null, static (text, _) => text);
        Assert.Equal(0, made);
    }

    [Fact]
    public void The_real_log_is_made_once_by_the_first_line()
    {
        using var logs = new LateLogs(LogLevel.Warning, "silent", Make);
        logs.CreateLogger("a").Log(LogLevel.Warning, default, "one", null, static (text, _) => text);
        logs.CreateLogger("b").Log(LogLevel.Error, default, "two", null, static (text, _) => text);
        Assert.Equal(1, made);
    }

    [Fact]
    public void With_no_logging_asked_for_nothing_is_ever_made()
    {
        using var logs = new LateLogs(LogLevel.None, "silent", Make);
        logs.CreateLogger("a").Log(LogLevel.Critical, default, "lost", null, static (text, _) => text);
        Assert.Equal(0, made);
    }

    [Fact]
    public void Of_a_silent_category_nothing_is_made_and_whoever_asks_is_told()
    {
        using var logs = new LateLogs(LogLevel.Trace, "silent", Make);
        var log = logs.CreateLogger("silent");
        Assert.False(log.IsEnabled(LogLevel.Critical));
        log.Log(LogLevel.Critical, default, "lost", null, static (text, _) => text);
        Assert.Equal(0, made);
    }

    private NullLoggerFactory Make()
    {
        made++;
        return NullLoggerFactory.Instance;
    }
}
