using McpBilling.Server.Commands;
using McpBilling.Server.Hosting;

namespace McpBilling.Server.Tests.Archive;

/// <summary><c>archive</c> and <c>query</c> at the terminal.</summary>
public sealed class QueryCommandTests : IAsyncLifetime
{
    private readonly StringWriter output = new();
    private readonly StringWriter error = new();
    private DetailShop shop = null!;

    public async ValueTask InitializeAsync()
    {
        shop = await DetailShop.Open();
        await shop.GoOn();
    }

    public ValueTask DisposeAsync() => shop.DisposeAsync();

    [Fact]
    public async Task Months_are_archived_and_asked_together_with_what_is_live()
    {
        Assert.Equal(0, await Run("archive", "--before", "2026-03-01", "--out", shop.Folder));
        Assert.Contains("usage/2026-01.parquet: 2 rows", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("5 files added, each read back and compared. Nothing was deleted", error.ToString(), StringComparison.Ordinal);
        output.GetStringBuilder().Clear();
        Assert.Equal(0, await Run("query", "SELECT event_id, quantity FROM usage ORDER BY seq", "--archive", shop.Folder, "--format", "csv"));
        Assert.Equal("event_id,quantity\r\njan-1,1.5\r\njan-2,2\r\nfeb-1,3\r\nmar-1,4.25\r\n", output.ToString());
    }

    [Fact]
    public async Task Json_has_decimals_as_text_and_a_table_shows_no_control_characters()
    {
        Assert.Equal(0, await Run("query", "SELECT quantity, 7 AS n, NULL AS nothing, happened_at, [1, 2] AS list FROM usage ORDER BY seq LIMIT 1", "--format", "json"));
        Assert.Equal("""[{"quantity":"1.5","n":7,"nothing":null,"happened_at":"2026-01-15T12:00:00Z","list":[1,2]}]""", output.ToString().Trim());
        output.GetStringBuilder().Clear();
        Assert.Equal(0, await Run("query", "SELECT properties ->> '$.note' AS note FROM usage ORDER BY seq LIMIT 1"));
        Assert.Equal(["note", "-------------", "it's ?[31mred"], output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.TrimEnd()));
    }

    [Fact]
    public async Task An_answer_that_was_cut_says_so()
    {
        Assert.Equal(0, await Run("query", "SELECT event_id FROM usage ORDER BY seq", "--rows", "2", "--format", "csv"));
        Assert.Equal("event_id\r\njan-1\r\njan-2\r\n", output.ToString());
        Assert.Contains("Only the first 2 rows", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "first day of a month", "archive", "--before", "2026-02-02", "--out", "x")]
    [InlineData(2, "first day of a month", "archive", "--before", "February", "--out", "x")]
    [InlineData(2, "has not begun", "archive", "--before", "2026-04-01", "--out", "x")]
    [InlineData(2, "--rows must be 1 to 1000000", "query", "SELECT 1", "--rows", "0")]
    [InlineData(2, "--timeout must be 1 to 3600", "query", "SELECT 1", "--timeout", "3601")]
    [InlineData(2, "--format", "query", "SELECT 1", "--format", "xml")]
    [InlineData(1, "no_such_table", "query", "SELECT * FROM no_such_table")]
    public async Task What_does_not_fit_is_named(int exit, string problem, params string[] words)
    {
        Assert.Equal(exit, await Run(words));
        Assert.Contains(problem, error.ToString(), StringComparison.Ordinal);
        Assert.Equal("", output.ToString());
    }

    [Fact]
    public async Task A_data_file_that_is_not_there_is_named()
    {
        Assert.Equal(1, await CommandLine.Run(["query", "SELECT 1", "--data", "/nowhere/billing.db"], Parts.OfProgram(), new Terminal(output, error, _ => null), inputIsPiped: false));
        Assert.Contains("/nowhere/billing.db", error.ToString(), StringComparison.Ordinal);
    }

    private Task<int> Run(params string[] words) =>
        CommandLine.Run([.. words, "--data", shop.Data.Path], Parts.OfProgram() with { Time = shop.Time }, new Terminal(output, error, _ => null), inputIsPiped: false);
}
