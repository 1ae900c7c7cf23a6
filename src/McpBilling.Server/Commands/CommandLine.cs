using System.CommandLine;
using McpBilling.Operations;
using McpBilling.Server.Hosting;
using McpBilling.Server.Mcp;
using McpBilling.Storage;

namespace McpBilling.Server.Commands;

/// <summary>The commands of <c>mcp-billing</c>, and how their failures look: one line on standard error, 1, or 2 when the command line itself is wrong.</summary>
internal static class CommandLine
{
    public static async Task<int> Run(string[] args, Composition parts, Terminal terminal, bool inputIsPiped)
    {
        string[] words = WithDefault(args, inputIsPiped);
        // How coding tools start it, for every session: where there is nothing to parse, the parser is not loaded.
        if (words is [StdioCommand.Name])
        {
            return await Guarded(() => StdioCommand.Run(new StdioSettings(), parts, terminal), terminal);
        }
        var parsed = Root(parts, terminal).Parse(words);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                terminal.Error.WriteLine($"mcp-billing: {error.Message}");
            }
            terminal.Error.WriteLine("Run mcp-billing --help for what there is.");
            return ExitCodes.Usage;
        }
        return await Guarded(
            () => parsed.InvokeAsync(new InvocationConfiguration { Output = terminal.Out, Error = terminal.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }), terminal);
    }

    private static async Task<int> Guarded(Func<Task<int>> command, Terminal terminal)
    {
        try
        {
            return await command();
        }
        catch (CommandException e)
        {
            return Fail(terminal, e.Message, e.ExitCode);
        }
        catch (DataFileException e)
        {
            return Fail(terminal, e.Message);
        }
        catch (BillingException e)
        {
            return Fail(terminal, $"{e.Detail} ({e.Code.Name}) {e.Code.Hint}");
        }
        catch (OperationCanceledException)
        {
            return Fail(terminal, "stopped.");
        }
        catch (Exception e)
        {
            return Fail(terminal, $"unexpected failure: {e.GetType().Name}: {e.Message}");
        }
    }

    /// <summary>A program that is started by another one, with a pipe and no command, is meant to speak MCP.</summary>
    private static string[] WithDefault(string[] args, bool inputIsPiped) =>
        inputIsPiped && (args.Length == 0 || (args[0].StartsWith('-') && args[0] is not ("--help" or "-h" or "-?" or "--version"))) ? [StdioCommand.Name, .. args]
        : args.Length == 0 ? ["--help"]
        : args;

    private static RootCommand Root(Composition parts, Terminal terminal) => new("Real-time billing for AI products: MCP server, wallets and runtime API in one program.")
    {
        ServeCommand.Make(parts, terminal),
        StdioCommand.Make(parts, terminal),
        KeysCommand.Make(parts, terminal),
        ApplyCommand.Make(parts, terminal),
        CatalogCommand.Make(parts, terminal),
        SchemaCommand.Make(terminal),
        VerifyCommand.Make(parts, terminal),
        WebhookSecretCommand.Make(parts, terminal),
        ProofCommand.Make(parts, terminal),
        BackupCommand.Make(parts, terminal),
        MoveCommand.Make(parts, terminal),
        DemoCommand.Make(parts, terminal),
        ReportCommand.Make(parts, terminal),
        ReconcileCommand.Make(parts, terminal),
        ImportPricesCommand.Make(parts, terminal),
        ImportCostsCommand.Make(parts, terminal),
        DigestCommand.Make(parts, terminal),
        RestoreCommand.Make(parts, terminal),
        ArchiveCommand.Make(parts, terminal),
        QueryCommand.Make(parts, terminal),
    };

    private static int Fail(Terminal terminal, string message, int exitCode = ExitCodes.Failed)
    {
        terminal.Error.WriteLine("mcp-billing: " + message.ReplaceLineEndings(" "));
        return exitCode;
    }
}
