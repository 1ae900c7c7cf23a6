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

    private const string Refunds =
        """
        SELECT refund_seq, status, amount, forced, ours, reason, reference, code, failure_reported, created_at, share, set_aside, bonus, since
        FROM refund WHERE workspace_id = ? AND top_up_seq = ? ORDER BY refund_seq
        """;

    private const string Disputes =
        """
        SELECT dispute_seq, reference, amount, reason, opened, withdrawn, reinstated, won, lost, at, share, set_aside, bonus, debited, since
        FROM dispute WHERE workspace_id = ? AND top_up_seq = ? ORDER BY dispute_seq
        """;

    // Orders whose refunds and disputes are asked for together.
    private const int AtOnce = 500;

    /// <param name="condition">Further conditions and the order, such as <c>AND status = @status ORDER BY top_up_seq</c>.</param>
    public static List<(TopUp TopUp, long CustomerKey)> Read(DbConnection connection, WorkspaceRecord workspace, string condition, DynamicParameters? parameters = null)
    {
        parameters ??= new DynamicParameters();
        parameters.Add("ws", workspace.Key);
        using Statement refunds = connection.Statement(Refunds), disputes = connection.Statement(Disputes);
        Statement Of(Statement statement, Row row) => statement.Bind(1, workspace.Key).Bind(2, row.Seq);
        var found = new List<(TopUp, long)>();
        foreach (var rows in connection.Query<Row>($"{Columns} {condition}", parameters).Chunk(AtOnce))
        {
            foreach (var row in rows)
            {
                Of(refunds, row).Expect();
                Of(disputes, row).Expect();
            }
            foreach (var row in rows)
            {
                found.Add((row.ToTopUp(workspace, [.. Of(refunds, row).All(RefundOf)], [.. Of(disputes, row).All(DisputeOf)]), row.Customer));
            }
        }
        return found;
    }

    public static (TopUp TopUp, long CustomerKey)? Find(DbConnection connection, WorkspaceRecord workspace, long key)
    {
        var parameters = new DynamicParameters();
        parameters.Add("key", key);
        return Read(connection, workspace, "AND top_up_seq = @key", parameters) is [var found] ? found : null;
    }

    private static Refund RefundOf(Statement s) => new(s.Long(0), s.Long(2), s.Long(3) != 0, s.Long(4) != 0, s.TextOrNull(5), new Instant(s.Long(9)))
    {
        Status = (RefundStatus)s.Int(1),
        Reference = s.TextOrNull(6),
        Code = s.TextOrNull(7),
        FailureReported = s.Long(8) != 0,
        Part = new CreditPart(s.Long(10), s.Long(11), s.Long(12), 0, new Instant(s.Long(13))),
    };

    private static Dispute DisputeOf(Statement s) => new(s.Long(0), s.Text(1), s.Long(2), s.TextOrNull(3), new Instant(s.Long(9)))
    {
        Opened = s.Long(4) != 0,
        Withdrawn = s.Long(5) != 0,
        Reinstated = s.Long(6) != 0,
        Won = s.Long(7) != 0,
        Lost = s.Long(8) != 0,
        Part = new CreditPart(s.Long(10), s.Long(11), s.Long(12), s.Long(13), new Instant(s.Long(14))),
    };

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

        public TopUp ToTopUp(WorkspaceRecord workspace, ImmutableArray<Refund> refunds, ImmutableArray<Dispute> disputes) => new(
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
            Refunds = refunds,
            Disputes = disputes,
        };
    }
}
