using McpBilling.Operations;
using McpBilling.Server.Commands;
using McpBilling.Server.Hosting;
using McpBilling.Server.Mcp;
using McpBilling.Server.Tests.Rest;
using McpBilling.Storage;

namespace McpBilling.Server.Tests.Catalog;

/// <summary>A data file of its own with the real engine, asked as a coding tool and as a person at the command line would ask.</summary>
internal sealed class CatalogShop : IAsyncDisposable
{
    private readonly Engine engine;

    public CatalogShop()
    {
        Folder = Directory.CreateTempSubdirectory("mcp-billing-catalog-");
        Project = Folder.CreateSubdirectory("project").FullName;
        File = DataFile.Locate(Path.Combine(Folder.FullName, "billing.db"), _ => null);
        Migrator.Prepare(File, TimeProvider.System);
        Keys = new ApiKeys(File, TimeProvider.System);
        engine = Parts.OfProgram().OpenEngine(File, TimeProvider.System, Logs);
    }

    public DirectoryInfo Folder { get; }

    /// <summary>The folder of the app under construction.</summary>
    public string Project { get; }

    public DataFile File { get; }

    public ApiKeys Keys { get; }

    public CapturedLogs Logs { get; } = new();

    /// <summary>What a process started by a coding tool offers.</summary>
    public McpSurface Surface(Mode mode = Mode.Test) => Parts.OfProgram().Listing(Logs).With(engine) with
    {
        LocalCaller = Keys.OwnerCaller(mode),
        ApiKeys = Keys,
        LocalFolder = Project,
        RuntimeUrl = "http://127.0.0.1:7171",
        ToolSets = Enum.GetValues<ToolSet>().ToHashSet(),
    };

    /// <summary>A command in a process of its own engine, as beside a running server.</summary>
    public async Task<(int Exit, string Output, string Error)> Command(params string[] line)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int exit = await CommandLine.Run([.. line, "--data", File.Path], Parts.OfProgram(), new Terminal(output, error, _ => null), inputIsPiped: false);
        return (exit, output.ToString().ReplaceLineEndings("\n"), error.ToString().ReplaceLineEndings("\n"));
    }

    public async ValueTask DisposeAsync()
    {
        await engine.DisposeAsync();
        Keys.Dispose();
        Folder.Delete(recursive: true);
    }
}
