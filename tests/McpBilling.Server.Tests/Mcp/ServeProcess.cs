using McpBilling.Server.Tests.Commands;

namespace McpBilling.Server.Tests.Mcp;

/// <summary>The real program on a fresh data file: its <c>serve</c> on a free port, and what it takes to start its <c>stdio</c>.</summary>
internal sealed class ServeProcess : IAsyncDisposable
{
    private readonly ProgramProcess process;
    private readonly DirectoryInfo folder;

    private ServeProcess(ProgramProcess process, DirectoryInfo folder) => (this.process, this.folder) = (process, folder);

    public string Url => process.Url;

    /// <summary>Where scripts may write.</summary>
    public string Output => folder.CreateSubdirectory("out").FullName;

    public string StdioCommand => $"dotnet {ProgramProcess.Dll} stdio --no-http --data {DataIn(folder)}-stdio";

    public static Task<ServeProcess> Start(params string[] options) => StartAny(ProgramProcess.Dll, options);

    /// <summary>The same program with the conformance suites' tools, resources and prompts.</summary>
    public static Task<ServeProcess> StartConformance(params string[] options) => StartAny(Path.Combine(AppContext.BaseDirectory, "mcp-billing-conformance.dll"), options);

    private static async Task<ServeProcess> StartAny(string program, string[] options)
    {
        var folder = Directory.CreateTempSubdirectory("mcp-billing-npm-");
        try
        {
            return new ServeProcess(await ProgramProcess.Serve(program, DataIn(folder), "http://127.0.0.1:0", options), folder);
        }
        catch
        {
            folder.Delete(recursive: true);
            throw;
        }
    }

    public async Task<string> CreateKey()
    {
        var made = await ProgramProcess.Run(DataIn(folder), "keys", "create", "--name", "checks");
        Assert.Equal(0, made.ExitCode);
        return made.Out.Trim();
    }

    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync();
        folder.Delete(recursive: true);
    }

    private static string DataIn(DirectoryInfo folder) => Path.Combine(folder.FullName, "billing.db");
}
