using McpBilling.Archive;

namespace McpBilling.Server.Tests.Archive;

/// <summary>What a query may not do, whoever wrote it.</summary>
public sealed class QuerySandboxTests
{
    [Theory]
    // Anything but one SELECT.
    [InlineData("DELETE FROM live_usage")]
    [InlineData("INSERT INTO live_usage SELECT * FROM live_usage")]
    [InlineData("UPDATE live_entries SET amount = 0")]
    [InlineData("DROP VIEW usage")]
    [InlineData("CREATE TABLE t AS SELECT 1")]
    [InlineData("CREATE MACRO m() AS 1")]
    [InlineData("SELECT 1; DROP VIEW usage")]
    [InlineData("SELECT 1; SELECT 2")]
    [InlineData("SELECT 1'); DROP VIEW usage; SELECT * FROM query('SELECT 1")]
    [InlineData("SELECT 1) AS x; COPY usage TO 'CANARY'; SELECT * FROM (SELECT 1")]
    [InlineData("COPY usage TO 'CANARY'")]
    [InlineData("COPY (SELECT 1) TO 'CANARY' (FORMAT parquet)")]
    [InlineData("COPY usage TO 'ARCHIVED' (FORMAT parquet)")]
    [InlineData("EXPORT DATABASE 'CANARY'")]
    [InlineData("ATTACH 'BILLING'")]
    [InlineData("ATTACH 'BILLING' AS b (TYPE sqlite)")]
    [InlineData("DETACH detail")]
    [InlineData("USE detail")]
    [InlineData("PRAGMA database_list")]
    [InlineData("PRAGMA enable_profiling")]
    [InlineData("CALL pragma_version()")]
    [InlineData("SET memory_limit = '100GB'")]
    [InlineData("SET lock_configuration = false")]
    [InlineData("RESET lock_configuration")]
    [InlineData("INSTALL httpfs")]
    [InlineData("LOAD httpfs")]
    [InlineData("LOAD 'CANARY'")]
    [InlineData("FORCE INSTALL sqlite FROM community")]
    [InlineData("PREPARE p AS SELECT 1")]
    [InlineData("BEGIN")]
    [InlineData("VACUUM")]
    [InlineData("CHECKPOINT")]
    [InlineData("EXPLAIN ANALYZE DELETE FROM live_usage")]
    [InlineData("CREATE SECRET s (TYPE s3)")]
    // Files, in every way that a SELECT has.
    [InlineData("SELECT * FROM read_text('/etc/passwd')")]
    [InlineData("SELECT * FROM read_blob('/etc/passwd')")]
    [InlineData("SELECT * FROM read_csv('/etc/passwd')")]
    [InlineData("SELECT * FROM sniff_csv('/etc/passwd')")]
    [InlineData("SELECT * FROM '/etc/passwd'")]
    [InlineData("SELECT * FROM glob('/etc/*')")]
    [InlineData("SELECT * FROM read_json('CANARY')")]
    [InlineData("SELECT * FROM read_parquet('SECRET')")]
    [InlineData("SELECT * FROM parquet_metadata('SECRET')")]
    [InlineData("SELECT * FROM 'SECRET'")]
    [InlineData("SELECT * FROM read_parquet('ARCHIVED/../../../secret.parquet')")]
    [InlineData("SELECT * FROM read_blob('BILLING')")]
    [InlineData("SELECT * FROM sqlite_scan('BILLING', 'api_key')")]
    [InlineData("SELECT * FROM query('COPY usage TO ''CANARY''')")]
    [InlineData("SELECT * FROM query_table('SECRET')")]
    [InlineData("WITH x AS (SELECT * FROM read_text('/etc/passwd')) SELECT * FROM x")]
    [InlineData("SELECT (SELECT content FROM read_text('/etc/passwd'))")]
    // The network.
    [InlineData("SELECT * FROM read_parquet('http://127.0.0.1:1/x.parquet')")]
    [InlineData("SELECT * FROM read_csv('s3://bucket/x.csv')")]
    [InlineData("SELECT * FROM 'https://example.com/x.csv'")]
    // Secrets and the environment.
    [InlineData("SELECT getenv('HOME')")]
    [InlineData("SELECT * FROM duckdb_secrets()")]
    // Too much.
    [InlineData("SELECT LIST(a.range || b.range) FROM range(100000) a, range(2000) b")]
    // Not SQL at all.
    [InlineData("")]
    [InlineData("'")]
    [InlineData("SELECT * FROM no_such_table")]
    [InlineData("SELECT 'x")]
    [InlineData("SELECT 1 -- ')")]
    public async Task Is_refused_and_changes_nothing(string sql)
    {
        await using var shop = await DetailShop.Open();
        shop.Archive("2026-02-01");
        string canary = Path.Combine(Path.GetDirectoryName(shop.Data.Path)!, "canary"), archived = Path.Combine(shop.Folder, "test", "usage", "2026-01.parquet");
        string secret = Path.Combine(Path.GetDirectoryName(shop.Data.Path)!, "secret.parquet");
        File.Copy(archived, secret);
        byte[] before = await File.ReadAllBytesAsync(archived);
        string hostile = sql.Replace("CANARY", canary, StringComparison.Ordinal).Replace("ARCHIVED", archived.Replace("'", "''", StringComparison.Ordinal), StringComparison.Ordinal)
            .Replace("SECRET", secret, StringComparison.Ordinal).Replace("BILLING", shop.Data.Path, StringComparison.Ordinal);
        if (hostile == "SELECT 1 -- ')")
        {
            // A comment ends with the query that it is in: it is one SELECT, and comes to nothing else.
            Assert.Equal(["1"], shop.Lines(hostile));
            return;
        }
        var refused = Assert.Throws<ArchiveException>(() => shop.Query(hostile, seconds: 20));
        Assert.NotEqual("", refused.Message);
        Assert.DoesNotContain("\n", refused.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(canary) || Directory.Exists(canary));
        Assert.Equal(before, await File.ReadAllBytesAsync(archived));
        Assert.Equal(["2"], shop.Lines("SELECT COUNT(*) FROM usage"));
        await shop.MustVerify();
    }

