using McpBilling.Catalog;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Tests.Catalog;

public class CatalogPreviewsTests
{
    private static readonly CatalogPreviews Here = new("a secret of the database"u8.ToArray(), 1);

    private static CatalogChange Images => CatalogSnapshot.Empty.Apply(Catalogs.Images, Catalogs.Day1);

    [Fact]
    public void A_token_is_good_for_exactly_its_change_until_an_hour_has_gone()
    {
        string token = Here.Issue(Images, Catalogs.Day1);
        Assert.Null(Here.Check(token, Images, Catalogs.Day1));
        Assert.Null(Here.Check(token, Images, Catalogs.Day1 + TimeSpan.FromHours(1)));
        Assert.Contains("more than an hour old", Here.Check(token, Images, Catalogs.Day1 + TimeSpan.FromMinutes(61)), StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_bound_to_the_document_the_version_the_workspace_and_the_database()
    {
        string token = Here.Issue(Images, Catalogs.Day1);
        var dearer = CatalogSnapshot.Empty.Apply(Catalogs.Images.Replace("0.04", "0.05", StringComparison.Ordinal), Catalogs.Day1);
        var later = Catalogs.After("""{"assets":[{"id":"tokens"}]}""").Apply(Catalogs.Images, Catalogs.Day1);
        Assert.Contains("another change", Here.Check(token, dearer, Catalogs.Day1), StringComparison.Ordinal);
        Assert.Contains("another change", Here.Check(token, later, Catalogs.Day1), StringComparison.Ordinal);
        Assert.NotNull(new CatalogPreviews("a secret of the database"u8.ToArray(), 2).Check(token, Images, Catalogs.Day1));
        Assert.NotNull(new CatalogPreviews("another secret"u8.ToArray(), 1).Check(token, Images, Catalogs.Day1));
    }

    [Theory]
    [InlineData("")]
    [InlineData("preview_")]
    [InlineData("preview_1")]
    [InlineData("preview_x_y")]
    [InlineData("preview_99999999999999999_AAAA")]
    [InlineData("token")]
    public void What_no_dry_run_answered_is_refused(string token) => Assert.NotNull(Here.Check(token, Images, Catalogs.Day1));

    [Fact]
    public void The_end_of_a_token_cannot_be_moved()
    {
        string[] parts = Here.Issue(Images, Catalogs.Day1).Split('_', 3);
        string longer = $"preview_{long.Parse(parts[1]) + 1_000_000}_{parts[2]}";
        Assert.Contains("another change", Here.Check(longer, Images, Catalogs.Day1), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Mode.Test, null, null, null)]
    [InlineData(Mode.Test, "wrong", null, "/preview_token")]
    [InlineData(Mode.Test, "right", null, null)]
    [InlineData(Mode.Live, null, null, "/expected_version,/preview_token")]
    [InlineData(Mode.Live, null, 0L, "/preview_token")]
    [InlineData(Mode.Live, "right", null, "/expected_version")]
    [InlineData(Mode.Live, "wrong", 0L, "/preview_token")]
    [InlineData(Mode.Live, "right", 0L, null)]
    public void A_live_catalog_needs_version_and_token_a_test_one_only_a_right_token(Mode mode, string? token, long? version, string? refused)
    {
        var change = Images;
        string? sent = token == "right" ? Here.Issue(change, Catalogs.Day1) : token;
        var command = new CatalogCommand((_, _) => change, dryRun: false, sent) { ExpectedVersion = (true, version) };
        if (refused is null)
        {
            command.RequirePreview(change, Here, mode, Catalogs.Day1);
            return;
        }
        var refusal = Assert.Throws<BillingException>(() => command.RequirePreview(change, Here, mode, Catalogs.Day1));
        Assert.Equal(ErrorCode.PreviewRequired, refusal.Code);
        Assert.Equal(refused, string.Join(',', refusal.Problems.Select(p => p.Pointer)));
        Assert.All(refusal.Problems, p => Assert.NotNull(p.Hint));
    }

    [Fact]
    public void A_change_of_one_item_needs_the_token_alone_and_no_change_needs_nothing()
    {
        var change = Images;
        new CatalogCommand((_, _) => change, dryRun: false, Here.Issue(change, Catalogs.Day1)).RequirePreview(change, Here, Mode.Live, Catalogs.Day1);
        var same = change.Next.Apply(Catalogs.Images, Catalogs.Day2);
        new CatalogCommand((_, _) => same, dryRun: false).RequirePreview(same, Here, Mode.Live, Catalogs.Day2);
        new CatalogCommand((_, _) => change, dryRun: true).RequirePreview(change, Here, Mode.Live, Catalogs.Day1);
    }

    [Fact]
    public void Only_a_dry_run_that_would_change_something_answers_a_token()
    {
        var change = Images;
        var same = change.Next.Apply(Catalogs.Images, Catalogs.Day2);
        Assert.NotNull(new CatalogCommand((_, _) => change, dryRun: true).Answer(change, Here, Catalogs.Day1).PreviewToken);
        Assert.Null(new CatalogCommand((_, _) => change, dryRun: false).Answer(change, Here, Catalogs.Day1).PreviewToken);
        Assert.Null(new CatalogCommand((_, _) => same, dryRun: true).Answer(same, Here, Catalogs.Day2).PreviewToken);
    }
}
