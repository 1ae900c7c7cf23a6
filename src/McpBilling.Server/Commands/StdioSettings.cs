using McpBilling.Server.Hosting;

namespace McpBilling.Server.Commands;

/// <summary>What <c>stdio</c> was told; as it is made, what it does when it is told nothing.</summary>
internal sealed record StdioSettings
{
    public string? Urls { get; init; }

    public string? Data { get; init; }

    public LogLevel Level { get; init; } = SharedOptions.UsualLevel;

    public LogFormat Format { get; init; }

    public bool NoHttp { get; init; }

    public bool ReadOnly { get; init; }

    public string[]? ToolSets { get; init; }
}
