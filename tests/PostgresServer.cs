using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace McpBilling;

/// <summary>
/// A PostgreSQL server from Debian's package for the tests of one process: on a folder of its own, on 127.0.0.1, ended with the process. Without fsync, since
/// nothing here outlives it; the drills that pull plugs start their own.
/// </summary>
internal sealed class PostgresServer
{
    private static readonly Lazy<PostgresServer> Only = new(() => new PostgresServer());

    private readonly string _folder, _bin;
    private readonly int _port;
    private int _databases;

    private PostgresServer()
    {
        _bin = Binaries();
        _port = FreePort();
        _folder = Directory.CreateTempSubdirectory("mcp-billing-pg-").FullName;
        if (Environment.IsPrivilegedProcess)
        {
            Run("chown", "postgres", _folder);
        }
        string data = Path.Combine(_folder, "data");
        RunAsServer("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync");
        RunAsServer(
            "pg_ctl", "-D", data, "-w", "-l", Path.Combine(_folder, "log"), "-o",
            string.Create(CultureInfo.InvariantCulture, $"-p {_port} -k {_folder} -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off -c max_connections=400 -c synchronous_standby_names=absent -c synchronous_commit=local -c shared_buffers=64MB"), "start");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Stop();
    }

    /// <summary>The server, started when it is first asked for; skips the test where PostgreSQL is not installed.</summary>
    public static PostgresServer Running
    {
        get
        {
            if (FindBinaries() is null)
            {
                Needs.Absent("PostgreSQL (initdb) is not installed");
            }
            return Only.Value;
        }
    }

    public int Port => _port;

    /// <summary>The folder of <c>initdb</c>, <c>pg_ctl</c>, <c>psql</c> and the like.</summary>
    public string BinaryFolder => _bin;

    /// <summary>The address of an empty database that nobody else has.</summary>
    /// <param name="template">The database that it begins as a copy of, and that nobody is connected to.</param>
    public string NewDatabase(string template = "template1")
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"billing_{Interlocked.Increment(ref _databases)}");
        Sql("postgres", $"CREATE DATABASE {name} TEMPLATE {template}");
        return AddressOf(name);
    }

    /// <summary>Runs a statement as the server's owner; what it gives, line by line.</summary>
    public string Sql(string database, string sql) =>
        Run(Path.Combine(_bin, "psql"), "-h", "127.0.0.1", "-p", _port.ToString(CultureInfo.InvariantCulture), "-U", "postgres", "-d", database, "-v", "ON_ERROR_STOP=1", "-X", "-q", "-A", "-t", "-c", sql);

    /// <summary>Ends whatever is connected to a database, as a server that goes away does.</summary>
    public void CutOff(string database) => Sql("postgres", $"SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{database}'");

    /// <summary>The same, and nobody is let in again until <see cref="Open"/>.</summary>
    public void Shut(string database)
    {
        Sql("postgres", $"ALTER DATABASE {database} ALLOW_CONNECTIONS false");
        CutOff(database);
    }

    public void Open(string database) => Sql("postgres", $"ALTER DATABASE {database} ALLOW_CONNECTIONS true");

    /// <summary>Waits until nobody is connected to a database: what a connection did is counted at the latest when it ends.</summary>
    public async Task UntilAlone(string database)
    {
        for (int i = 0; i < 500 && Sql("postgres", $"SELECT COUNT(*) FROM pg_stat_activity WHERE datname = '{database}'") != "0"; i++)
        {
            await Task.Delay(20);
        }
    }

    public string AddressOf(string database) => string.Create(CultureInfo.InvariantCulture, $"postgres://postgres@127.0.0.1:{_port}/{database}");

    /// <summary>The database of an address.</summary>
    public static string NameOf(string address) => address[(address.LastIndexOf('/') + 1)..];

    private static string Binaries() => FindBinaries() ?? throw new InvalidOperationException("no PostgreSQL");

    // Debian keeps them off the PATH, a folder for each version.
    private static string? FindBinaries() =>
        (Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").Select(d => Path.Combine(d, "bin")).OrderDescending(StringComparer.Ordinal) : Enumerable.Empty<string>())
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Where(f => f.Length > 0))
            .FirstOrDefault(f => File.Exists(Path.Combine(f, "initdb")));

    // The server refuses to be root.
    private void RunAsServer(string program, params string[] arguments)
    {
        if (Environment.IsPrivilegedProcess)
        {
            Run("runuser", ["-u", "postgres", "--", Path.Combine(_bin, program), .. arguments]);
        }
        else
        {
            Run(Path.Combine(_bin, program), arguments);
        }
    }

    // By a process of its own: thousands of files are deleted, for which the end of the tests need not wait.
    private void Stop()
    {
        string stop = $"{Path.Combine(_bin, "pg_ctl")} -D {Path.Combine(_folder, "data")} -m immediate stop";
        string all = Environment.IsPrivilegedProcess ? $"runuser -u postgres -- {stop}" : stop;
        Process.Start(new ProcessStartInfo("sh", ["-c", $"({all}; rm -rf {_folder}) > /dev/null 2>&1 < /dev/null &"]) { WorkingDirectory = "/" })?.Dispose();
    }

    private static string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        using var process = Process.Start(start)!;
        // pg_ctl leaves the server with its own output, which never ends.
        bool stays = arguments.Contains("start");
        var (output, error) = stays ? (Task.FromResult(""), Task.FromResult("see its log")) : (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{Path.GetFileName(program)} {string.Join(' ', arguments)} ended with {process.ExitCode}: {error.GetAwaiter().GetResult()}");
        }
        return output.GetAwaiter().GetResult().Trim();
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
