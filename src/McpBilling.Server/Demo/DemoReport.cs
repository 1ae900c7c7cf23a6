using System.Globalization;

namespace McpBilling.Server.Demo;

/// <summary>The account of the story: a line per fact, and beside a fact that was promised, what was promised when it did not come true.</summary>
internal sealed class DemoReport(TextWriter terminal)
{
    private const int LabelWidth = 26;

    /// <summary>What was not as expected, a sentence each.</summary>
    public List<string> Surprises { get; } = [];

    public void Chapter(string title)
    {
        terminal.WriteLine();
        terminal.WriteLine(title);
    }

    public void Fact(string label, string value) => terminal.WriteLine($"  {label.PadRight(LabelWidth)}{value}");

    /// <summary>A fact that must be so.</summary>
    public void Fact(string label, string value, string expected, string remark = "")
    {
        bool holds = value == expected;
        if (!holds)
        {
            Surprises.Add($"{label}: expected {expected}, got {value}");
        }
        Fact(label, holds ? $"{value,-7}   {remark}".TrimEnd() : $"{value}   NOT AS EXPECTED: {expected}");
    }

    public void Line(string text) => terminal.WriteLine(text);

    public static string Number(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    public static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture) + " ms";
}
