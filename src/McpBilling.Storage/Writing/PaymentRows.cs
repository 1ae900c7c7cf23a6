using System.Data.Common;
using System.Text;
using System.Text.Json;
using McpBilling.Money;
using McpBilling.Payments;
using McpBilling.Payments.Sandbox;

namespace McpBilling.Storage.Writing;

/// <summary>The rows of orders, refunds, disputes and what was reported of them. To be called inside a write transaction.</summary>
internal static class PaymentRows
{
    /// <param name="now">Real time, in which processors live.</param>
    public static void Write(DbConnection connection, long workspaceKey, PaymentSession session, Instant now)
    {
        long customer = session.Customer.Key;
        foreach (var topUp in session.TopUps)
        {
            Put(connection, workspaceKey, customer, topUp);
            foreach (var refund in topUp.Refunds)
            {
                Put(connection, workspaceKey, customer, topUp.Key, refund);
            }
            foreach (var dispute in topUp.Disputes)
            {
                Put(connection, workspaceKey, customer, topUp.Key, dispute);
            }
        }
        foreach (var settings in session.ChangedAutoRecharges)
        {
            AutoRechargeTable.Put(connection, workspaceKey, customer, settings);
        }
        foreach (var seen in session.Seen)
        {
            Add(connection, workspaceKey, customer, seen, session.Now);
        }
        if (session.ProcessorCustomer is { } known)
        {
            connection.Write(
                """
                INSERT INTO processor_account (workspace_id, customer_id, processor, reference) VALUES (@ws, @customer, @processor, @reference)
                ON CONFLICT (workspace_id, customer_id, processor) DO UPDATE SET reference = excluded.reference
                """,
                ("@ws", workspaceKey), ("@customer", customer), ("@processor", known.Processor), ("@reference", known.Reference));
        }
        if (session.Instrument is { } note)
        {
            Put(connection, workspaceKey, customer, note, note.At ?? now);
        }
    }

    public static long? FindPaid(DbConnection connection, long workspaceKey, string processor, string payment) =>
        connection.Scalar<long?>(
            "SELECT top_up_seq FROM top_up WHERE workspace_id = @ws AND processor = @processor AND payment = @payment", ("@ws", workspaceKey), ("@processor", processor), ("@payment", payment));

    public static bool HasSeen(DbConnection connection, long workspaceKey, long topUpKey, string eventId, string kind) =>
        connection.Scalar<long>(
            "SELECT COUNT(*) FROM payment_fact WHERE workspace_id = @ws AND top_up_seq = @seq AND event_id = @event AND kind = @kind",
            ("@ws", workspaceKey), ("@seq", topUpKey), ("@event", eventId), ("@kind", kind)) > 0;

    /// <returns>Its key.</returns>
    public static long Store(DbConnection connection, long workspaceKey, StoreWebhookCommand command)
    {
        long seq = connection.Scalar<long>("SELECT COALESCE(MAX(seq), 0) + 1 FROM webhook_inbox WHERE workspace_id = @ws", ("@ws", workspaceKey));
        connection.Write(
            "INSERT INTO webhook_inbox (workspace_id, seq, processor, received_at, headers, body, done, tries) VALUES (@ws, @seq, @processor, @at, @headers, @body, 0, 0)",
            ("@ws", workspaceKey), ("@seq", seq), ("@processor", command.Processor), ("@at", command.Webhook.Now.Microseconds),
            ("@headers", JsonSerializer.Serialize(command.Webhook.Headers)), ("@body", Encoding.UTF8.GetString(command.Webhook.Body.Span)));
        return seq;
    }

    public static bool Close(DbConnection connection, long workspaceKey, CloseWebhookCommand command) =>
        (command.Done
            ? connection.Execute("UPDATE webhook_inbox SET done = 1, headers = '', body = '', note = NULL WHERE workspace_id = @ws AND seq = @seq AND done = 0", ("@ws", workspaceKey), ("@seq", command.Key))
            : connection.Execute(
                "UPDATE webhook_inbox SET tries = tries + 1, note = @note WHERE workspace_id = @ws AND seq = @seq AND done = 0", ("@ws", workspaceKey), ("@seq", command.Key), ("@note", command.Note))) > 0;

    /// <returns>False: it was not as it was read.</returns>
    public static bool Write(DbConnection connection, long workspaceKey, SandboxWriteCommand command)
    {
        string? present = connection.Scalar<string>("SELECT document FROM sandbox_document WHERE workspace_id = @ws AND id = @id", ("@ws", workspaceKey), ("@id", command.Id));
        if (present != command.Before)
        {
            return false;
        }
        connection.Write(
            "INSERT INTO sandbox_document (workspace_id, id, document) VALUES (@ws, @id, @document) ON CONFLICT (workspace_id, id) DO UPDATE SET document = excluded.document",
            ("@ws", workspaceKey), ("@id", command.Id), ("@document", command.After));
        return true;
    }

