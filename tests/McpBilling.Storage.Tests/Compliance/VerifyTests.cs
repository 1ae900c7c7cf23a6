namespace McpBilling.Storage.Tests.Compliance;

/// <summary><c>verify</c> is silent about what is right, and names what somebody changed behind the ledger's back.</summary>
public abstract class VerifyTests(StoreUnderTest store) : ComplianceTests(store)
{
    private const string NewestEntry = "SELECT MAX(seq) FROM entry WHERE workspace_id = 1";

    [Theory]
    [InlineData("an entry's amount", "UPDATE entry SET amount = amount + 1 WHERE seq = 3")]
    [InlineData("an entry's time", "UPDATE entry SET at = at - 3600000000 WHERE seq = 5")]
    [InlineData("an entry's grant", "UPDATE entry SET grant_seq = 1 WHERE grant_seq = 2 AND amount <> 0 AND customer_id = 1")]
    [InlineData("an entry's balance", "UPDATE entry SET balance_after = balance_after + 1 WHERE seq = 3")]
    [InlineData("an entry's account on the other side", "UPDATE entry SET counter = 0 WHERE seq = 1")]
    [InlineData("an entry's customer", "UPDATE entry SET customer_id = 2 WHERE seq = 3")]
    [InlineData("an entry's cause", "UPDATE entry SET cause_seq = 5000 WHERE seq = 3")]
    [InlineData("an entry in the middle gone", "DELETE FROM entry WHERE seq = 3")]
    [InlineData("the newest entry gone", $"DELETE FROM entry WHERE seq = ({NewestEntry})")]
    [InlineData("all entries gone", "DELETE FROM entry")]
    [InlineData("an entry added", $"INSERT INTO entry (workspace_id, seq, customer_id, asset_id, previous, at, kind, counter, grant_seq, amount, held, balance_after, hold_seq, cost_basis, cause_seq) SELECT workspace_id, seq + 1, customer_id, asset_id, seq, at, kind, counter, grant_seq, amount, held, balance_after, hold_seq, cost_basis, cause_seq FROM entry WHERE seq = ({NewestEntry})")]
    [InlineData("a grant's remainder", "UPDATE credit_grant SET remaining = remaining + 1 WHERE grant_seq = 2")]
    [InlineData("what is held of a grant", "UPDATE credit_grant SET held = held - 1 WHERE held > 0")]
    [InlineData("a grant gone", "DELETE FROM credit_grant WHERE grant_seq = 2")]
    [InlineData("a debt forgiven", "UPDATE account SET debt = 0 WHERE debt > 0")]
    [InlineData("a stored balance", "UPDATE account SET balance = balance + 1 WHERE customer_id = 1")]
    [InlineData("an account gone", "DELETE FROM account WHERE customer_id = 1")]
    [InlineData("a hold's lines", "UPDATE hold SET lines = REPLACE(lines, 'usd,', 'eur,') WHERE status = 0")]
    [InlineData("a hold ended", "UPDATE hold SET status = 1 WHERE status = 0")]
    [InlineData("a rating's charge", "UPDATE rating SET charged = charged + 1")]
    [InlineData("a rating's quantity", "UPDATE rating SET state = '5' || state")]
    [InlineData("a rating's price", "UPDATE rating SET price_version_id = 4000")]
    [InlineData("a key used twice", "INSERT INTO operation SELECT workspace_id, seq + 1000, customer_id, kind, idempotency_key, input_hash, at, outcome FROM operation WHERE idempotency_key = 'g1'")]
    [InlineData("an event twice", "INSERT INTO usage_event SELECT workspace_id, seq + 1000, customer_id, seq, id, input_hash, event_type, at, timestamp, quantity, properties, subject, feature, hold_seq, charges, outcome, reversed, cost FROM usage_event WHERE id = 'e1'")]
    [InlineData("an event gone", "DELETE FROM usage_event WHERE id = 'e1'")]
    [InlineData("an operation gone", "DELETE FROM operation WHERE idempotency_key = 'g1'")]
    [InlineData("a customer gone", "DELETE FROM customer WHERE customer_id = 1")]
    [InlineData("a due date gone", "UPDATE customer SET next_due_at = NULL WHERE next_due_at IS NOT NULL")]
    public async Task What_was_tampered_with_is_named(string what, string sql)
    {
        await Desk.Apply(Shop.Catalog);
        await Desk.Grant("c", "10", key: "g1", expires: "2027-01-01T00:00:00Z");
        await Desk.Grant("c", "10", key: "g2");
        string open = await Desk.Hold("c", "4", "h1"), done = await Desk.Hold("c", "1", "h2");
        await Desk.Do("capture_hold", new { hold_id = done, amount = "1", idempotency_key = "x" });
        await Desk.Record("c", "tokens", "e1", "3");
        await Desk.Grant("indebted", "1");
        await Desk.Record("indebted", "tokens", "e2", "3");
        await MustVerify();
        Assert.True(Store.Tamper(sql) > 0, $"{what}: the statement changed nothing");
        Assert.NotEmpty(await Store.Differences());
        Assert.NotEmpty(open);
    }

    [Fact]
    public async Task An_empty_store_and_one_with_only_a_catalog_are_right()
    {
        await MustVerify();
        await Desk.Apply(Shop.Catalog);
        await Desk.Do("save_customer", new { id = "c" });
        await MustVerify();
    }
}
