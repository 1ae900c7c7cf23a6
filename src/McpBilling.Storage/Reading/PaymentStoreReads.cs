using System.Text;
using System.Text.Json;
using Dapper;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Payments;
using McpBilling.Payments.Sandbox;

namespace McpBilling.Storage.Reading;

/// <summary>The ports of payments on one data file.</summary>
internal sealed class PaymentStoreReads(ReaderPool pool, TimeProvider time, PublicIds ids) : IPaymentReads, ISandboxReads
{
    public ValueTask<OwnedTopUp?> TopUp(Caller caller, string id, CancellationToken cancellation) => new(pool.Answer(r =>
        ids.Parse(IdKind.TopUp, caller.WorkspaceKey, id) is { } key ? First(r, caller, "AND top_up_seq = @key", p => p.Add("key", key)) : null));

    public ValueTask<OwnedTopUp?> TopUpOfPayment(Caller caller, string processor, string payment, CancellationToken cancellation) => new(pool.Answer(r =>
        First(r, caller, "AND processor = @processor AND payment = @payment", p => { p.Add("processor", processor); p.Add("payment", payment); })));

    public ValueTask<OwnedTopUp?> TopUpOfGrant(Caller caller, string customerId, string grantId, CancellationToken cancellation) => new(pool.Answer(r =>
        ids.Parse(IdKind.Grant, caller.WorkspaceKey, grantId) is { } key
            ? First(r, caller, "AND customer_id = (SELECT customer_id FROM customer WHERE workspace_id = @ws AND id = @customer) AND grant_seq = @grant", p => { p.Add("customer", customerId); p.Add("grant", key); })
            : null));

    public ValueTask<TopUpPage> TopUps(Caller caller, TopUpQuestion question, long? before, int limit, CancellationToken cancellation) => new(pool.Answer(r =>
    {
        var (conditions, parameters) = Conditions(r, caller, question);
        long total = r.Connection.ExecuteScalar<long>($"SELECT COUNT(*) FROM top_up WHERE workspace_id = @ws {conditions}", parameters);
        parameters.Add("before", before ?? long.MaxValue);
        parameters.Add("limit", limit + 1);
        var workspace = pool.Workspace(r, caller.WorkspaceKey);
        var found = Owned(r, workspace, TopUpTable.Read(r.Connection, workspace, conditions + " AND top_up_seq < @before ORDER BY top_up_seq DESC LIMIT @limit", parameters));
        return new TopUpPage([.. found.Take(limit)], found.Count > limit ? found[limit - 1].TopUp.Key : null, total);
    }));

    public ValueTask<RefundPage> Refunds(Caller caller, TopUpQuestion question, long? before, int limit, CancellationToken cancellation) => new(pool.Answer(r =>
    {
        var (conditions, parameters) = Conditions(r, caller, question);
        long total = r.Connection.ExecuteScalar<long>($"SELECT COUNT(*) FROM refund WHERE workspace_id = @ws {conditions}", parameters);
        parameters.Add("before", before ?? long.MaxValue);
        parameters.Add("limit", limit + 1);
        string page = $"FROM refund WHERE workspace_id = @ws {conditions} AND refund_seq < @before ORDER BY refund_seq DESC LIMIT @limit";
        var keys = r.Connection.Query<(long Refund, long TopUp)>($"SELECT refund_seq, top_up_seq {page}", parameters).AsList();
        var workspace = pool.Workspace(r, caller.WorkspaceKey);
        var topUps = Owned(r, workspace, TopUpTable.Read(r.Connection, workspace, $"AND top_up_seq IN (SELECT top_up_seq FROM (SELECT top_up_seq {page}) paged)", parameters)).ToDictionary(t => t.TopUp.Key);
        var views = keys.Take(limit).Select(k =>
        {
            var (_, customer, topUp, _) = topUps[k.TopUp];
            return RefundView.Of(topUp.Refunds.Single(x => x.Key == k.Refund), topUp, customer, ids, workspace.Key);
        });
        return new RefundPage([.. views], keys.Count > limit ? keys[limit - 1].Refund : null, total);
    }));

    public ValueTask<PayingCustomer> Payer(Caller caller, string customerId, string processor, CancellationToken cancellation) => new(pool.Answer(r =>
    {
        var (name, email) = r.Connection.QueryFirstOrDefault<(string?, string?)>("SELECT name, email FROM customer WHERE workspace_id = @ws AND id = @id", new { ws = caller.WorkspaceKey, id = customerId });
        return new PayingCustomer(customerId, Account(r, caller, customerId, processor) is { Reference.Length: > 0 } known ? known.Reference : null, name, email);
    }));

