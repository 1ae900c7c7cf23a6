using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Storage.Reading;
using McpBilling.Wallets;
using McpBilling.Webhooks;

namespace McpBilling.Storage.Writing;

/// <summary>The commands of a batch that are on webhooks: endpoints, and deliveries as they are claimed, settled and begun again.</summary>
internal sealed class WebhookBatch(Batch batch, WriterSession session, TimeProvider time, PublicIds ids)
{
    private const string TestData = """{"says":"Webhooks from McpBilling arrive here."}""";

    private Instant Now => Instant.From(time.GetUtcNow());

    public object Run(IWebhookCommand command, Caller caller)
    {
        var workspace = batch.Workspace(caller.WorkspaceKey);
        return command switch
        {
            AddEndpoint c => Add(workspace, c),
            ChangeEndpoint c => Change(workspace, c),
            RotateSecret c => Rotate(workspace, c.Input),
            SendTest c => Test(workspace, c.EndpointId),
            ReplayDelivery c => Replay(workspace, c.DeliveryId),
            ClaimDeliveries c => Claim(workspace, c),
            SettleDelivery c => Settle(workspace, c),
            TidyWebhooks c => Tidy(workspace, c),
            TellExpiringGrants c => Write(() => new GrantNotices(batch, session).Tell(workspace, workspace.Now(time), c.Most)),
            _ => throw new InvalidOperationException($"no writer for {command.GetType().Name}"),
        };
    }

    private CreateWebhookEndpointOutput Add(WorkspaceRecord workspace, AddEndpoint command)
    {
        CreateWebhookEndpointOutput Answer(WebhookEndpoint endpoint, bool replayed) =>
            new() { Endpoint = View(workspace, endpoint), Secret = endpoint.SecretText(session.WebhookSecret, workspace.Key), Replayed = replayed };
        string key = command.Input.IdempotencyKey;
        if (EndpointRows.AddedUnder(session.Connection, workspace.Key, key) is { } found)
        {
            return found.InputHash == command.InputHash
                ? Answer(found.Endpoint, true)
                : throw new BillingException(ErrorCode.IdempotencyConflict, $"idempotency_key {WalletSession.Shown(key)} was used before with other input.", "idempotency_key");
        }
        if (EndpointRows.All(session.Connection, workspace.Key).Count >= WebhookEndpoint.Most)
        {
            throw new BillingException(ErrorCode.InvalidRequest, $"This workspace has {WebhookEndpoint.Most} webhook endpoints, which is the most. Delete one, or change one with update_webhook_endpoint.", "url");
        }
        return Answer(Change(workspace, () => EndpointRows.Add(session.Connection, workspace.Key, command, Now)), false);
    }

    private WebhookEndpointView Change(WorkspaceRecord workspace, ChangeEndpoint command)
    {
        var endpoint = Endpoint(workspace, command.EndpointId);
        return View(workspace, Change(workspace, () =>
        {
            if (command.Input is not { } input)
            {
                EndpointRows.Delete(session.Connection, workspace.Key, endpoint.Key, Now);
                DeliveryRows.Skip(session.Connection, workspace.Key, endpoint.Key, Instant.Never);
                return endpoint with { Enabled = false };
            }
            bool enabled = input.Enabled ?? endpoint.Enabled;
            var changed = endpoint with
            {
                Url = input.Url ?? endpoint.Url,
                Types = input.Types is { } types ? [.. types.Distinct(StringComparer.Ordinal)] : endpoint.Types,
                Description = input.Description is { } text ? EndpointRows.NullIfEmpty(text) : endpoint.Description,
                Enabled = enabled,
                DisabledReason = enabled ? null : endpoint.DisabledReason,
            };
            EndpointRows.Put(session.Connection, workspace.Key, changed);
            return changed;
        }));
    }

    private RotateWebhookSecretOutput Rotate(WorkspaceRecord workspace, RotateWebhookSecretInput input)
    {
        var endpoint = Endpoint(workspace, input.EndpointId);
        bool replayed = EndpointRows.RotationKey(session.Connection, workspace.Key, endpoint.Key) == input.IdempotencyKey;
        if (!replayed)
        {
            endpoint = endpoint with { Generation = endpoint.Generation + 1, PreviousUntil = input.OverlapHours == 0 ? null : Now + TimeSpan.FromHours(input.OverlapHours) };
            Write(() =>
            {
                EndpointRows.Put(session.Connection, workspace.Key, endpoint);
                EndpointRows.NoteRotation(session.Connection, workspace.Key, endpoint.Key, input.IdempotencyKey);
                return endpoint;
            });
        }
        return new() { Endpoint = View(workspace, endpoint), Secret = endpoint.SecretText(session.WebhookSecret, workspace.Key), Replayed = replayed };
    }

    private WebhookDeliveryView Test(WorkspaceRecord workspace, string endpointId)
    {
        var endpoint = Endpoint(workspace, endpointId);
        var message = new OutboxMessage(MessageTypes.Test, workspace.Now(time), null, TestData);
        return Delivery(workspace, Write(() => session.Outbox.Add(workspace, message, [endpoint.Key], Now)));
    }

