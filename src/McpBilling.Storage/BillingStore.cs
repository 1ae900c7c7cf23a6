using System.Collections.Frozen;
using McpBilling.Catalog;
using McpBilling.Costs;
using McpBilling.Costs.Reconciliation;
using McpBilling.Customers;
using McpBilling.Insights.Margins;
using McpBilling.Integration;
using McpBilling.Ledger;
using McpBilling.Operations;
using McpBilling.Payments;
using McpBilling.Payments.Exporting;
using McpBilling.Payments.Sandbox;
using McpBilling.Portal;
using McpBilling.Storage.Reading;
using McpBilling.Storage.Sums;
using McpBilling.Storage.Writing;
using McpBilling.Usage;
using McpBilling.Wallets;
using McpBilling.Webhooks;

namespace McpBilling.Storage;

/// <summary>
/// Everything on one database: the writer that commands go to, and the ports that queries read from. Several may be open on one database, also in several
/// processes.
/// </summary>
public sealed class BillingStore : IBilling, IDisposable
{
    private static readonly Caller Nobody = new(0, Mode.Test, FrozenSet<string>.Empty);

    private readonly ReaderPool _pool;
    private readonly IUpkeep? _upkeep;
    private readonly GroupCommitWriter _writer;
    private readonly StoreReads _reads;
    private readonly IntegrationStoreReads _integration;
    private readonly ExplanationStoreReads _explanations;
    private readonly CostStoreReads _costs;
    private readonly MarginStoreReads _margins;
    private readonly ReconciliationStoreReads _reconciliations;
    private readonly PaymentStoreReads _payments;
    private readonly WebhookStoreReads _webhooks;
    private readonly PortalStoreReads _portal;
    private readonly PortalTokens _portalTokens;
    private readonly LeaseStoreReads _leases;
    private readonly SignalBook _signals;
    private readonly DigestStoreReads _digests;
    private readonly DatabaseSecrets _secrets;

    /// <param name="database">A prepared one (<see cref="Migrator.Prepare"/>).</param>
    /// <param name="log">Takes what went wrong inside, one message a time.</param>
    /// <param name="faults">For tests: where the writer fails.</param>
    public BillingStore(Database database, TimeProvider time, Action<string> log, WriterFaults? faults = null)
    {
        Database = database;
        using (var connection = database.OpenReader())
        {
            _secrets = DatabaseSecrets.Read(connection);
        }
        Ids = new PublicIds(BitConverter.ToInt64(_secrets.IdSecret));
        _pool = new ReaderPool(database);
        _digests = new DigestStoreReads(_pool, time, _secrets);
        _reads = new StoreReads(_pool, time, Ids);
        _margins = new MarginStoreReads(_pool, Ids);
        _reconciliations = new ReconciliationStoreReads(_pool, Ids);
        _costs = new CostStoreReads(_pool, time);
        _payments = new PaymentStoreReads(_pool, time, Ids);
        _webhooks = new WebhookStoreReads(_pool, time, Ids);
        _portal = new PortalStoreReads(_pool, time, Ids);
        _leases = new LeaseStoreReads(_pool);
        _portalTokens = new PortalTokens(_secrets.For);
        _upkeep = database.Upkeep(log);
        _writer = new GroupCommitWriter(() => new WriterSession(database.OpenWriter()), time, Ids, log, _upkeep, faults);
        _signals = new SignalBook(time, _writer.Submit);
        Sums = new SumFolder(_pool, Fold, database.Engine.IsFar);
        _explanations = new ExplanationStoreReads(_pool, time, Ids, _signals.Flush);
        _integration = new IntegrationStoreReads(_pool, time, Ids, _signals.Flush);
    }

    public Database Database { get; }

    /// <summary>The same for every process on this database (<see cref="DatabaseSecrets.Fingerprint"/>).</summary>
    public string Fingerprint => field ??= _secrets.Fingerprint;

    /// <summary>Where doors note what leaves no row.</summary>
    public ISignals Signals => _signals;

    /// <summary>Adds to the sums of days what was left to be added later.</summary>
    public SumFolder Sums { get; }

    /// <summary>A secret for one purpose (<see cref="DatabaseSecrets.For"/>).</summary>
    public Func<string, byte[]> SecretFor => _secrets.For;

    /// <summary>Who moves money. The program sets it once it has a database, since some processors keep their secrets there.</summary>
    public IProcessors? Processors { get; set; }

    internal PublicIds Ids { get; }

    internal ReaderPool Pool => _pool;