    public ValueTask<ProcessorAccount?> ProcessorAccount(Caller caller, string customerId, string processor, CancellationToken cancellation) =>
        new(pool.Answer(r => Account(r, caller, customerId, processor)));

    public ValueTask<string?> CustomerOf(Caller caller, string processor, string processorCustomer, CancellationToken cancellation) => new(pool.Answer(r => r.Connection.ExecuteScalar<string?>(
        """
        SELECT c.id FROM processor_account a JOIN customer c ON c.workspace_id = a.workspace_id AND c.customer_id = a.customer_id
        WHERE a.workspace_id = @ws AND a.processor = @processor AND a.reference = @processorCustomer
        """, new { ws = caller.WorkspaceKey, processor, processorCustomer })));

    public ValueTask<IReadOnlyList<OwnedTopUp>> ToLookAt(Caller caller, bool all, int limit, CancellationToken cancellation) => new(pool.Answer(IReadOnlyList<OwnedTopUp> (r) =>
    {
        var workspace = pool.Workspace(r, caller.WorkspaceKey);
        var parameters = new DynamicParameters();
        parameters.Add("due", all ? long.MaxValue : workspace.Now(time).Microseconds);
        parameters.Add("limit", limit);
        return Owned(r, workspace, TopUpTable.Read(r.Connection, workspace, "AND next_look_at <= @due ORDER BY next_look_at, top_up_seq LIMIT @limit", parameters));
    }));

    public ValueTask<IReadOnlyList<OwnedTopUp>> ToCharge(Caller caller, int limit, CancellationToken cancellation) => new(pool.Answer(IReadOnlyList<OwnedTopUp> (r) =>
    {
        var workspace = pool.Workspace(r, caller.WorkspaceKey);
        var parameters = new DynamicParameters();
        parameters.Add("limit", limit);
        return Owned(r, workspace, TopUpTable.Read(r.Connection, workspace, "AND origin = 2 AND status = 0 AND attempt_at IS NULL ORDER BY top_up_seq LIMIT @limit", parameters));
    }));

    public ValueTask<IReadOnlyList<AutoRechargeView>?> AutoRecharges(Caller caller, string customerId, CancellationToken cancellation) => new(pool.Answer(IReadOnlyList<AutoRechargeView>? (r) =>
    {
        var workspace = pool.Workspace(r, caller.WorkspaceKey, customerId);
        return r.Ledger.Customer(workspace, customerId) is { } record ? [.. record.AutoRecharges.Select(a => AutoRechargeView.Of(a, customerId, workspace.Now(time)))] : null;
    }));

    public ValueTask<IReadOnlyList<StoredWebhook>> WaitingWebhooks(Caller caller, int limit, CancellationToken cancellation) => new(pool.Answer(IReadOnlyList<StoredWebhook> (r) =>
        [.. r.Connection.Query<(long Seq, string Processor, long At, string Headers, string Body, long Tries)>(
            "SELECT seq, processor, received_at, headers, body, tries FROM webhook_inbox WHERE workspace_id = @ws AND done = 0 AND tries < @most ORDER BY tries, seq LIMIT @limit",
            new { ws = caller.WorkspaceKey, most = CloseWebhookCommand.MostTries, limit })
            .Select(w => new StoredWebhook(
                w.Seq, w.Processor, new ReceivedWebhook(JsonSerializer.Deserialize<Dictionary<string, string>>(w.Headers)!, Encoding.UTF8.GetBytes(w.Body), new Instant(w.At)), (int)w.Tries))]));

