using System.Data.Common;
using McpBilling.Catalog;
using McpBilling.Money;
using McpBilling.Payments;

namespace McpBilling.Storage;

/// <summary>The rows of auto-recharges, and of every consent that was given.</summary>
internal static class AutoRechargeTable
{
    public const string Columns =
        "asset, threshold, pack, currency, amount, monthly_cap, processor, consent_version, consent_at, consent_address, ended, in_flight, not_before, failures, month, charged";

    public static AutoRecharge Read(Statement s, CatalogSnapshot catalog)
    {
        var currency = Currencies.All[s.Text(3)];
        return new AutoRecharge(
            catalog.RequireAsset(s.Text(0)), s.Long(1), new AutoRechargePurchase(s.TextOrNull(2), s.LongOrNull(4) is { } free ? new Amount(currency, free) : null),
            new Amount(currency, s.Long(5)), s.Text(6), new Consent(s.Text(7), new Instant(s.Long(8)), s.TextOrNull(9)))
        {
            Ended = (AutoRechargeEnd?)s.LongOrNull(10),
            InFlight = s.LongOrNull(11),
            NotBefore = new Instant(s.Long(12)),
            Failures = s.Int(13),
            Month = s.Int(14),
            Charged = s.Long(15),
        };
    }

    /// <summary>To be called inside a write transaction.</summary>
    public static void Put(DbConnection connection, long workspaceKey, long customerKey, AutoRecharge a)
    {
        connection.Write(
            """
            INSERT INTO auto_recharge (workspace_id, customer_id, asset, threshold, pack, currency, amount, monthly_cap, processor, consent_version, consent_at, consent_address,
                ended, in_flight, not_before, failures, month, charged)
            VALUES (@ws, @customer, @asset, @threshold, @pack, @currency, @amount, @cap, @processor, @version, @consent, @address, @ended, @flight, @before, @failures, @month, @charged)
            ON CONFLICT (workspace_id, customer_id, asset) DO UPDATE SET threshold = excluded.threshold, pack = excluded.pack, currency = excluded.currency, amount = excluded.amount,
                monthly_cap = excluded.monthly_cap, processor = excluded.processor, consent_version = excluded.consent_version, consent_at = excluded.consent_at,
                consent_address = excluded.consent_address, ended = excluded.ended, in_flight = excluded.in_flight, not_before = excluded.not_before,
                failures = excluded.failures, month = excluded.month, charged = excluded.charged
            """,
            ("@ws", workspaceKey), ("@customer", customerKey), ("@asset", a.Asset.Id), ("@threshold", a.Threshold), ("@pack", a.Purchase.PackId), ("@currency", a.MonthlyCap.Asset.Id),
            ("@amount", a.Purchase.Free?.Units), ("@cap", a.MonthlyCap.Units), ("@processor", a.Processor), ("@version", a.Consent.TextVersion), ("@consent", a.Consent.At.Microseconds),
            ("@address", a.Consent.Address), ("@ended", (long?)a.Ended), ("@flight", a.InFlight), ("@before", a.NotBefore.Microseconds), ("@failures", (long)a.Failures),
            ("@month", (long)a.Month), ("@charged", a.Charged));
        connection.Write(
            """
            INSERT INTO auto_recharge_consent (workspace_id, customer_id, asset, at, version, address) VALUES (@ws, @customer, @asset, @at, @version, @address)
            ON CONFLICT (workspace_id, customer_id, asset, at) DO NOTHING
            """,
            ("@ws", workspaceKey), ("@customer", customerKey), ("@asset", a.Asset.Id), ("@at", a.Consent.At.Microseconds), ("@version", a.Consent.TextVersion), ("@address", a.Consent.Address));
    }
}
