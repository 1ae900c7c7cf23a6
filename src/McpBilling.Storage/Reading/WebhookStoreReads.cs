using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Storage.Writing;
using McpBilling.Webhooks;

namespace McpBilling.Storage.Reading;

/// <summary>The ports of webhooks on one data file.</summary>
internal sealed class WebhookStoreReads(ReaderPool pool, TimeProvider time, PublicIds ids) : IWebhookReads
{
    public ValueTask<IReadOnlyList<WebhookEndpointView>> Endpoints(Caller caller, CancellationToken cancellation) => new(pool.Answer(r =>
    {
        var now = Instant.From(time.GetUtcNow());
        IReadOnlyList<WebhookEndpointView> all = [.. EndpointRows.All(r.Connection, caller.WorkspaceKey).Select(e => WebhookEndpointView.Of(e, ids, caller.WorkspaceKey, now)).Reverse()];
        return all;
    }));

    public ValueTask<(IReadOnlyList<WebhookDeliveryView> Deliveries, long? Next)> Deliveries(
        Caller caller, DeliveryFilter filter, long? before, int limit, CancellationToken cancellation) => new(pool.Answer(r =>
        {
            var rows = new DeliveryReader(r.Connection, ids, caller.WorkspaceKey).Rows(filter, before, limit + 1);
            IReadOnlyList<WebhookDeliveryView> page = [.. rows.Take(limit).Select(d => d.View)];
            return (page, rows.Count > limit ? rows[limit - 1].Key : (long?)null);
        }));

    public ValueTask<bool> AnyExpiring(Caller caller, CancellationToken cancellation) => new(pool.Answer(r =>
    {
        var workspace = pool.Workspace(r, caller.WorkspaceKey);
        return EndpointRows.Listeners(r.Connection, workspace.Key).Wants(MessageTypes.GrantExpiring) && GrantNotices.Any(r.Connection, workspace, workspace.Now(time));
    }));
}
