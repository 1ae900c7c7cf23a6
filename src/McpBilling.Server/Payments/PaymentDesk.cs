using System.Threading.Channels;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Payments;
using McpBilling.Server.Jobs;
using McpBilling.Storage;

namespace McpBilling.Server.Payments;

/// <summary>
/// Payments as they run: the processors, the webhooks that came in and are booked one after the other, and the job that asks for what never came. What is lost
/// here by a crash lies in the inbox, and the job finds it.
/// </summary>
internal sealed class PaymentDesk : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);
    private const int AtOnce = 100;

    private readonly Channel<Arrival> _arrived = Channel.CreateBounded<Arrival>(
        new BoundedChannelOptions(10_000) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });

    private readonly CancellationTokenSource _stop = new();
    private readonly BillingStore _billing;
    private readonly WorkspaceCallers _workspaces;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly RechargeRounds _recharges;
    private readonly Task _booking;
    private volatile Uri? _address;

    /// <param name="more">Processors beside the sandbox and manual, before them.</param>
    public PaymentDesk(BillingStore billing, IReadOnlyList<IProcessorSource> more, TimeProvider time, ILogger log)
    {
        (_billing, _time, _log) = (billing, time, log);
        _workspaces = new WorkspaceCallers(billing.Database);
        Courier = new SandboxCourier(() => _address, time, log);
        Sandbox = new SandboxSource(billing, billing.SecretFor, time, Courier, () => PublicAddress);
        billing.Processors = new Processors([.. more, Sandbox, new ManualSource(billing.SecretFor)], () => PublicAddress);
        _recharges = new RechargeRounds(billing, _workspaces, time, Failed);
        _booking = Book();
    }

    public IBilling Billing => _billing;
    public SandboxSource Sandbox { get; }
    public SandboxCourier Courier { get; }

    /// <summary>Where this server listens; null: nowhere yet.</summary>
    public Uri? Address
    {
        get => _address;
        set => _address = value;
    }

    /// <summary>Under which customers know this server.</summary>
    public Uri? PublicAddress { get => field ?? _address; set; }

    /// <summary>What is looked for from time to time: reports that never came, and orders that are to be charged.</summary>
    public IReadOnlyList<Round> Rounds =>
    [
        _recharges.Round,
        new("payments", Pause, stop => Round.ForEach(_workspaces.All(), caller => Fulfilment.Reconcile(_billing, caller, all: false, AtOnce, Failed, stop), stop)),
    ];

    public Instant Now => Instant.From(_time.GetUtcNow());

    /// <summary>The workspace of an address, to act in and nothing more; null: there is none.</summary>
    public Caller? Workspace(long key) => _workspaces.All().FirstOrDefault(c => c.WorkspaceKey == key);

    /// <summary>Books a stored webhook soon.</summary>
    public void Take(Caller caller, StoredWebhook webhook) => _arrived.Writer.TryWrite(new Arrival(caller, webhook));

    public async ValueTask DisposeAsync()
    {
        await Courier.DisposeAsync();
        await _stop.CancelAsync();
        await _booking;
        _stop.Dispose();
    }

    private async Task Book()
    {
        try
        {
            await foreach (var (caller, webhook) in _arrived.Reader.ReadAllAsync(_stop.Token))
            {
                await Try(() => Fulfilment.Book(_billing, caller, webhook, CancellationToken.None));
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task Try(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (BillingException e)
        {
            Failed(e);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _log.LogWarning(e, "A payment's report could not be booked; the next turn tries again");
        }
    }

    // The message of a processor is its own: it may name what no log should keep.
    private void Failed(Exception e) => _log.LogInformation("A payment is looked at again at the next turn: {Problem}", e is BillingException b ? b.Code.Name : e.GetType().Name);

    private sealed record Arrival(Caller Caller, StoredWebhook Webhook);
}