    [Theory]
    [InlineData("SELECT 1", "1")]
    [InlineData("SELECT 1;", "1")]
    [InlineData("  FROM usage SELECT event_id ORDER BY seq  ", "jan-1 jan-2")]
    [InlineData("VALUES (1), (2)", "1 2")]
    [InlineData("WITH x AS (SELECT quantity q FROM usage) SELECT SUM(q) FROM x", "3.5")]
    [InlineData("SELECT event_id FROM usage ORDER BY quantity DESC", "jan-2 jan-1")]
    [InlineData("SELECT 'it''s' || ' ok'", "it's ok")]
    [InlineData("SELECT properties ->> '$.note' IS NOT NULL FROM usage ORDER BY seq LIMIT 1", "true")]
    public async Task What_only_reads_is_answered(string sql, string answer)
    {
        await using var shop = await DetailShop.Open();
        shop.Archive("2026-02-01");
        Assert.Equal(answer, string.Join(' ', shop.Lines(sql)));
    }

    [Fact]
    public async Task Rows_beyond_the_bound_are_left_off_and_it_is_said()
    {
        await using var shop = await DetailShop.Open();
        var cut = shop.Query("SELECT range FROM range(1000000000)", archived: false, rows: 10);
        Assert.Equal((10, true, 9L), (cut.Rows.Count, cut.IsCut, (long)cut.Rows[^1][0]!));
        Assert.False(shop.Query("SELECT range FROM range(10)", archived: false, rows: 10).IsCut);
    }

    [Fact]
    public async Task A_query_that_takes_too_long_is_broken_off()
    {
        await using var shop = await DetailShop.Open();
        var late = Assert.Throws<ArchiveException>(() => shop.Query("SELECT COUNT(*) FROM range(1000000000000) WHERE hash(range) = 7", archived: false, seconds: 1));
        Assert.Contains("broken off after 1 seconds", late.Message, StringComparison.Ordinal);
    }
}
