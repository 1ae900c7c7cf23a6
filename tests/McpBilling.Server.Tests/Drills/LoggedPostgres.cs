using System.Diagnostics;
using System.Globalization;
using McpBilling.Server.Tests.Commands;

namespace McpBilling.Server.Tests.Drills;

/// <summary>
/// A PostgreSQL server as docs/operations/backups.md wants it: fsync as it comes, and its log received into another folder before a commit is acknowledged. It can be
/// killed with its disk, and restored from a base backup and that log. Each command is the page's.
/// </summary>
internal sealed class LoggedPostgres : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mcp-billing-wal-").FullName;
    private readonly List<Process> _running = [];
    private Process? _primary, _receiver;

    private LoggedPostgres()
    {
    }

    private int Port { get; } = PostgresServer.FreePort();

    private static string Bin => PostgresServer.Running.BinaryFolder;

    public static async Task<LoggedPostgres> Start()
    {
        var server = new LoggedPostgres();
        if (Environment.IsPrivilegedProcess)
        {
            await Must("chown", ["postgres", server._folder]);
        }
        await server.Tool("initdb", "-D", server.In("data"), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--data-checksums");
        await server.AsOwner("mkdir", server.In("wal"));
        server._primary = await server.Launch("data", server.Port, "synchronous_standby_names=walrecv");
        await Sql(server.Port, "SELECT pg_create_physical_replication_slot('walrecv')");
        server._receiver = server.Background(
            "pg_receivewal", "-D", server.In("wal"), "-S", "walrecv", "--synchronous", "-d", $"application_name=walrecv host=127.0.0.1 port={server.Port} user=postgres");
        await Until(async () => await Sql(server.Port, "SELECT COUNT(*) FROM pg_stat_replication WHERE application_name = 'walrecv' AND sync_state = 'sync'") == "1");
        await Sql(server.Port, "CREATE DATABASE billing");
        return server;
    }

    /// <summary>What <c>--data</c> names.</summary>
    public string Address => AddressAt(Port);

    /// <summary>What the server's clock says, as recovery is told it.</summary>
    public Task<string> Moment() => Sql(Port, "SELECT clock_timestamp()");

    /// <summary>A copy of all files, whoever writes to them meanwhile, that is complete with the log of as long as it took.</summary>
    public async Task BaseBackup()
    {
        await Tool("pg_basebackup", "-h", "127.0.0.1", "-p", Number(Port), "-U", "postgres", "-D", In("base"), "-c", "fast", "-X", "stream");
        await Tool("pg_verifybackup", In("base"));
    }

    /// <summary>kill -9, and the disk is gone. What was received of the log is elsewhere.</summary>
    public async Task Lose()
    {
        await End(_primary!, "-KILL");
        await End(_receiver!, "-TERM");
        // Its children are still going, and write into it.
        await Until(async () => (await ProgramProcess.RunAny("rm", ["-rf", In("data")], "/")).ExitCode == 0);
    }

    /// <summary>A server of its own from the base backup and the log.</summary>
    /// <param name="moment">The last whose commits are wanted; null: all that there are.</param>
    /// <returns>What <c>--data</c> names.</returns>
    public async Task<string> Restore(string? moment)
    {
        string name = $"restored-{_running.Count}";
        int port = PostgresServer.FreePort();
        await AsOwner("cp", "-a", In("base"), In(name));
        string settings = $"""

            synchronous_standby_names = ''
            restore_command = 'cp {In("wal")}/%f %p 2>/dev/null || cp {In("wal")}/%f.partial %p'
            {(moment is null ? "" : $"recovery_target_time = '{moment}'")}
            recovery_target_action = 'promote'

            """;
        await File.AppendAllTextAsync(Path.Combine(In(name), "postgresql.conf"), settings);
        await AsOwner("touch", Path.Combine(In(name), "recovery.signal"));
        await Launch(name, port);
        await Until(async () => await Sql(port, "SELECT pg_is_in_recovery()") == "f");
        return AddressAt(port);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _running.AsEnumerable().Reverse())
        {
            await End(process, "-QUIT");
            process.Dispose();
        }
        Directory.Delete(_folder, recursive: true);
    }

    private static string AddressAt(int port) => $"postgres://postgres@127.0.0.1:{Number(port)}/billing";

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private string In(string name) => Path.Combine(_folder, name);

    private async Task<Process> Launch(string name, int port, params string[] settings)
    {
        string[] all = ["listen_addresses=127.0.0.1", $"unix_socket_directories={_folder}", "shared_buffers=64MB", "max_connections=200", .. settings];
        var process = Background("postgres", ["-D", In(name), "-p", Number(port), .. all.SelectMany(s => (string[])["-c", s])]);
        await Until(async () =>
        {
            if (process.HasExited)
            {
                Assert.Fail($"the server in {name} ended: {await File.ReadAllTextAsync(In("log"))}");
            }
            return await Sql(port, "SELECT 1") == "1";
        });
        return process;
    }

    // The process itself, not a shell around it, so that a signal meets it; its words go to a file, since a full pipe would stop it.
    private Process Background(string program, params string[] arguments)
    {
        string[] line = [.. Owner, Path.Combine(Bin, program), .. arguments];
        var start = new ProcessStartInfo("sh", ["-c", "log=$1; shift; exec \"$@\" >> \"$log\" 2>&1 < /dev/null", "sh", In("log"), .. line]) { WorkingDirectory = "/" };
        var process = Process.Start(start)!;
        _running.Add(process);
        return process;
    }

    // The server refuses to be root.
    private static string[] Owner => Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : [];

    private Task<string> Tool(string program, params string[] arguments) => AsOwner(Path.Combine(Bin, program), arguments);

    private Task<string> AsOwner(string program, params string[] arguments)
    {
        string[] line = [.. Owner, program, .. arguments];
        return Must(line[0], line[1..]);
    }

    private static async Task<string> Must(string program, string[] arguments)
    {
        var (exit, output, error) = await ProgramProcess.RunAny(program, arguments, "/");
        Assert.True(exit == 0, $"{program} {string.Join(' ', arguments)}: {output}{error}");
        return output.Trim();
    }

    // Empty while nobody answers.
    private static async Task<string> Sql(int port, string sql)
    {
        var (exit, output, error) = await ProgramProcess.RunAny(Path.Combine(Bin, "psql"), ["-h", "127.0.0.1", "-p", Number(port), "-U", "postgres", "-d", "postgres", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql], "/");
        Assert.True(exit is 0 or 2, output + error);
        return exit == 0 ? output.Trim() : "";
    }

    private static async Task End(Process process, string signal)
    {
        if (!process.HasExited)
        {
            await ProgramProcess.RunAny("kill", [signal, Number(process.Id)], "/");
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            await process.WaitForExitAsync(limit.Token);
        }
    }

    private static async Task Until(Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (!await holds())
        {
            await Task.Delay(50, limit.Token);
        }
    }
}