    private WebhookDeliveryView Replay(WorkspaceRecord workspace, string deliveryId)
    {
        long? key = ids.Parse(IdKind.Delivery, workspace.Key, deliveryId);
        if (key is null || DeliveryRows.Find(session.Connection, workspace.Key, key.Value) is not { } found)
        {
            throw new BillingException(ErrorCode.DeliveryNotFound, $"There is no delivery {WalletSession.Shown(deliveryId)}.", "delivery_id");
        }
        if (EndpointRows.Find(session.Connection, workspace.Key, found.EndpointKey) is null)
        {
            throw new BillingException(ErrorCode.WebhookEndpointNotFound, "The endpoint of this delivery was deleted: there is nowhere to send it.", "delivery_id");
        }
        return Delivery(workspace, Write(() =>
        {
            DeliveryRows.Put(session.Connection, workspace.Key, key.Value, DeliveryState.Begun(Now));
            return key.Value;
        }));
    }

    private List<DeliveryWork> Claim(WorkspaceRecord workspace, ClaimDeliveries command) => Write(() =>
    {
        var claimed = new List<DeliveryWork>();
        foreach (var endpoint in EndpointRows.All(session.Connection, workspace.Key).Where(e => e.Enabled))
        {
            if (claimed.Count < command.Most && command.IsFree(DeliveryRows.LeasedUntil(session.Connection, workspace.Key, endpoint.Key))
                && Take(workspace, endpoint, command.Now, command.Until) is { } work)
            {
                claimed.Add(work);
            }
        }
        return claimed;
    });

    private SettledDelivery Settle(WorkspaceRecord workspace, SettleDelivery command) => Write(() =>
    {
        var (work, connection) = (command.Work, session.Connection);
        var endpoint = EndpointRows.Find(connection, workspace.Key, work.EndpointKey);
        if (command.Result is { } result && DeliveryRows.Find(connection, workspace.Key, work.Key) is { } found)
        {
            DeliveryRows.AddAttempt(connection, workspace.Key, work.Key, result, command.Now);
            DeliveryRows.Put(connection, workspace.Key, work.Key, found.State.After(result, command.Now, command.Chance));
            if (result.Outcome == AttemptOutcome.Gone && endpoint is not null)
            {
                endpoint = endpoint with { Enabled = false, DisabledReason = WebhookEndpoint.Gone };
                EndpointRows.Put(connection, workspace.Key, endpoint);
            }
        }
        // Whoever was taken for dead has no endpoint any more.
        if (DeliveryRows.LeasedUntil(connection, workspace.Key, work.EndpointKey) != work.LeaseUntil)
        {
            return new SettledDelivery(null);
        }
        var next = endpoint is { Enabled: true } && command.Next is { } until ? Take(workspace, endpoint, command.Now, until) : null;
        if (next is null)
        {
            DeliveryRows.Lease(connection, workspace.Key, work.EndpointKey, default);
        }
        return new SettledDelivery(next);
    });

    private TidiedWebhooks Tidy(WorkspaceRecord workspace, TidyWebhooks command) => Write(() =>
    {
        int rows = 0;
        foreach (var endpoint in EndpointRows.All(session.Connection, workspace.Key).Where(e => !e.Enabled))
        {
            rows += DeliveryRows.Skip(session.Connection, workspace.Key, endpoint.Key, command.Now - DeliveryState.Waits);
        }
        return new TidiedWebhooks(rows + DeliveryRows.Forget(session.Connection, workspace.Key, command.Now - DeliveryState.Kept, command.Most));
    });

    private DeliveryWork? Take(WorkspaceRecord workspace, WebhookEndpoint endpoint, Instant now, Instant until)
    {
        if (DeliveryRows.Due(session.Connection, workspace.Key, endpoint.Key, now) is not { } due)
        {
            return null;
        }
        DeliveryRows.Lease(session.Connection, workspace.Key, endpoint.Key, until);
        return new DeliveryWork(
            due.Key, endpoint.Key, until, new Uri(endpoint.Url), ids.Format(IdKind.WebhookMessage, workspace.Key, due.MessageKey, due.Message.At), due.Message,
            [.. endpoint.Secrets(session.WebhookSecret, workspace.Key, now)]);
    }

    /// <exception cref="BillingException"><c>webhook_endpoint_not_found</c>.</exception>
    private WebhookEndpoint Endpoint(WorkspaceRecord workspace, string id) =>
        (ids.Parse(IdKind.WebhookEndpoint, workspace.Key, id) is { } key ? EndpointRows.Find(session.Connection, workspace.Key, key) : null)
        ?? throw new BillingException(ErrorCode.WebhookEndpointNotFound, $"There is no webhook endpoint {WalletSession.Shown(id)}.", "endpoint_id");

    private WebhookEndpointView View(WorkspaceRecord workspace, WebhookEndpoint endpoint) => WebhookEndpointView.Of(endpoint, ids, workspace.Key, Now);

    private WebhookDeliveryView Delivery(WorkspaceRecord workspace, long key) =>
        new DeliveryReader(session.Connection, ids, workspace.Key).Read(new DeliveryFilter(null, null, null, null, WithData: true), key + 1, 1).Single();

    // Who listens has changed with it.
    private T Change<T>(WorkspaceRecord workspace, Func<T> write) => Write(() =>
    {
        T written = write();
        workspace.Listeners = EndpointRows.Listeners(session.Connection, workspace.Key);
        return written;
    });

    private T Write<T>(Func<T> write)
    {
        batch.IsBroken = true;
        T written = write();
        batch.IsBroken = false;
        return written;
    }
}
