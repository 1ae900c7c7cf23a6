using System.Collections.Immutable;
using System.Data.Common;
using Dapper;
using McpBilling.Money;
using McpBilling.Payments;

namespace McpBilling.Storage;

/// <summary>Reads orders with their refunds and disputes; for the writer and for readers alike.</summary>
internal static class TopUpTable
{
    private const string Columns =
        """
        SELECT top_up_seq AS Seq, customer_id AS Customer, status AS Status, origin AS Origin, processor AS Processor, pack AS Pack, title AS Title, currency AS Currency, price AS Price,
            credit_asset AS CreditAsset, credit AS Credit, bonus AS Bonus, expires_after_days AS Days, bonus_expires_after_days AS BonusDays, priority AS Priority, save AS Save, back AS Back,
            created_at AS CreatedAt, page AS Page, page_url AS PageUrl, page_expires_at AS PageExpiresAt, attempt_at AS AttemptAt, attempt_code AS AttemptCode, attempt_retry AS AttemptRetry, attempt_payment AS AttemptPayment,
            payment AS Payment, tax AS Tax, paid_at AS PaidAt, grant_at AS GrantAt, grant_seq AS GrantSeq, bonus_grant_seq AS BonusGrantSeq, next_look_at AS NextLookAt
        FROM top_up WHERE workspace_id = @ws
        """;

    private const string RefundColumns =
        """
        SELECT refund_seq AS Seq, status AS Status, amount AS Amount, forced AS Forced, ours AS Ours, reason AS Reason, reference AS Reference, code AS Code,
            failure_reported AS FailureReported, created_at AS CreatedAt, share AS Share, set_aside AS SetAside, bonus AS Bonus, since AS Since
        FROM refund WHERE workspace_id = @ws AND top_up_seq = @seq ORDER BY refund_seq
        """;

    private const string DisputeColumns =
        """
        SELECT dispute_seq AS Seq, reference AS Reference, amount AS Amount, reason AS Reason, opened AS Opened, withdrawn AS Withdrawn, reinstated AS Reinstated, won AS Won, lost AS Lost,
            at AS At, share AS Share, set_aside AS SetAside, bonus AS Bonus, debited AS Debited, since AS Since
        FROM dispute WHERE workspace_id = @ws AND top_up_seq = @seq ORDER BY dispute_seq
        """;

    /// <param name="condition">Further conditions and the order, such as <c>AND status = @status ORDER BY top_up_seq</c>.</param>
    public static IEnumerable<(TopUp TopUp, long CustomerKey)> Read(DbConnection connection, WorkspaceRecord workspace, string condition, DynamicParameters? parameters = null)
    {
        parameters ??= new DynamicParameters();
        parameters.Add("ws", workspace.Key);
        foreach (var row in connection.Query<Row>($"{Columns} {condition}", parameters).AsList())
        {
            yield return (row.ToTopUp(connection, workspace), row.Customer);
        }
    }

    public static (TopUp TopUp, long CustomerKey)? Find(DbConnection connection, WorkspaceRecord workspace, long key)
    {
        var parameters = new DynamicParameters();
        parameters.Add("key", key);
        foreach (var found in Read(connection, workspace, "AND top_up_seq = @key", parameters))
        {
            return found;
        }
        return null;
    }

    private static Instant? At(long? microseconds) => microseconds is { } at ? new Instant(at) : null;

    // With setters: where no row comes, SQLite does not tell the types, by which a constructor would be chosen.
    private sealed class Row
    {
        public long Seq { get; set; }
        public long Customer { get; set; }
        public long Status { get; set; }
        public long Origin { get; set; }
        public string Processor { get; set; } = "";
        public string? Pack { get; set; }
        public string Title { get; set; } = "";
        public string Currency { get; set; } = "";
        public long Price { get; set; }
        public string CreditAsset { get; set; } = "";
        public long Credit { get; set; }
        public long Bonus { get; set; }
        public long? Days { get; set; }
        public long? BonusDays { get; set; }
        public long Priority { get; set; }
        public long Save { get; set; }
        public string? Back { get; set; }
        public long CreatedAt { get; set; }
        public string? Page { get; set; }
        public string? PageUrl { get; set; }
        public long? PageExpiresAt { get; set; }
        public long? AttemptAt { get; set; }
        public string? AttemptCode { get; set; }
        public long? AttemptRetry { get; set; }
        public string? AttemptPayment { get; set; }
        public string? Payment { get; set; }
        public long Tax { get; set; }
        public long? PaidAt { get; set; }
        public long? GrantAt { get; set; }
        public long? GrantSeq { get; set; }
        public long? BonusGrantSeq { get; set; }
        public long? NextLookAt { get; set; }

