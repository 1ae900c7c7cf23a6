using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Payments;
using McpBilling.Server.Jobs;
using McpBilling.Storage;

namespace McpBilling.Server.Payments;

/// <summary>
/// Charges what auto-recharges ordered, twice a second: the order was made in the transaction that took the credit. An order whose answer does not come is asked
/// for again with the same key, at pauses that grow.
/// </summary>
internal sealed class RechargeRounds
{
    private const int AtOnce = 20, MostWaiting = 1_000;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, (TimeSpan Pause, Instant Next)> _unanswered = new(StringComparer.Ordinal);
    private readonly BillingStore _billing;
    private readonly WorkspaceCallers _workspaces;
    private readonly TimeProvider _time;
    private readonly Action<Exception> _failed;

    public RechargeRounds(BillingStore billing, WorkspaceCallers workspaces, TimeProvider time, Action<Exception> failed) =>
        (_billing, _workspaces, _time, _failed) = (billing, workspaces, time, failed);

    public Round Round => new("auto-recharges", Interval, stop => Jobs.Round.ForEach(_workspaces.All(), async caller =>
    {
        var due = await _billing.Reads<IPaymentReads>().ToCharge(caller, MostWaiting, stop);
        await Task.WhenAll(due.Where(IsDue).Take(AtOnce).Select(of => Charge(caller, of)));
    }, stop));

    private Instant Now => Instant.From(_time.GetUtcNow());

    private bool IsDue(OwnedTopUp of)
    {
        lock (_unanswered)
        {
            return !_unanswered.TryGetValue(of.Id, out var last) || last.Next <= Now;
        }
    }

    private async Task Charge(Caller caller, OwnedTopUp of)
    {
        bool isAnswered = false;
        try
        {
            // A charge that was sent is waited for: what came of it is worth more than a fast stop.
            isAnswered = await Recharging.Charge(_billing, caller, of, Now, CancellationToken.None);
        }
        catch (Exception e) when (e is ProcessorException or BillingException)
        {
            _failed(e);
        }
        lock (_unanswered)
        {
            if (isAnswered)
            {
                _unanswered.Remove(of.Id);
                return;
            }
            var pause = _unanswered.TryGetValue(of.Id, out var last) ? last.Pause * 2 : TimeSpan.FromSeconds(1);
            pause = pause > LongestPause ? LongestPause : pause;
            _unanswered[of.Id] = (pause, Now + pause);
        }
    }
}
