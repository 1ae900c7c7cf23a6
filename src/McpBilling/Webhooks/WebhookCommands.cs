using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Webhooks;

/// <summary>A command on a workspace's webhooks. Its times are the machine's, not a test clock's: what is sent goes to real receivers.</summary>
public interface IWebhookCommand;

/// <summary>Adds an endpoint.</summary>
public sealed class AddEndpoint(CreateWebhookEndpointInput input, long inputHash) : Command<CreateWebhookEndpointOutput>, IWebhookCommand
{
    public CreateWebhookEndpointInput Input { get; } = input;
    public long InputHash { get; } = inputHash;
}

/// <summary>Changes an endpoint, or takes it away.</summary>
/// <param name="input">Null: take it away.</param>
public sealed class ChangeEndpoint(string endpointId, UpdateWebhookEndpointInput? input) : Command<WebhookEndpointView>, IWebhookCommand
{
    public string EndpointId { get; } = endpointId;
    public UpdateWebhookEndpointInput? Input { get; } = input;
}

/// <summary>Gives an endpoint a new secret.</summary>
public sealed class RotateSecret(RotateWebhookSecretInput input) : Command<RotateWebhookSecretOutput>, IWebhookCommand
{
    public RotateWebhookSecretInput Input { get; } = input;
}

/// <summary>Writes a message for one endpoint alone.</summary>
public sealed class SendTest(string endpointId) : Command<WebhookDeliveryView>, IWebhookCommand
{
    public string EndpointId { get; } = endpointId;
}

/// <summary>Begins a delivery anew.</summary>
public sealed class ReplayDelivery(string deliveryId) : Command<WebhookDeliveryView>, IWebhookCommand
{
    public string DeliveryId { get; } = deliveryId;
}

/// <summary>
/// Takes what is due, at most one delivery for each endpoint, and keeps the endpoint for the taker: nobody else delivers to it until the taker has settled,
/// or is taken for dead.
/// </summary>
/// <param name="now">The machine's time.</param>
/// <param name="until">When the taker is taken for dead.</param>
/// <param name="most">Deliveries at most.</param>
public sealed class ClaimDeliveries(Instant now, Instant until, int most) : Command<IReadOnlyList<DeliveryWork>>, IWebhookCommand
{
    public Instant Now { get; } = now;
    public Instant Until { get; } = until;
    public int Most { get; } = most;

    /// <summary>Claims beyond it are of a clock that was far ahead. Twice as long as a claim lasts: clocks that differ by less are none to worry about.</summary>
    /// <param name="claim">How long a claim lasts.</param>
    public static Instant VoidAfter(Instant now, TimeSpan claim) => now + claim + claim;

    /// <summary>Whether an endpoint that is kept for somebody until then may be taken.</summary>
    public bool IsFree(Instant keptUntil) => keptUntil <= Now || keptUntil > VoidAfter(Now, Until - Now);
}

/// <summary>Keeps what came of an attempt, and takes the endpoint's next delivery or lets the endpoint go.</summary>
/// <param name="result">Null: the attempt was broken off by the program's own end, and counts for nothing.</param>
/// <param name="chance">0 to 1, for the pause.</param>
/// <param name="next">Until when the endpoint is kept for its next delivery; null to let it go.</param>
public sealed class SettleDelivery(DeliveryWork work, AttemptResult? result, Instant now, double chance, Instant? next) : Command<SettledDelivery>, IWebhookCommand
{
    public DeliveryWork Work { get; } = work;
    public AttemptResult? Result { get; } = result;
    public Instant Now { get; } = now;
    public double Chance { get; } = chance;
    public Instant? Next { get; } = next;
}

/// <param name="Next">The next of the same endpoint; null when nothing is due, or somebody else has the endpoint.</param>
public sealed record SettledDelivery(DeliveryWork? Next);

/// <summary>Ends what waited too long for endpoints that are turned off, and forgets what is old.</summary>
/// <param name="most">Rows at most, so that nobody waits long for it.</param>
public sealed class TidyWebhooks(Instant now, int most) : Command<TidiedWebhooks>, IWebhookCommand
{
    public Instant Now { get; } = now;
    public int Most { get; } = most;
}

public sealed record TidiedWebhooks(int Rows);

/// <summary>Tells of the grants that are about to expire and were not told of yet, in the workspace's time.</summary>
/// <param name="most">Grants at most.</param>
public sealed class TellExpiringGrants(int most) : Command<ToldGrants>, IWebhookCommand
{
    public int Most { get; } = most;
}

/// <param name="Looked">How many were looked at; as many as were asked for means that there may be more.</param>
public sealed record ToldGrants(int Looked);

/// <summary>One message on its way to one endpoint.</summary>
/// <param name="LeaseUntil">Says that the endpoint is the taker's.</param>
/// <param name="Secrets">The newest first.</param>
public sealed record DeliveryWork(long Key, long EndpointKey, Instant LeaseUntil, Uri Url, string MessageId, OutboxMessage Message, IReadOnlyList<byte[]> Secrets);

/// <summary>Reads endpoints and deliveries from a snapshot.</summary>
public interface IWebhookReads
{
    ValueTask<IReadOnlyList<WebhookEndpointView>> Endpoints(Caller caller, CancellationToken cancellation);

    /// <summary>A page, newest first; <c>Next</c> is the key of its last one when there are older ones.</summary>
    ValueTask<(IReadOnlyList<WebhookDeliveryView> Deliveries, long? Next)> Deliveries(Caller caller, DeliveryFilter filter, long? before, int limit, CancellationToken cancellation);

    /// <summary>Whether some grant is to be told of.</summary>
    ValueTask<bool> AnyExpiring(Caller caller, CancellationToken cancellation);
}

/// <summary>Which deliveries; null for any.</summary>
public sealed record DeliveryFilter(string? EndpointId, DeliveryStatus? Status, string? Type, string? CustomerId, bool WithData);