        public TopUp ToTopUp(DbConnection connection, WorkspaceRecord workspace) => new(
            Seq, (TopUpOrigin)Origin, Processor, Pack, Title, new Amount(Currencies.All[Currency], Price), new Amount(workspace.Catalog.RequireAsset(CreditAsset), Credit), Bonus, new Instant(CreatedAt))
        {
            Status = (TopUpStatus)Status,
            ExpiresAfterDays = (int?)Days,
            BonusExpiresAfterDays = (int?)BonusDays,
            Priority = (int)Priority,
            Save = Save != 0,
            Back = Back is null ? null : new Uri(Back),
            Page = Page is null ? null : new HostedPage(Page, new Uri(PageUrl!), new Instant(PageExpiresAt!.Value)),
            Attempt = AttemptAt is { } at ? new PaymentAttempt(new Instant(at), AttemptCode, (RetryAdvice)(AttemptRetry ?? 0), AttemptPayment) : null,
            Payment = Payment,
            Tax = Tax,
            PaidAt = At(PaidAt),
            GrantAt = At(GrantAt),
            GrantKey = GrantSeq,
            BonusGrantKey = BonusGrantSeq,
            NextLook = At(NextLookAt),
            Refunds = [.. connection.Query<RefundRow>(RefundColumns, new { ws = workspace.Key, seq = Seq }).Select(r => r.ToRefund())],
            Disputes = [.. connection.Query<DisputeRow>(DisputeColumns, new { ws = workspace.Key, seq = Seq }).Select(d => d.ToDispute())],
        };
    }

    private sealed class RefundRow
    {
        public long Seq { get; set; }
        public long Status { get; set; }
        public long Amount { get; set; }
        public long Forced { get; set; }
        public long Ours { get; set; }
        public string? Reason { get; set; }
        public string? Reference { get; set; }
        public string? Code { get; set; }
        public long FailureReported { get; set; }
        public long CreatedAt { get; set; }
        public long Share { get; set; }
        public long SetAside { get; set; }
        public long Bonus { get; set; }
        public long Since { get; set; }

        public Refund ToRefund() => new(Seq, Amount, Forced != 0, Ours != 0, Reason, new Instant(CreatedAt))
        {
            Status = (RefundStatus)Status,
            Reference = Reference,
            Code = Code,
            FailureReported = FailureReported != 0,
            Part = new CreditPart(Share, SetAside, Bonus, 0, new Instant(Since)),
        };
    }

    private sealed class DisputeRow
    {
        public long Seq { get; set; }
        public string Reference { get; set; } = "";
        public long Amount { get; set; }
        public string? Reason { get; set; }
        public long Opened { get; set; }
        public long Withdrawn { get; set; }
        public long Reinstated { get; set; }
        public long Won { get; set; }
        public long Lost { get; set; }
        public long At { get; set; }
        public long Share { get; set; }
        public long SetAside { get; set; }
        public long Bonus { get; set; }
        public long Debited { get; set; }
        public long Since { get; set; }

        public Dispute ToDispute() => new(Seq, Reference, Amount, Reason, new Instant(At))
        {
            Opened = Opened != 0,
            Withdrawn = Withdrawn != 0,
            Reinstated = Reinstated != 0,
            Won = Won != 0,
            Lost = Lost != 0,
            Part = new CreditPart(Share, SetAside, Bonus, Debited, new Instant(Since)),
        };
    }
}
