using System.CommandLine;
using McpBilling.Operations;
using McpBilling.Server.Hosting;
using McpBilling.Storage;

namespace McpBilling.Server.Commands;

/// <summary>Options that several commands take, with one meaning.</summary>
internal static class SharedOptions
{
    /// <summary>What is logged when nothing is said about it.</summary>
    public const LogLevel UsualLevel = LogLevel.Warning;

    public static Option<string?> Data() => new("--data")
    {
        Description = "The data file. Default: MCP_BILLING_DATA, else mcp-billing/billing.db in your data folder.",
        HelpName = "PATH",
    };

    public static Option<string?> Urls() => new("--urls")
    {
        Description = $"Where to listen, several separated by semicolons. Default: MCP_BILLING_URLS, else {ListenUrls.Default}.",
        HelpName = "URLS",
    };

    public static Option<string[]> AllowedHosts() => new("--allowed-hosts")
    {
        Description = "Host names, besides localhost and those of --urls, under which the server may be called; * for every name.",
        HelpName = "NAMES",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    public static Option<LogLevel> Logging() => new("--log-level")
    {
        Description = "trace, debug, information, warning, error, critical or none.",
        DefaultValueFactory = _ => UsualLevel,
        CustomParser = result =>
        {
            if (result.Tokens is [var token] && !int.TryParse(token.Value, out _) && Enum.TryParse<LogLevel>(token.Value, ignoreCase: true, out var level))
            {
                return level;
            }
            result.AddError("--log-level must be one of trace, debug, information, warning, error, critical, none.");
            return UsualLevel;
        },
    };

    public static Option<Mode> Workspace(string name = "--mode", string description = "Which workspace: test or live.") => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => Mode.Test,
        CustomParser = result =>
        {
            switch (result.Tokens)
            {
                case [{ Value: "test" }]:
                    return Mode.Test;
                case [{ Value: "live" }]:
                    return Mode.Live;
                default:
                    result.AddError($"{name} must be test or live.");
                    return Mode.Test;
            }
        },
    };

    /// <summary>The values of an option that takes a list, written <c>a,b</c> or <c>a b</c>.</summary>
    public static string[] List(IEnumerable<string>? values) =>
        [.. (values ?? []).SelectMany(v => v.Split([',', ';'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];

    /// <summary>The data file, created and migrated where needed.</summary>
    public static Database Prepare(this Composition parts, string? data, Terminal terminal)
    {
        var file = Database.Locate(data, terminal.Environment);
        Migrator.Prepare(file, parts.Time);
        return file;
    }
}
