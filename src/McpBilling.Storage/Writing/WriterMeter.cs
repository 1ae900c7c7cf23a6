using System.Diagnostics.Metrics;
using McpBilling.Usage;

namespace McpBilling.Storage.Writing;

/// <summary>
/// What one writer tells about its work, for whoever runs the program. Labels are names of our own code (kinds of commands, codes of errors), so there are few of
/// them, and none is a customer, a key or a text. While nobody listens it costs the writer a look at a field for each transaction.
/// </summary>
internal sealed class WriterMeter : IDisposable
{
    /// <summary>Of all meters of the program's own.</summary>
    public const string Name = "McpBilling";

    private static readonly double[] Seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
    private static readonly int[] Sizes = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

    // Of the writer's thread alone.
    private readonly Dictionary<Type, string> _kinds = [];
    private readonly TimeProvider _time;
    private readonly Meter _meter = new(Name);
    private readonly Counter<long> _commands, _denied;
    private readonly Histogram<int> _batch;
    private readonly Histogram<double> _wait, _transaction, _checkpoint;

    /// <param name="waiting">Commands that wait; asked from other threads, and may be a little off.</param>
    public WriterMeter(TimeProvider time, WriterMemory memory, Func<int> waiting)
    {
        _time = time;
        _commands = _meter.CreateCounter<long>("mcp_billing.commands", "{command}", "Commands decided, by kind and outcome (done, replayed, denied, or the code of the refusal).");
        _denied = _meter.CreateCounter<long>("mcp_billing.authorizations.denied", "{authorization}", "Authorizations that were denied, by reason.");
        _batch = _meter.CreateHistogram("mcp_billing.batch.size", "{command}", "Commands in one transaction.", advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = Sizes });
        _wait = Duration("mcp_billing.queue.wait", "How long a command waited for its transaction to begin.");
        _transaction = Duration("mcp_billing.transaction.duration", "How long a transaction took, its commit included.");
        _checkpoint = Duration("mcp_billing.checkpoint.duration", "How long moving the log into the database file took, by outcome.");
        _meter.CreateObservableGauge("mcp_billing.queue.length", waiting, "{command}", "Commands that wait for the writer.");
        _meter.CreateObservableGauge("mcp_billing.idempotency.keys", () => memory.Keys.Count, "{key}", "Idempotency keys in the index in memory.");
        _meter.CreateObservableGauge("mcp_billing.customers.cached", () => memory.Customers.Count, "{customer}", "Customers that the writer keeps in memory.");
    }

    /// <summary>Now, for <see cref="Transacted"/>; 0 while nobody asks how long commands wait.</summary>
    public long Queued() => _wait.Enabled ? _time.GetTimestamp() : 0;

    /// <summary>Now, for what is measured from here.</summary>
    public long Began() => _time.GetTimestamp();

    /// <summary>A transaction ended.</summary>
    /// <param name="began">As <see cref="Began"/> said.</param>
    /// <param name="outcome"><c>committed</c> or <c>rolled_back</c>.</param>
    public void Transacted(List<PendingCommand> commands, long began, string outcome)
    {
        if (_transaction.Enabled)
        {
            _transaction.Record(_time.GetElapsedTime(began).TotalSeconds, new KeyValuePair<string, object?>("outcome", outcome));
            _batch.Record(commands.Count);
        }
        if (_wait.Enabled)
        {
            foreach (var command in commands)
            {
                if (command.QueuedAt != 0)
                {
                    // One that joined a transaction which had begun did not wait.
                    _wait.Record(command.QueuedAt < began ? _time.GetElapsedTime(command.QueuedAt, began).TotalSeconds : 0);
                }
            }
        }
    }

    /// <summary>Commands were decided, and everybody was told.</summary>
    public void Decided(List<PendingCommand> commands)
    {
        if (!_commands.Enabled)
        {
            return;
        }
        for (int i = 0; i < commands.Count;)
        {
            // Neighbours are mostly alike.
            var (kind, outcome) = (KindOf(commands[i]), commands[i].Outcome);
            int alike = 1;
            while (i + alike < commands.Count && commands[i + alike].Kind == commands[i].Kind && ReferenceEquals(commands[i + alike].Outcome, outcome))
            {
                alike++;
            }
            _commands.Add(alike, new("kind", kind), new("outcome", outcome));
            i += alike;
        }
        foreach (var command in commands)
        {
            if (command.Output is AuthorizeUsageOutput { Allowed: false, Replayed: false } denial)
            {
                _denied.Add(1, new KeyValuePair<string, object?>("reason", ReasonOf(denial.Reason)));
            }
        }
    }

    /// <summary>The log was moved, or not.</summary>
    public void Checkpointed(long began, string outcome) =>
        _checkpoint.Record(_time.GetElapsedTime(began).TotalSeconds, new KeyValuePair<string, object?>("outcome", outcome));

    public void Dispose() => _meter.Dispose();

    /// <summary>The name under which a command is counted: that of its type, without the word command.</summary>
    internal static string KindOf(Type command)
    {
        string name = command.Name.Split('`')[0];
        return Snake(name.EndsWith("Command", StringComparison.Ordinal) ? name[..^"Command".Length] : name);
    }

    private string KindOf(PendingCommand command)
    {
        if (!_kinds.TryGetValue(command.Kind, out string? name))
        {
            _kinds[command.Kind] = name = KindOf(command.Kind);
        }
        return name;
    }

    private static string ReasonOf(DenialReason? reason) => reason switch
    {
        DenialReason.CustomerFrozen => "customer_frozen",
        DenialReason.NotEntitled => "not_entitled",
        DenialReason.SpendingCapReached => "spending_cap_reached",
        DenialReason.InsufficientBalance => "insufficient_balance",
        _ => "other",
    };

    private static string Snake(string name) =>
        string.Concat(name.Select((c, i) => char.IsAsciiLetterUpper(c) && i > 0 ? $"_{char.ToLowerInvariant(c)}" : char.ToLowerInvariant(c).ToString()));

    private Histogram<double> Duration(string name, string description) =>
        _meter.CreateHistogram(name, "s", description, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds });
}
