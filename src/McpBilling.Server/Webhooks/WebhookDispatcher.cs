using System.Collections.Concurrent;
using System.Security.Cryptography;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Server.Jobs;
using McpBilling.Server.Telemetry;
using McpBilling.Storage;
using McpBilling.Webhooks;

namespace McpBilling.Server.Webhooks;

/// <summary>
/// Delivers what the outbox holds: for each endpoint one message at a time, the oldest that is due, and several endpoints at once. It keeps nothing: what is due
/// is in the data file, claimed there before it is sent and settled there after. Killed between the two, it is sent again when the claim has run out; so
/// a message may arrive twice, and never not at all. Several processes may do this on one file.
/// </summary>
internal sealed class WebhookDispatcher : IAsyncDisposable
{
    /// <summary>Endpoints that are delivered to at once.</summary>
    public const int MostAtOnce = 32;

    /// <summary>A claim outlives an attempt, and not by much: so long a message waits when the process was killed in the middle of it.</summary>
    public static readonly TimeSpan Claim = WebhookSender.Patience + TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TidyInterval = TimeSpan.FromHours(1);
    private const int TidyRows = 500;

    // So that an endpoint with much to be told lets others have a turn.
    private const int MostInARow = 100;
    private const int MostSettlings = 5;

    private readonly IBilling _billing;
    private readonly WorkspaceCallers _callers;
    private readonly WebhookSender _sender;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Func<double> _chance;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Task, byte> _delivering = [];
    private DateTimeOffset _tidied;

    /// <param name="sender">Becomes the dispatcher's own.</param>
    /// <param name="chance">0 to 1, for the pauses; null for chance itself.</param>
    public WebhookDispatcher(IBilling billing, Database file, WebhookSender sender, TimeProvider time, ILogger log, Func<double>? chance = null)
    {
        (_billing, _callers, _sender, _time, _log) = (billing, new WorkspaceCallers(file), sender, time, log);
        _chance = chance ?? (static () => RandomNumberGenerator.GetInt32(int.MaxValue) / (double)int.MaxValue);
    }

    /// <summary>Finds what is due. What it finds is delivered beside it, under the claims that it made.</summary>
    public Round Round => new("webhooks", Interval, Turn) { First = TimeSpan.Zero };

    /// <summary>Breaks off what is being sent; it counts for nothing, and is sent again by whoever comes next.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_delivering.Keys);
        _sender.Dispose();
        _stop.Dispose();
    }

    private async Task Turn(CancellationToken stop)
    {
        var now = Now;
        foreach (var caller in _callers.WithDueDeliveries(now, Claim))
        {
            int free = MostAtOnce - _delivering.Count;
            if (free <= 0)
            {
                break;
            }
            foreach (var work in await _billing.Commit(new ClaimDeliveries(now, now + Claim, free), caller, stop))
            {
                var task = Task.Run(() => Follow(work, caller), CancellationToken.None);
                _delivering.TryAdd(task, 0);
                _ = task.ContinueWith(t => _delivering.TryRemove(t, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
        }
        if (_time.GetUtcNow() - _tidied >= TidyInterval)
        {
            foreach (var caller in _callers.All())
            {
                while (!stop.IsCancellationRequested && (await _billing.Commit(new TidyWebhooks(now, TidyRows), caller, stop)).Rows >= TidyRows)
                {
                }
            }
            _tidied = _time.GetUtcNow();
        }
    }

    // One endpoint's deliveries, one after the other, as long as there are any.
    private async Task Follow(DeliveryWork first, Caller caller)
    {
        try
        {
            DeliveryWork? work = first;
            for (int sent = 1; work is not null; sent++)
            {
                var result = await _sender.Send(work, caller.Mode, _stop.Token);
                var now = Now;
                if (result is not null)
                {
                    ServerMeter.Attempted(result.Outcome);
                }
                if (result is { Outcome: not AttemptOutcome.Delivered })
                {
                    _log.LogInformation("A webhook to endpoint {Endpoint} was not delivered: {Outcome} {Status}", work.EndpointKey, result.Outcome, result.HttpStatus);
                }
                Instant? next = result is not null && sent < MostInARow && !_stop.IsCancellationRequested ? now + Claim : null;
                work = (await Settle(new SettleDelivery(work, result, now, _chance(), next), caller)).Next;
            }
        }
        catch (Exception e)
        {
            // The claim runs out, and the message is sent again.
            _log.LogWarning(e, "What came of a webhook could not be kept; it will be sent again");
        }
    }

    private async Task<SettledDelivery> Settle(SettleDelivery command, Caller caller)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await _billing.Commit(command, caller, CancellationToken.None);
            }
            catch (BillingException e) when (e.Code.Retryable && attempt < MostSettlings && !_stop.IsCancellationRequested)
            {
                await Task.Delay(Interval, _time, _stop.Token);
            }
        }
    }

    private Instant Now => Instant.From(_time.GetUtcNow());
}
