using System.Text.Json;
using McpBilling.Server.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace McpBilling.Server.Tests.Operations;

/// <summary>A line of the log for machines.</summary>
public sealed class JsonLinesTests
{
    private static readonly FakeTimeProvider Time = new(new DateTimeOffset(2026, 11, 26, 9, 5, 7, 89, TimeSpan.Zero));

    [Fact]
    public void Fields_have_the_names_of_the_message_and_keep_their_types() => Assert.Equal(
        """{"time":"2026-11-26T09:05:07.089Z","level":"warning","category":"McpBilling.Http","message":"said","request_id":"req_1","status":503,"took":1.5,"message_of":"twice","exception":"System.IO.IOException: gone"}""",
        JsonLines.Line(Time, LogLevel.Warning, "McpBilling.Http", "said", [new("RequestId", "req_1"), new("Status", 503), new("Took", 1.5), new("Workspace", "-"), new("Message", "twice"), new("{OriginalFormat}", "x")], new IOException("gone")));

    [Fact]
    public void A_key_that_a_library_repeats_is_masked_in_either_format()
    {
        string key = "mb_test_" + new string('x', 40);
        var unknown = new InvalidOperationException($"Unknown tool: '{key}'.");
        string json = JsonLines.Line(Time, LogLevel.Error, "c", $"\"{key}\" threw", [new("ToolName", key)], unknown);
        string text = TextLines.Line(Time, LogLevel.Error, "c", new EventId(7), $"\"{key}\" threw", unknown);
        Assert.DoesNotContain(key, json + text, StringComparison.Ordinal);
        Assert.Equal("2026-11-26T09:05:07.089Z fail: c[7] \"[key]\" threw System.InvalidOperationException: Unknown tool: '[key]'.", text);
        Assert.Equal("[key]", JsonElement.Parse(json).GetProperty("tool_name").GetString());
    }

    [Theory]
    [InlineData("two\nlines \"quoted\"")]
    [InlineData("half a pair \ud83d")]
    [InlineData("\u0000\u001b[31m")]
    public void Whatever_is_said_is_one_line_of_json(string message)
    {
        string line = JsonLines.Line(Time, LogLevel.Error, "c", message, [new("Problem", message)], null);
        Assert.DoesNotContain('\n', line);
        Assert.Equal(JsonValueKind.Object, JsonElement.Parse(line).ValueKind);
    }
}
