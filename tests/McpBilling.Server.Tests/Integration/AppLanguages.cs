using System.Text.Json;
using McpBilling.Server.Tests.Commands;

namespace McpBilling.Server.Tests.Integration;

/// <summary>How long a compiler may take: only so that nothing hangs for ever.</summary>
internal static class Compilers
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
}

/// <summary>Node 24, which runs TypeScript as it is.</summary>
public sealed class TypeScriptApps : IAppLanguage
{
    public static string Name => "typescript";
    public static string[] Frameworks => ["express", "nextjs"];

    public static Task Require() => Task.FromResult(AppTools.Tsc);

    /// <summary>Also the proof that everything is typed: <c>tsc --strict</c>.</summary>
    public static async Task Build(string root, IReadOnlyList<AppFolder> folders)
    {
        Directory.CreateSymbolicLink(Path.Combine(root, "node_modules"), AppTools.NodeModules);
        await File.WriteAllTextAsync(Path.Combine(root, "package.json"), """{"type":"module"}""");
        await File.WriteAllTextAsync(Path.Combine(root, "tsconfig.json"),
            """
            {"compilerOptions":{"strict":true,"noEmit":true,"target":"es2023","module":"nodenext","allowImportingTsExtensions":true,"erasableSyntaxOnly":true,
            "verbatimModuleSyntax":true,"noUnusedLocals":true,"noUnusedParameters":true,"types":["node"]},"include":["*/**/*.ts"]}
            """);
        var checkedTypes = await ProgramProcess.RunWithin(Compilers.Patience, AppTools.Node, [AppTools.Tsc, "-p", root]);
        Assert.Equal((0, ""), (checkedTypes.ExitCode, checkedTypes.Out + checkedTypes.Error));
    }

    public static Task<IApp> Start(AppFolder folder, string door, FaultProxy proxy, string key) =>
        HttpApp.Start(AppTools.Node, ["app.ts"], folder, door, proxy, key, "NODE_ENV");
}

/// <summary>The system's Python with the distribution's frameworks.</summary>
public sealed class PythonApps : IAppLanguage
{
    public static string Name => "python";
    public static string[] Frameworks => ["fastapi", "flask"];
    public static bool ServerPerDoor => true;

    public static Task Require() => AppTools.RequirePythonFrameworks();

    public static async Task Build(string root, IReadOnlyList<AppFolder> folders)
    {
        var compiled = await ProgramProcess.RunWithin(Compilers.Patience, AppTools.Python, ["-W", "error", "-m", "compileall", "-q", root]);
        Assert.Equal((0, ""), (compiled.ExitCode, compiled.Out + compiled.Error));
    }

    public static Task<IApp> Start(AppFolder folder, string door, FaultProxy proxy, string key) =>
        HttpApp.Start(AppTools.Python, ["app.py"], folder, door, proxy, key, "APP_ENV");
}

/// <summary>Go, checked by gofmt and vet.</summary>
public sealed class GoApps : IAppLanguage
{
    public static string Name => "go";
    public static string[] Frameworks => ["nethttp"];

    public static Task Require() => Task.FromResult(AppTools.Go + AppTools.Gofmt);

    public static async Task Build(string root, IReadOnlyList<AppFolder> folders)
    {
        var unformatted = await ProgramProcess.RunAny(AppTools.Gofmt, ["-l", root]);
        Assert.Equal((0, ""), (unformatted.ExitCode, unformatted.Out + unformatted.Error));
        foreach (var folder in folders)
        {
            File.Delete(Path.Combine(folder.Path, folder.Style == "llm" ? "unit.go" : "unit_llm.go"));
            await File.WriteAllTextAsync(Path.Combine(folder.Path, "go.mod"), "module app\n\ngo 1.19\n");
            foreach (string[] command in new string[][] { ["vet", "./..."], ["build", "-buildvcs=false", "-o", "app", "."] })
            {
                var done = await ProgramProcess.RunWithin(Compilers.Patience, AppTools.Go, command, folder.Path);
                Assert.True(done.ExitCode == 0, done.Out + done.Error);
            }
        }
    }

    public static Task<IApp> Start(AppFolder folder, string door, FaultProxy proxy, string key) =>
        HttpApp.Start(Path.Combine(folder.Path, "app"), [], folder, door, proxy, key, "APP_ENV");
}

/// <summary>C# with the SDK that built the tests.</summary>
public sealed class CSharpApps : IAppLanguage
{
    public static string Name => "csharp";
    public static string[] Frameworks => ["aspnetcore"];

    public static Task Require() => Task.FromResult(Needs.Program("dotnet"));