    // Without a state machine of its own while nobody traces: on the path of every request.
    public ValueTask<TOutput> Commit<TOutput>(Command<TOutput> command, Caller caller, CancellationToken cancellation)
    {
        // Once it is handed over it will be decided: whoever stops waiting asks again with the same key.
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<TOutput>(cancellation);
        }
        if (command is ICarriesCost { Draft: { } draft } carrier)
        {
            carrier.Draft = draft.PricedAhead(_writer.LikelyPrices(caller.WorkspaceKey));
        }
        var pending = new PendingCommand<TOutput>(caller, Decision(command, caller)) { IsOneOfMany = command.IsOneOfMany, Kind = command.GetType(), OnCustomer = command as ICustomerCommand };
        if (CommandSpans.AreTaken)
        {
            return Traced(pending);
        }
        try
        {
            _writer.Submit(pending);
        }
        catch (BillingException refusal)
        {
            return ValueTask.FromException<TOutput>(refusal);
        }
        return new(pending.Task);
    }

    private async ValueTask<TOutput> Traced<TOutput>(PendingCommand<TOutput> pending)
    {
        using var span = CommandSpans.Begin(pending.Kind);
        try
        {
            _writer.Submit(pending);
            return await pending.Task;
        }
        catch (Exception failure)
        {
            CommandSpans.Fail(span, failure);
            throw;
        }
    }

    private static Func<Batch, object> Decision<TOutput>(Command<TOutput> command, Caller caller) => command switch
    {
        ICustomerCommand c => batch => batch.Run(c, caller),
        CatalogCommand c => batch => batch.Run(c, caller),
        ClockCommand c => batch => batch.Run(c, caller),
        KeepDigest c => batch => batch.OfWorkspace.Run(c, caller),
        ProofCommand c => batch => batch.OfWorkspace.Run(c, caller),
        RepriceCommand c => batch => batch.OfWorkspace.Run(c, caller),
        KeepReconciliation c => batch => batch.OfWorkspace.Run(c, caller),
        AddPricesCommand c => batch => batch.OfWorkspace.Run(c, caller),
        MarginAlertsCommand c => batch => batch.OfWorkspace.Run(c, caller),
        StoreWebhookCommand c => batch => batch.OfWorkspace.Run(c, caller),
        CloseWebhookCommand c => batch => batch.OfWorkspace.Run(c, caller),
        SandboxWriteCommand c => batch => batch.OfWorkspace.Run(c, caller),
        IWebhookCommand c => batch => batch.OfWebhooks.Run(c, caller),
        TakeExport c => batch => batch.Exports.Run(c, caller),
        FinishExport c => batch => batch.Exports.Run(c, caller),
        IPortalCommand c => batch => batch.OfWorkspace.Run(c, caller),
        SetLeases c => batch => batch.OfWorkspace.Run(c),
        _ => throw new InvalidOperationException($"no writer for {command.GetType().Name}"),
    };

    /// <summary>Posts what has fallen due in a workspace, for at most <paramref name="limit"/> customers.</summary>
    /// <returns>How many customers were due.</returns>
    public Task<int> BringUp(Caller caller, int limit)
    {
        var pending = new PendingCommand<int>(caller, batch => batch.BringUp(caller.WorkspaceKey, limit)) { Kind = typeof(BringingUp) };
        _writer.Submit(pending);
        return pending.Task;
    }

    private Task<bool> Fold(Caller caller, FoldStep step)
    {
        var pending = new PendingCommand<bool>(caller, batch => batch.OfWorkspace.Run(step, caller)) { Kind = typeof(FoldingSums), GoesAlong = true };
        _writer.Submit(pending);
        return pending.Task;
    }

    /// <summary>Makes the writer ready: its connection, and the index of idempotency keys.</summary>
    public Task WarmUp()
    {
        var pending = new PendingCommand<object>(Nobody, static batch => batch) { Kind = typeof(WarmingUp) };
        _writer.Submit(pending);
        return pending.Task;
    }

    /// <summary>When a transaction last ended, as the clock's ticks (0: none has), and what its commands were refused with when the store took none.</summary>
    public (long At, BillingException? Trouble) LastWrite => (_writer.SettledAt, _writer.Trouble);

    /// <summary>Writes a row of no meaning, takes it away again, and waits until the disk has it: whether the store takes writes now.</summary>
    /// <exception cref="BillingException">It does not.</exception>
    public Task TryWrite()
    {
        var pending = new PendingCommand<object>(Nobody, static batch => batch.Touch()) { Kind = typeof(TryWriting) };
        _writer.Submit(pending);
        return pending.Task;
    }

    /// <summary>Reads a row, on another thread: whether the store can be read now.</summary>
    public Task TryRead() => Task.Run(() => _pool.Answer(reader => reader.Connection.Scalar<long>("SELECT COUNT(*) FROM workspace")));

    /// <summary>What is to be told by webhooks and is not told yet.</summary>
    public Task<DeliveryBacklog> DeliveryBacklog() => _pool.Answer(reader => Reading.DeliveryBacklog.Read(reader.Connection));

    public TPort Reads<TPort>() where TPort : class =>
        _reads as TPort ?? _integration as TPort ?? _explanations as TPort ?? _costs as TPort ?? _margins as TPort ?? _reconciliations as TPort ?? _portal as TPort ?? _portalTokens as TPort
        ?? _digests as TPort ?? _payments as TPort ?? _webhooks as TPort ?? _leases as TPort ?? Processors as TPort ?? throw new InvalidOperationException($"no reads of {typeof(TPort).Name}");

    /// <summary>Finishes what was submitted, then closes its connections.</summary>
    public void Dispose()
    {
        _signals.Dispose();
        _writer.Dispose();
        _upkeep?.Dispose();
        _pool.Dispose();
        _digests.Dispose();
    }

    // What is counted beside commands, by name.
    private sealed class BringingUp;

    private sealed class FoldingSums;

    private sealed class WarmingUp;

    private sealed class TryWriting;
}
