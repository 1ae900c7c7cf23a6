using System.Text.Json;
using McpBilling.Server.Tests.Commands;
using McpBilling.Server.Tests.Usage;

namespace McpBilling.Server.Tests.Integration;

/// <summary>Names in a catalog are anybody's text. In generated code they stay names: what looks like code is never run, and every event type arrives as it is.</summary>
public sealed class HostileNamesTests : IDisposable
{
    private static readonly string[] Names =
    [
        "a'; touch pwned; echo '", "*/ evil(); /*", "\"\"\" import os \"\"\"", "line\u2028sep", "delete", "class", "event", "properties", "$(touch pwned)", "`touch pwned`", "été.créé",
        "123go", "a.b", "a-b", "\"\\", "😀", "%s%d", "use", "quantity", "</summary>& -->", "Subject", "re", "exact",
    ];

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mcp-billing-names-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Python_sends_them_as_they_are()
    {
        await Write("python");
        await Run(AppTools.Python, "-W", "error", "-m", "compileall", "-q", ".");
        const string script =
            """
            import inspect, json, billing.events as e
            for name, f in inspect.getmembers(e, inspect.isfunction):
                if name not in ("decimal_text", "plain_number"):
                    numbers = ("Number", "int | float")
                    print(json.dumps(f(**{p: 1 if a.annotation in numbers else "x" for p, a in inspect.signature(f).parameters.items()})))
            """;
        AssertAll(await Run(AppTools.Python, "-c", script));
    }

    [Fact]
    public async Task Bash_sends_them_as_they_are()
    {
        await Write("curl");
        AssertAll(await Run(Needs.Program("bash"), "-c", "source billing/billing.sh; for f in $(compgen -A function event_); do $f 1 2 3 4; echo; done"));
    }

    [Fact]
    public async Task TypeScript_sends_them_as_they_are()
    {
        await Write("typescript");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "all.ts"),
            """
            import * as events from './billing/events.ts';
            const any = new Proxy({}, { get: () => 1 });
            for (const made of Object.values(events)) {
              if (typeof made === 'function') console.log(JSON.stringify((made as (use: object) => unknown)(any)));
            }
            """);
        AssertAll(await Run(AppTools.Node, "--disable-warning=ExperimentalWarning", "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", "all.ts"));
    }

    [Fact]
    public async Task Go_compiles_and_is_formatted()
    {
        await Write("go");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "go.mod"), "module app\n\ngo 1.19\n");
        Assert.Equal("", await Run(AppTools.Gofmt, "-l", "."));
        await Run(AppTools.Go, "vet", "./...");
    }

    private static JsonElement Catalog()
    {
        var meters = Names.Select((name, i) => new Dictionary<string, object?>
        {
            ["id"] = $"m{i}",
            ["event_type"] = name,
            ["aggregation"] = "sum",
            ["property"] = i % 2 == 1 ? Names[(i + 3) % Names.Length] : null,
            ["filter"] = new Dictionary<string, string[]> { [Names[(i + 5) % Names.Length]] = [Names[(i + 7) % Names.Length], "x"] },
        }.Where(f => f.Value is not null).ToDictionary());
        var prices = Names.Select((_, i) => new { id = $"p{i}", meter = $"m{i}", asset = "usd", model = "per_unit", unit_price = "1" });
        return JsonSerializer.SerializeToElement(new { meters, products = new[] { new { id = "evil", name = "*/", prices } } });
    }

    private static void AssertAll(string said)
    {
        var types = said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonElement.Parse(l).GetProperty("event_type").GetString()!);
        Assert.Equal(Names.Order(StringComparer.Ordinal), types.Order(StringComparer.Ordinal));
    }

    private async Task Write(string language)
    {
        await using var server = await LiveServer.Start();
        await server.Client.Apply(Catalog());
        var reply = await server.Client.Post("/v1/integrations", new { language });
        Assert.True(reply.Status == 200, reply.Text);
        foreach (var file in reply.Json.GetProperty("files").EnumerateArray())
        {
            string path = Path.Combine(folder.FullName, file.GetProperty("path").GetString()!);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, file.GetProperty("content").GetString());
        }
    }

    private async Task<string> Run(string program, params string[] arguments)
    {
        var done = await ProgramProcess.RunWithin(
            TimeSpan.FromMinutes(5), program, arguments, folder.FullName, ("MCP_BILLING_URL", "http://127.0.0.1:1"), ("MCP_BILLING_KEY", "none"), ("PYTHONIOENCODING", "utf-8"));
        Assert.True(done.ExitCode == 0, done.Out + done.Error);
        Assert.False(File.Exists(Path.Combine(folder.FullName, "pwned")));
        return done.Out;
    }
}