    /// <summary>All in one run of MSBuild. Warnings are errors.</summary>
    public static async Task Build(string root, IReadOnlyList<AppFolder> folders)
    {
        foreach (var folder in folders)
        {
            File.Delete(Path.Combine(folder.Path, folder.Style == "llm" ? "Unit.cs" : "UnitLlm.cs"));
        }
        string all = Path.Combine(root, "all.proj");
        await File.WriteAllTextAsync(all,
            """
            <Project>
              <ItemGroup><App Include="*/app.csproj" /></ItemGroup>
              <Target Name="Build">
                <MSBuild Projects="@(App)" Targets="Restore" Properties="Restoring=true" BuildInParallel="true" />
                <MSBuild Projects="@(App)" Targets="Build" BuildInParallel="true" />
              </Target>
            </Project>
            """);
        var built = await ProgramProcess.RunWithin(Compilers.Patience, "dotnet", ["build", all, "-v", "q", "--nologo", "-p:UseSharedCompilation=true"]);
        Assert.True(built.ExitCode == 0, built.Out + built.Error);
    }

    public static Task<IApp> Start(AppFolder folder, string door, FaultProxy proxy, string key) =>
        HttpApp.Start("dotnet", [Path.Combine("bin", "Debug", "net10.0", "app.dll")], folder, door, proxy, key, "ASPNETCORE_ENVIRONMENT");
}

/// <summary>Bash and curl: each request is one run of a script.</summary>
public sealed class CurlApps : IAppLanguage
{
    public static string Name => "curl";
    public static string[] Frameworks => [];

    public static Task Require() => Task.FromResult(Needs.Program("bash") + Needs.Program("curl"));

    public static async Task Build(string root, IReadOnlyList<AppFolder> folders)
    {
        foreach (var folder in folders)
        {
            var parsed = await ProgramProcess.RunAny("bash", ["-n", Path.Combine(folder.Path, "billing", "billing.sh")]);
            Assert.Equal((0, ""), (parsed.ExitCode, parsed.Out + parsed.Error));
        }
    }

    public static async Task<IApp> Start(AppFolder folder, string door, FaultProxy proxy, string key)
    {
        var sourced = await ProgramProcess.RunAny("bash", ["billing/billing.sh"], folder.Path, ("MCP_BILLING_URL", proxy.Url), ("MCP_BILLING_KEY", key));
        return sourced.ExitCode == 0 ? new ScriptApp(folder, proxy, key) : throw new InvalidOperationException($"it did not start: {sourced.Error}");
    }

    private sealed class ScriptApp(AppFolder folder, FaultProxy proxy, string key) : IApp
    {
        private readonly string worked = Path.Combine(folder.Path, "worked");

        public FaultProxy Proxy => proxy;
        public string Outbox => Path.Combine(folder.Path, "outbox");

        public async Task<Outcome> Call(Work work)
        {
            string[] used = [.. (work.Used ?? []).Select(n => $"{n}")];
            var done = await Run(["app.sh", $"{work.Estimate}", work.Fail ? "true" : "false", .. used], ("CUSTOMER", work.Customer), ("REQUEST", work.Request));
            int status = done.ExitCode switch { 0 => 200, 42 => 402, 43 => 503, 44 => 409, _ => 500 };
            // Problems call it code; the other apps have passed it on as error.
            var answer = done.Out.Trim() is { Length: > 0 } text && text.StartsWith('{') ? JsonElement.Parse(text) : default;
            return new Outcome(status, status == 409 ? JsonElement.Parse($$"""{"error":"{{answer.GetProperty("code").GetString()}}"}""") : answer);
        }

        public async Task<int> Worked() => File.Exists(worked) ? (await File.ReadAllLinesAsync(worked)).Length : 0;

        public async Task Nudge() => await Run(["-c", "source billing/billing.sh; billing_flush"]);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private Task<(int ExitCode, string Out, string Error)> Run(string[] arguments, params (string, string)[] more) =>
            ProgramProcess.RunAny("bash", arguments, folder.Path,
            [
                ("MCP_BILLING_URL", proxy.Url), ("MCP_BILLING_KEY", key), ("MCP_BILLING_OUTBOX", Outbox), ("STYLE", folder.Style), ("WORKED", worked), ("APP_ENV", "staging"), ("MCP_BILLING_TIMEOUT_MS", HttpApp.Patience),
                ("BILLING_END_USER", "gina"), ("BILLING_SESSION", "visit-7"), ("BILLING_TASK", "task-9"), .. more,
            ]);
    }
}
