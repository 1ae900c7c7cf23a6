using System.Text.RegularExpressions;
using McpBilling.Operations;

namespace McpBilling.Tests.House;

/// <summary>Error codes are a contract: each has one meaning, and the page that callers read says the same as the program.</summary>
public sealed partial class ErrorCodeTests
{
    private const string Page = "docs/topics/errors.md";

    [Fact]
    public void Names_are_snake_case_and_unique()
    {
        // All is keyed by name: two codes of one name would have failed there, when the program starts.
        Assert.All(ErrorCode.All.Values, e => Assert.Matches("^[a-z]+(_[a-z]+)*$", e.Name));
        Assert.Equal(ErrorCode.All.Count, ErrorCode.All.Values.Select(e => e.Title).Distinct().Count());
    }

    [Fact]
    public void What_can_be_retried_and_what_is_a_mistake_are_told_apart_by_status() =>
        Assert.All(ErrorCode.All.Values, e => Assert.Equal(e.Retryable, e.Status is 429 or 503));

    [Fact]
    public void The_page_of_errors_says_what_the_program_says()
    {
        var expected = ErrorCode.All.Values.OrderBy(e => e.Name, StringComparer.Ordinal)
            .Select(e => $"| `{e.Name}` | {e.Status} | {e.Title}{(e.Retryable ? " (retryable)" : "")} | {e.Hint} |");
        var written = File.ReadLines(Path.Combine(Needs.RepositoryFolder, Page)).Where(l => Row().IsMatch(l)).Order(StringComparer.Ordinal);
        Assert.Equal(expected.Order(StringComparer.Ordinal), written);
    }

    [GeneratedRegex("^\\| `[a-z_]+` \\|")]
    private static partial Regex Row();
}
