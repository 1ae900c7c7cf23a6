using System.Security.Cryptography;
using System.Text.Json;
using McpBilling.Integration;
using McpBilling.Operations;
using McpBilling.Server.Mcp.Keys;
using McpBilling.Server.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace McpBilling.Server.Mcp;

/// <summary>What the MCP side shows and needs: the operations, the program around them, and the switches of the command line.</summary>
public sealed record McpSurface
{
    /// <summary>The toolsets that a host gets when it names none: thirty tools are as many as a model chooses well among. Payments and admin are for those who ask.</summary>
    public static readonly IReadOnlySet<ToolSet> DefaultToolSets = new HashSet<ToolSet> { ToolSet.Setup, ToolSet.Catalog, ToolSet.Wallets, ToolSet.Usage, ToolSet.Costs };

    public required IReadOnlyList<Operation> Operations { get; init; }

    public required IBilling Billing { get; init; }

    /// <summary>Where tool calls note what leaves no row; null: nowhere.</summary>
    public ISignals? Signals { get; init; }

    /// <summary>How inputs are read and outputs written; knows the types of every operation.</summary>
    public required JsonSerializerOptions Json { get; init => field = McpJson.Beside(value); }

    /// <summary>Who acts when the transport names nobody: the local user of stdio. Null on HTTP, where every request carries its own.</summary>
    public Caller? LocalCaller { get; init; }

    /// <summary>Removes every tool that changes something.</summary>
    public bool ReadOnly { get; init; }

    public IReadOnlySet<ToolSet> ToolSets { get; init; } = DefaultToolSets;

    /// <summary>Where the runtime API listens, without a path; null when this process has none.</summary>
    public string? RuntimeUrl { get => Beside is null ? field : Beside.Url; init; }

    /// <summary>What knows <see cref="RuntimeUrl"/> where it is settled only after the session began; every call of a tool waits for it.</summary>
    public IRuntimeBeside? Beside { get; init; }

    /// <summary>Under which this server is known to its clients, without a path; null where that is what a request says.</summary>
    public string? PublicUrl { get; init; }

    public string Workspace { get; init; } = "default";

    /// <summary>The keys of the data file, for the tools about keys.</summary>
    public IApiKeys? ApiKeys { get; init; }

    /// <summary>Whether the tools about keys are offered.</summary>
    public bool KeepsKeys { get => field || ApiKeys is not null; init; }

    /// <summary>The folder this process was started in, where an env file may be written when the client names none. Only stdio has one.</summary>
    public string? LocalFolder { get; init; }

    /// <summary>Whether to know no sessions, so that requests may go to any of several processes.</summary>
    public bool Stateless { get; init; }

    /// <summary>Issuers of tokens for this server; by default the server itself, whose keys are made with <c>keys create</c>.</summary>
    public IReadOnlyList<string> AuthorizationServers { get; init; } = [];

    /// <summary>Where suggestions for arguments come from; by default the read operations.</summary>
    public ICompletions? Completions { get; init; }

    /// <summary>Signs the state of a question to the user. Processes that share requests (<see cref="Stateless"/>) must share it.</summary>
    public Lazy<byte[]> StateKey { get; init; } = new(() => RandomNumberGenerator.GetBytes(32));

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public ILoggerFactory Logs { get; init; } = NullLoggerFactory.Instance;

    /// <summary>Whether requests are measured and traced, for whoever listens. Not where a session's start counts and nobody can.</summary>
    internal bool IsWatched { get; init; }

    /// <summary>Bounds what takes long; shared with the runtime API of the same process.</summary>
    internal LongOperations LongOperations { get; init; } = new();

    /// <summary>What there is beside the operations.</summary>
    internal Conversation Conversation { get; init; } = Conversation.Empty;

    /// <summary>The operations that appear as tools, in the order in which they are listed.</summary>
    internal IReadOnlyList<Operation> Tools =>
        [.. Operations.Prepend(new GetStarted(this)).Concat(OwnTools()).Where(o => o.HasTool && ToolSets.Contains(o.ToolSet) && (o.Reads || !ReadOnly))];

    /// <summary>Whether the app's key can be made in this conversation.</summary>
    internal bool MakesKeys => CreateApiKey.IsOfferedBy(this) && !ReadOnly && ToolSets.Contains(ToolSet.Setup);

    private IEnumerable<Operation> OwnTools()
    {
        if (CreateApiKey.IsOfferedBy(this))
        {
            yield return new CreateApiKey(this);
            yield return new CreateWebhookEndpoint(this);
            yield return new RotateWebhookSecret(this);
        }
        if (KeepsKeys)
        {
            yield return new ListApiKeys(this);
            yield return new RevokeApiKey(this);
        }
    }
}