    // Reports come late and twice: what was left, chosen or removed after them stays.
    private static void Put(DbConnection connection, long workspaceKey, long customer, InstrumentNote note, Instant at)
    {
        if (note.Left is { } left)
        {
            connection.Write(
                """
                INSERT INTO processor_account (workspace_id, customer_id, processor, reference, instrument, instrument_label, instrument_year, instrument_month, instrument_at)
                VALUES (@ws, @customer, @processor, '', @instrument, @label, @year, @month, @at)
                ON CONFLICT (workspace_id, customer_id, processor) DO UPDATE SET instrument = excluded.instrument, instrument_label = excluded.instrument_label,
                    instrument_year = excluded.instrument_year, instrument_month = excluded.instrument_month, instrument_at = excluded.instrument_at
                WHERE excluded.instrument_at >= processor_account.instrument_at
                """,
                ("@ws", workspaceKey), ("@customer", customer), ("@processor", note.Processor), ("@instrument", left.Id), ("@label", left.Label),
                ("@year", (long?)left.Expires?.Year), ("@month", (long?)left.Expires?.Month), ("@at", at.Microseconds));
            return;
        }
        connection.Write(
            """
            UPDATE processor_account SET instrument = NULL, instrument_label = NULL, instrument_year = NULL, instrument_month = NULL, instrument_at = @at
            WHERE workspace_id = @ws AND customer_id = @customer AND processor = @processor AND instrument = @gone AND instrument_at <= @at
            """,
            ("@ws", workspaceKey), ("@customer", customer), ("@processor", note.Processor), ("@gone", note.Gone), ("@at", at.Microseconds));
    }

    private static void Put(DbConnection connection, long workspaceKey, long customer, TopUp t) => connection.Write(
        """
        INSERT INTO top_up (workspace_id, top_up_seq, customer_id, status, origin, processor, pack, title, currency, price, credit_asset, credit, bonus, expires_after_days, bonus_expires_after_days,
            priority, save, back, created_at, page, page_url, page_expires_at, attempt_at, attempt_code, attempt_retry, attempt_payment, payment, tax, paid_at, grant_at, grant_seq, bonus_grant_seq, next_look_at)
        VALUES (@ws, @seq, @customer, @status, @origin, @processor, @pack, @title, @currency, @price, @credit_asset, @credit, @bonus, @days, @bonus_days,
            @priority, @save, @back, @created, @page, @url, @page_expires, @attempt, @code, @retry, @attempt_payment, @payment, @tax, @paid, @grant_at, @grant, @bonus_grant, @look)
        ON CONFLICT (workspace_id, top_up_seq) DO UPDATE SET status = excluded.status, page = excluded.page, page_url = excluded.page_url, page_expires_at = excluded.page_expires_at,
            attempt_at = excluded.attempt_at, attempt_code = excluded.attempt_code, attempt_retry = excluded.attempt_retry, attempt_payment = excluded.attempt_payment, payment = excluded.payment, tax = excluded.tax,
            paid_at = excluded.paid_at, grant_at = excluded.grant_at, grant_seq = excluded.grant_seq, bonus_grant_seq = excluded.bonus_grant_seq, next_look_at = excluded.next_look_at
        """,
        ("@ws", workspaceKey), ("@seq", t.Key), ("@customer", customer), ("@status", (long)t.Status), ("@origin", (long)t.Origin), ("@processor", t.Processor), ("@pack", t.PackId),
        ("@title", t.Title), ("@currency", t.Price.Asset.Id), ("@price", t.Price.Units), ("@credit_asset", t.Credit.Asset.Id), ("@credit", t.Credit.Units), ("@bonus", t.Bonus),
        ("@days", (long?)t.ExpiresAfterDays), ("@bonus_days", (long?)t.BonusExpiresAfterDays), ("@priority", (long)t.Priority), ("@save", t.Save ? 1L : 0L), ("@back", t.Back?.ToString()),
        ("@created", t.CreatedAt.Microseconds), ("@page", t.Page?.Reference), ("@url", t.Page?.Url.ToString()), ("@page_expires", t.Page?.ExpiresAt.Microseconds),
        ("@attempt", t.Attempt?.At.Microseconds), ("@code", t.Attempt?.Code), ("@retry", (long?)t.Attempt?.Retry), ("@attempt_payment", t.Attempt?.Payment), ("@payment", t.Payment), ("@tax", t.Tax), ("@paid", t.PaidAt?.Microseconds),
        ("@grant_at", t.GrantAt?.Microseconds), ("@grant", t.GrantKey), ("@bonus_grant", t.BonusGrantKey), ("@look", t.NextLook?.Microseconds));

