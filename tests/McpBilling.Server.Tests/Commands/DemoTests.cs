using System.Diagnostics;
using System.Globalization;
using McpBilling.Server.Demo;

namespace McpBilling.Server.Tests.Commands;

/// <summary>The program itself, started as a person starts it, with a folder of its own for what is temporary.</summary>
public sealed class DemoTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly DirectoryInfo temporary = Directory.CreateTempSubdirectory("mcp-billing-demo-test-");

    public void Dispose() => temporary.Delete(recursive: true);

    [Fact]
    public async Task The_story_comes_out_as_the_rules_say_and_leaves_nothing_behind()
    {
        using var demo = Start();
        string said = await demo.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
        await demo.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal("", await demo.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.Equal(0, demo.ExitCode);
        string[] facts = [.. said.Split('\n').Select(l => string.Join(' ', l.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];
        Assert.Contains("at sign-up 100 free credits", facts);
        Assert.Contains("allowed 2,500 exactly what the balance pays for", facts);
        Assert.Contains("denied 7,500 insufficient_balance", facts);
        Assert.Contains("one sent again same hold nothing held twice", facts);
        // Of $100: 2,000 captures of $0.04 and 300 of $0.01 leave 17; 100 holds of $0.04 are open; 50 images given back are $2.
        Assert.Contains("dollars $17.00 balance, $4.00 held, $13.00 available", facts);
        Assert.Contains("dollars $19.00 balance, $4.00 held, $15.00 available", facts);
        Assert.Contains("after 20 minutes $24.00 balance, $0.00 held, $24.00 available 100 holds expired", facts);
        Assert.Contains("after 31 days $19.00 balance, $0.00 held, $19.00 available the gift expired", facts);
        Assert.Contains("after 91 days 0 the free credits expired", facts);
        Assert.Contains("ledger entries 5,465", facts);
        Assert.Contains("verify clean every balance rebuilt from the entries", facts);
        Assert.Equal("Everything came out as the rules say.", facts.Last(f => f.Length > 0));
        Assert.DoesNotContain('\u001b', said);
        Assert.InRange(facts.Length, 30, 46);
        Assert.Empty(temporary.EnumerateFileSystemInfos("mcp-billing-demo-*"));
    }

    [Fact]
    public async Task An_interrupted_story_deletes_its_data_too()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no SIGINT to send");
        using var demo = Start();
        Assert.StartsWith("mcp-billing demo", await demo.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.NotEmpty(temporary.EnumerateFileSystemInfos("mcp-billing-demo-*"));
        using (var kill = Process.Start("kill", ["-INT", demo.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        await demo.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
        await demo.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal("mcp-billing: stopped.\n", await demo.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.Equal(1, demo.ExitCode);
        Assert.Empty(temporary.EnumerateFileSystemInfos("mcp-billing-demo-*"));
    }

    [Fact]
    public void A_figure_that_is_not_as_promised_is_named()
    {
        var terminal = new StringWriter();
        var report = new DemoReport(terminal);
        report.Fact("allowed", "2,501", "2,500", "exactly");
        report.Fact("denied", "7,500", "7,500");
        Assert.Equal(["allowed: expected 2,500, got 2,501"], report.Surprises);
        Assert.Contains("2,501   NOT AS EXPECTED: 2,500", terminal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_share_of_the_waits_is_the_time_within_which_so_many_were_answered()
    {
        TimeSpan[] waits = [.. Enumerable.Range(1, 100).Reverse().Select(i => TimeSpan.FromMilliseconds(i))];
        var load = new DemoLoad([], waits, TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.FromMilliseconds(50), load.Within(0.5));
        Assert.Equal(TimeSpan.FromMilliseconds(99), load.Within(0.99));
        Assert.Equal(TimeSpan.FromMilliseconds(100), load.Within(1));
    }

    private Process Start()
    {
        // Whoever was started in the background by a script ignores SIGINT, and so do its children unless they are told otherwise.
        string[] program = ["dotnet", Path.Combine(AppContext.BaseDirectory, "mcp-billing.dll"), "demo"];
        string[] command = OperatingSystem.IsLinux() ? ["env", "--default-signal=INT", .. program] : program;
        var how = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        how.Environment["TMPDIR"] = temporary.FullName;
        return Process.Start(how)!;
    }
}
