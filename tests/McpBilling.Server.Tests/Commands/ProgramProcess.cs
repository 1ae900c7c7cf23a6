using System.Diagnostics;

namespace McpBilling.Server.Tests.Commands;

/// <summary>The built program, and what is started beside it, as a shell sees it: no input, output and errors kept, ended with the test.</summary>
internal sealed class ProgramProcess : IAsyncDisposable
{
    /// <summary>The built program that lies beside the tests.</summary>
    public static readonly string Dll = Path.Combine(AppContext.BaseDirectory, "mcp-billing.dll");

    // On a machine that does much else a start alone may take a minute.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Process process;
    private readonly List<string> said;
    private bool ended;

    private ProgramProcess(Process process, string ready, List<string> said) => (this.process, Ready, this.said) = (process, ready, said);

    public int Id => process.Id;

    /// <summary>Whether it has ended by itself, or by a signal from elsewhere.</summary>
    public bool HasEnded => process.HasExited;

    /// <summary>All that it has written so far, for the message of a failed test.</summary>
    public string Said
    {
        get
        {
            lock (said)
            {
                return string.Join('\n', said);
            }
        }
    }

    /// <summary>The line that said that it listens.</summary>
    public string Ready { get; }

    /// <summary>The address in that line.</summary>
    public string Url => Ready[Ready.IndexOf("http://", StringComparison.Ordinal)..].Split(',', ' ')[0];

    /// <summary>Asks it to stop as a service manager does (SIGTERM), and waits for its end.</summary>
    /// <returns>The exit code; null when it did not end in time.</returns>
    public async Task<int?> Stop(TimeSpan patience)
    {
        using (var signal = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
        {
            await signal.WaitForExitAsync();
        }
        using var limit = new CancellationTokenSource(patience);
        try
        {
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Runs <c>mcp-billing</c> to its end.</summary>
    public static Task<(int ExitCode, string Out, string Error)> Run(string dataFile, params string[] arguments) =>
        RunAny("dotnet", [Dll, .. arguments], environment: [("MCP_BILLING_DATA", dataFile)]);

    /// <summary>Runs any program to its end.</summary>
    public static Task<(int ExitCode, string Out, string Error)> RunAny(
        string program, IEnumerable<string> arguments, string? folder = null, params (string Name, string Value)[] environment) =>
        RunWithin(Patience, program, arguments, folder, environment);

    /// <summary>Runs a program that may take its time, such as a compiler on a busy machine.</summary>
    public static async Task<(int ExitCode, string Out, string Error)> RunWithin(
        TimeSpan patience, string program, IEnumerable<string> arguments, string? folder = null, params (string Name, string Value)[] environment)
    {
        using var process = Launch(program, arguments, folder, environment);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(patience);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} did not end; it said: {await output}{await error}");
        }
        return (process.ExitCode, await output, await error);
    }

    /// <summary>Starts <c>mcp-billing serve</c> and waits until it listens.</summary>
    public static Task<ProgramProcess> Serve(string dataFile, string url = "http://127.0.0.1:0", params string[] options) => Serve(Dll, dataFile, url, options);

    /// <summary>The same of another build of the program.</summary>
    public static Task<ProgramProcess> Serve(string program, string dataFile, string url, string[] options) =>
        Start("dotnet", [program, "serve", "--urls", url, .. options], null, [("MCP_BILLING_DATA", dataFile)]);

    /// <summary>Starts a server and waits for its line with "listens on".</summary>
    public static async Task<ProgramProcess> Start(string program, IEnumerable<string> arguments, string? folder, (string Name, string Value)[] environment)
    {
        var process = Launch(program, arguments, folder, environment);
        var ready = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var said = new List<string>();
        void Take(string? line)
        {
            lock (said)
            {
                said.Add(line ?? "");
            }
            if (line is not null && line.Contains("listens on", StringComparison.Ordinal))
            {
                ready.TrySetResult(line);
            }
        }
        process.OutputDataReceived += (_, e) => Take(e.Data);
        process.ErrorDataReceived += (_, e) => Take(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var first = await Task.WhenAny(ready.Task, process.WaitForExitAsync(), Task.Delay(Patience));
        if (first != ready.Task)
        {
            process.Kill(entireProcessTree: true);
            process.Dispose();
            throw new InvalidOperationException($"{program} did not start: {string.Join('\n', said)}");
        }
        return new ProgramProcess(process, await ready.Task, said);
    }

    /// <summary>Ends it at once, as a crash would. May be called again.</summary>
    public async ValueTask DisposeAsync()
    {
        if (ended)
        {
            return;
        }
        ended = true;
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }
        process.Dispose();
    }

    private static Process Launch(string program, IEnumerable<string> arguments, string? folder, (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }
}