    private static void Put(DbConnection connection, long workspaceKey, long customer, long topUpKey, Refund r) => connection.Write(
        """
        INSERT INTO refund (workspace_id, refund_seq, customer_id, top_up_seq, status, amount, forced, ours, reason, reference, code, failure_reported, created_at, share, set_aside, bonus, since)
        VALUES (@ws, @seq, @customer, @top_up, @status, @amount, @forced, @ours, @reason, @reference, @code, @reported, @created, @share, @aside, @bonus, @since)
        ON CONFLICT (workspace_id, refund_seq) DO UPDATE SET status = excluded.status, amount = excluded.amount, reference = excluded.reference, code = excluded.code,
            failure_reported = excluded.failure_reported, share = excluded.share, set_aside = excluded.set_aside, bonus = excluded.bonus, since = excluded.since
        """,
        ("@ws", workspaceKey), ("@seq", r.Key), ("@customer", customer), ("@top_up", topUpKey), ("@status", (long)r.Status), ("@amount", r.Units), ("@forced", r.Forced ? 1L : 0L),
        ("@ours", r.IsOurs ? 1L : 0L), ("@reason", r.Reason), ("@reference", r.Reference), ("@code", r.Code), ("@reported", r.FailureReported ? 1L : 0L), ("@created", r.CreatedAt.Microseconds),
        ("@share", r.Part.Share), ("@aside", r.Part.SetAside), ("@bonus", r.Part.Bonus), ("@since", r.Part.Since.Microseconds));

    private static void Put(DbConnection connection, long workspaceKey, long customer, long topUpKey, Dispute d) => connection.Write(
        """
        INSERT INTO dispute (workspace_id, dispute_seq, customer_id, top_up_seq, reference, amount, reason, opened, withdrawn, reinstated, won, lost, at, share, set_aside, bonus, debited, since)
        VALUES (@ws, @seq, @customer, @top_up, @reference, @amount, @reason, @opened, @withdrawn, @reinstated, @won, @lost, @at, @share, @aside, @bonus, @debited, @since)
        ON CONFLICT (workspace_id, dispute_seq) DO UPDATE SET amount = excluded.amount, reason = excluded.reason, opened = excluded.opened, withdrawn = excluded.withdrawn,
            reinstated = excluded.reinstated, won = excluded.won, lost = excluded.lost, share = excluded.share, set_aside = excluded.set_aside, bonus = excluded.bonus,
            debited = excluded.debited, since = excluded.since
        """,
        ("@ws", workspaceKey), ("@seq", d.Key), ("@customer", customer), ("@top_up", topUpKey), ("@reference", d.Reference), ("@amount", d.Units), ("@reason", d.Reason),
        ("@opened", d.Opened ? 1L : 0L), ("@withdrawn", d.Withdrawn ? 1L : 0L), ("@reinstated", d.Reinstated ? 1L : 0L), ("@won", d.Won ? 1L : 0L), ("@lost", d.Lost ? 1L : 0L),
        ("@at", d.At.Microseconds), ("@share", d.Part.Share), ("@aside", d.Part.SetAside), ("@bonus", d.Part.Bonus), ("@debited", d.Part.Debited), ("@since", d.Part.Since.Microseconds));

    private static void Add(DbConnection connection, long workspaceKey, long customer, SeenFact seen, Instant now)
    {
        Amount? amount = seen.Fact switch
        {
            PaymentFact.Paid f => f.Amount,
            PaymentFact.Refunded f => f.Amount,
            PaymentFact.RefundFailed f => f.Amount,
            PaymentFact.DisputeOpened f => f.Amount,
            PaymentFact.DisputeWithdrawn f => f.Amount,
            PaymentFact.DisputeReinstated f => f.Amount,
            _ => null,
        };
        connection.Write(
            """
            INSERT INTO payment_fact (workspace_id, top_up_seq, event_id, kind, customer_id, at, booked_at, payment, currency, amount, outcome)
            VALUES (@ws, @seq, @event, @kind, @customer, @at, @now, @payment, @currency, @amount, @outcome)
            """,
            ("@ws", workspaceKey), ("@seq", seen.TopUpKey), ("@event", seen.Fact.EventId), ("@kind", seen.Kind), ("@customer", customer), ("@at", seen.Fact.At.Microseconds),
            ("@now", now.Microseconds), ("@payment", seen.Fact.Payment), ("@currency", amount?.Asset.Id), ("@amount", amount?.Units), ("@outcome", (long)seen.Outcome));
    }
}
