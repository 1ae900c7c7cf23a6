using System.Globalization;

namespace McpBilling;

/// <summary>
/// How long a drill takes, and where it says what came of it. <c>drills/run</c> asks for the long ones (<c>MCP_BILLING_DRILLS=long</c>) and makes its table of the
/// lines in <c>MCP_BILLING_DRILL_REPORT</c>; in an ordinary test run they are short, and the line goes to the test's output. One file, compiled into the test
/// projects that have drills.
/// </summary>
internal static class Drill
{
    private static readonly Lock Gate = new();

    public static bool IsLong => Environment.GetEnvironmentVariable("MCP_BILLING_DRILLS") == "long";

    /// <summary>Rounds, seconds or steps: few for a test, many for a drill.</summary>
    public static int Rounds(int test, int drill) => IsLong ? drill : test;

    /// <param name="acknowledged">Operations of which a client was told that they are done.</param>
    /// <param name="lost">Those of them that are not in the data.</param>
    /// <param name="doubled">Those of them that are there more than once.</param>
    public static void Note(string name, string what, int rounds, long acknowledged, int lost, int doubled)
    {
        string line = string.Create(CultureInfo.InvariantCulture, $"{name}\t{what}\t{rounds}\t{acknowledged}\t{lost}\t{doubled}");
        TestContext.Current.TestOutputHelper?.WriteLine(line.Replace('\t', ' '));
        if (Environment.GetEnvironmentVariable("MCP_BILLING_DRILL_REPORT") is { Length: > 0 } file)
        {
            lock (Gate)
            {
                File.AppendAllText(file, line + "\n");
            }
        }
    }
}
