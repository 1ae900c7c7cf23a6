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
        // In the order of the program's own list, which goes by status.
        string path = Path.Combine(Needs.RepositoryFolder, Page);
        string[] lines = File.ReadAllLines(path);
        string[] expected = [.. typeof(ErrorCode).GetFields().Where(f => f.FieldType == typeof(ErrorCode)).Select(f => RowOf((ErrorCode)f.GetValue(null)!))];
        if (Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1")
        {
            int first = Array.FindIndex(lines, l => Row().IsMatch(l));
            lines = [.. lines[..first], .. expected, .. lines[first..].Where(l => !Row().IsMatch(l))];
            File.WriteAllText(path, string.Join('\n', lines) + "\n");
        }
        Assert.Equal(expected, lines.Where(l => Row().IsMatch(l)));
    }

    private static string RowOf(ErrorCode e) => $"| `{e.Name}` | {e.Status} | {e.Title}{(e.Retryable ? " (retryable)" : "")} | {e.Hint} |";

    [GeneratedRegex("^\\| `[a-z_]+` \\|")]
    private static partial Regex Row();
}
