using McpBilling.Archive;
using McpBilling.Operations;
using McpBilling.Storage.Detail;

namespace McpBilling.Server.Tests.Archive;

/// <summary>Months as files: complete, checked, written once; and asked together with the live rows as if nothing had moved.</summary>
public sealed class ArchiveTests
{
    private static readonly string[] Questions =
    [
        "SELECT COUNT(*), SUM(quantity), MIN(happened_at), MAX(recorded_at) FROM usage",
        "SELECT event_id, customer_id, event_type, quantity, properties FROM usage ORDER BY seq",
        "SELECT cost_id, customer_id, model, status, cost_usd, lines FROM costs ORDER BY seq",
        "SELECT seq, due_at, customer_id, asset, kind, counter_account, amount, held, balance_after, cause_seq FROM entries ORDER BY seq",
        "SELECT asset, SUM(amount) FROM entries GROUP BY asset",
        "SELECT u.event_id, -SUM(e.amount) FROM usage u JOIN entries e ON e.cause_seq = u.seq AND e.kind = 'used' GROUP BY ALL ORDER BY 1",
    ];

    [Fact]
    public async Task Whole_months_are_written_once_and_answers_are_the_same_with_and_without_them()
    {
        await using var shop = await DetailShop.Open();
        await shop.GoOn();
        string[][] before = [.. Questions.Select(q => shop.Lines(q, archived: false))];
        var written = shop.Archive("2026-03-01");
        Assert.Equal(
            ["costs/2026-01.parquet", "entries/2026-01.parquet", "entries/2026-02.parquet", "usage/2026-01.parquet", "usage/2026-02.parquet"], written.Select(f => f.FileName).Order());
        Assert.Equal((2L, 1L), (written.Single(f => f.FileName == "usage/2026-01.parquet").Rows, written.Single(f => f.FileName == "usage/2026-02.parquet").Rows));
        Assert.Empty(shop.Archive("2026-03-01"));
        foreach (var (question, answer) in Questions.Zip(before))
        {
            Assert.Equal(answer, shop.Lines(question));
        }
        Assert.Equal(["4,10.75,2026-01-15T12:00:00Z,2026-03-05T12:00:00Z"], before[0]);
        Assert.Equal(4, before[5].Length);
        await shop.MustVerify();
    }

    [Fact]
    public async Task What_is_posted_later_into_an_archived_month_is_found_and_counted_once()
    {
        await using var shop = await DetailShop.Open();
        // The expiry of the 20th of January is due, and nobody has touched the wallet since.
        shop.Archive("2026-02-01");
        Assert.Equal(["0"], shop.Lines("SELECT COUNT(*) FROM entries WHERE kind = 'expired'"));
        await shop.GoOn();
        Assert.Equal(["1"], shop.Lines("SELECT COUNT(*) FROM entries WHERE kind = 'expired' AND due_at < '2026-02-01'"));
        foreach (string question in Questions)
        {
            Assert.Equal(shop.Lines(question, archived: false), shop.Lines(question));
        }
        await shop.MustVerify();
    }

    [Fact]
    public async Task The_balance_of_the_ledger_is_the_last_entry_of_the_query()
    {
        await using var shop = await DetailShop.Open();
        await shop.GoOn();
        shop.Archive("2026-02-01");
        // 50.25 of the grant that stays, less 3 and 4.25 at 2 each.
        Assert.Equal(["35.75,35.75"], shop.Lines("SELECT SUM(amount), arg_max(balance_after, seq) FROM entries"));
    }

    [Fact]
    public async Task A_file_that_was_changed_or_is_gone_is_named_and_nothing_is_answered()
    {
        await using var shop = await DetailShop.Open();
        shop.Archive("2026-02-01");
        string file = Path.Combine(shop.Folder, "test", "usage", "2026-01.parquet");
        byte[] bytes = await File.ReadAllBytesAsync(file);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);
        Assert.Contains("2026-01.parquet is missing or is not as it was written", Assert.Throws<ArchiveException>(() => shop.Query("SELECT 1")).Message, StringComparison.Ordinal);
        File.Delete(file);
        Assert.Contains("2026-01.parquet is missing", Assert.Throws<ArchiveException>(() => shop.Query("SELECT 1")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_archive_of_another_database_is_refused()
    {
        await using var one = await DetailShop.Open();
        await using var two = await DetailShop.Open();
        one.Archive("2026-02-01");
        using var other = two.Read();
        Assert.Contains("another database", Assert.Throws<ArchiveException>(() => new ArchiveFolder(one.Folder, other)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not json", "cannot be read")]
    [InlineData("""{"version":2,"data":"x","mode":"Test","files":[]}""", "of version 2")]
    public async Task A_list_that_cannot_be_read_is_refused(string text, string problem)
    {
        await using var shop = await DetailShop.Open();
        Directory.CreateDirectory(Path.Combine(shop.Folder, "test"));
        await File.WriteAllTextAsync(Path.Combine(shop.Folder, "test", "archive.json"), text);
        Assert.Contains(problem, Assert.Throws<ArchiveException>(() => shop.Query("SELECT 1")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_workspace_is_in_no_view_and_in_no_file()
    {
        await using var shop = await DetailShop.Open();
        shop.Archive("2026-02-01");
        Assert.Equal(["anna"], shop.Lines("SELECT DISTINCT customer_id FROM entries"));
        Assert.Equal(["only-live"], shop.Lines("SELECT DISTINCT customer_id FROM entries", mode: Mode.Live, archived: false));
        Assert.False(Directory.Exists(Path.Combine(shop.Folder, "live")));
    }

    [Fact]
    public async Task Large_and_small_amounts_and_costs_stay_exact()
    {
        await using var shop = await DetailShop.Open();
        Assert.Equal(["-3.00,-4.00"], shop.Lines("SELECT STRING_AGG(CAST(CAST(amount AS DECIMAL(18, 2)) AS VARCHAR), ',' ORDER BY seq) FROM entries WHERE kind = 'used'").Select(l => l.Trim('"')));
        // 1,000 tokens at 2.50 and 7 at 10 dollars a million.
        Assert.Equal(["0.00257"], shop.Lines("SELECT cost_usd FROM costs"));
    }

    [Fact]
    public void Every_kind_names_its_columns_once_and_none_is_a_word_that_SQL_keeps_for_itself()
    {
        foreach (var kind in Enum.GetValues<DetailKind>())
        {
            string[] names = [.. DetailReader.Columns(kind).Select(c => c.Name)];
            Assert.Equal(names.Distinct(), names);
            Assert.DoesNotContain("at", names);
        }
    }
}