    public ValueTask<IReadOnlyList<PaymentMismatch>> Mismatches(Caller caller, int limit, CancellationToken cancellation) => new(pool.Answer(IReadOnlyList<PaymentMismatch> (r) =>
        [.. r.Connection.Query<(long TopUp, string Customer, string Kind, string Event, long At, string? Payment, string? Currency, long? Amount, long CreatedAt)>(
            """
            SELECT f.top_up_seq, c.id, f.kind, f.event_id, f.at, f.payment, f.currency, f.amount, t.created_at
            FROM payment_fact f JOIN top_up t ON t.workspace_id = f.workspace_id AND t.top_up_seq = f.top_up_seq
                JOIN customer c ON c.workspace_id = f.workspace_id AND c.customer_id = f.customer_id
            WHERE f.workspace_id = @ws AND f.outcome = 2 ORDER BY f.booked_at DESC LIMIT @limit
            """, new { ws = caller.WorkspaceKey, limit })
            .Select(f => new PaymentMismatch(
                ids.Format(IdKind.TopUp, caller.WorkspaceKey, f.TopUp, new Instant(f.CreatedAt)), f.Customer, f.Kind, f.Event, new Instant(f.At), f.Payment,
                f.Currency is { } code && f.Amount is { } units ? new Amount(Currencies.All[code], units) : null))]));

    public ValueTask<bool> HasDispute(Caller caller, string customerId, CancellationToken cancellation) => new(pool.Answer(r =>
    {
        var (conditions, parameters) = Conditions(r, caller, new TopUpQuestion(customerId));
        return r.Connection.ExecuteScalar<long>($"SELECT COUNT(*) FROM dispute WHERE workspace_id = @ws {conditions} AND reinstated = 0 AND won = 0", parameters) > 0;
    }));

    public ValueTask<string?> SandboxDocument(Caller caller, string id, CancellationToken cancellation) => new(pool.Answer(r =>
        r.Connection.ExecuteScalar<string?>("SELECT document FROM sandbox_document WHERE workspace_id = @ws AND id = @id", new { ws = caller.WorkspaceKey, id })));

    private (string Sql, DynamicParameters Parameters) Conditions(PooledReader r, Caller caller, TopUpQuestion question)
    {
        var parameters = new DynamicParameters();
        parameters.Add("ws", caller.WorkspaceKey);
        string sql = "";
        if (question.CustomerId is { } id)
        {
            // Of nobody there is nothing.
            parameters.Add("customer", r.Connection.ExecuteScalar<long?>("SELECT customer_id FROM customer WHERE workspace_id = @ws AND id = @id", new { ws = caller.WorkspaceKey, id }) ?? -1);
            sql += " AND customer_id = @customer";
        }
        if (question.TopUpId is { } topUp)
        {
            parameters.Add("topUp", ids.Parse(IdKind.TopUp, caller.WorkspaceKey, topUp) ?? -1);
            sql += " AND top_up_seq = @topUp";
        }
        if (question.Status is { } status)
        {
            parameters.Add("status", (long)status);
            sql += " AND status = @status";
        }
        if (question.Origin is { } origin)
        {
            parameters.Add("origin", (long)origin);
            sql += " AND origin = @origin";
        }
        return (sql, parameters);
    }

    private OwnedTopUp? First(PooledReader r, Caller caller, string condition, Action<DynamicParameters> add)
    {
        var workspace = pool.Workspace(r, caller.WorkspaceKey);
        var parameters = new DynamicParameters();
        add(parameters);
        return Owned(r, workspace, TopUpTable.Read(r.Connection, workspace, condition, parameters)).FirstOrDefault();
    }

    private static ProcessorAccount? Account(PooledReader r, Caller caller, string customerId, string processor) =>
        r.Connection.Query<(string Reference, string? Instrument, string? Label, long? Year, long? Month)>(
            """
            SELECT a.reference, a.instrument, a.instrument_label, a.instrument_year, a.instrument_month
            FROM customer c JOIN processor_account a ON a.workspace_id = c.workspace_id AND a.customer_id = c.customer_id
            WHERE c.workspace_id = @ws AND c.id = @customerId AND a.processor = @processor
            """, new { ws = caller.WorkspaceKey, customerId, processor })
            .Select(a => new ProcessorAccount(
                processor, a.Reference, a.Instrument is null ? null : new SavedInstrument(a.Instrument, a.Label!, a.Year is { } year && a.Month is { } month ? ((int)year, (int)month) : null)))
            .FirstOrDefault();

    private List<OwnedTopUp> Owned(PooledReader r, WorkspaceRecord workspace, List<(TopUp TopUp, long CustomerKey)> topUps)
    {
        var customers = new CustomerIds(r, workspace).Of(topUps.Select(t => t.CustomerKey));
        return topUps.ConvertAll(t =>
        {
            string customer = customers[t.CustomerKey];
            var view = TopUpView.Of(t.TopUp, customer, ids, workspace.Key);
            return new OwnedTopUp(view.Id, customer, t.TopUp, view);
        });
    }
}
