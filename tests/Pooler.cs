using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace McpBilling;

/// <summary>PgBouncer as Debian ships it, in transaction mode, before one database of the tests' server. One file, compiled into the test projects that need it.</summary>
internal sealed class Pooler : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mcp-billing-pooler-").FullName;
    private readonly int _port = PostgresServer.FreePort();
    private readonly string _program, _settings, _database;
    private Process _process;

    public Pooler(PostgresServer server, string database)
    {
        _program = new[] { "/usr/sbin/pgbouncer", "/usr/bin/pgbouncer" }.FirstOrDefault(File.Exists) ?? Needs.Absent("pgbouncer is not installed");
        _database = database;
        _settings = Path.Combine(_folder, "pgbouncer.ini");
        string users = Path.Combine(_folder, "users");
        File.WriteAllText(users, "\"postgres\" \"\"\n");
        File.WriteAllText(_settings, string.Create(CultureInfo.InvariantCulture, $"""
            [databases]
            {database} = host=127.0.0.1 port={server.Port} dbname={database}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {_port}
            auth_type = trust
            auth_file = {users}
            pool_mode = transaction
            default_pool_size = 4
            unix_socket_dir =
            ignore_startup_parameters = extra_float_digits
            """));
        _process = Start();
        Wait();
    }

    /// <summary>What <c>--data</c> names.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"postgres://postgres@127.0.0.1:{_port}/{_database}?pgbouncer=true");

    /// <summary>Ends it at once, with whatever goes through it, and starts it again.</summary>
    public async Task Restart()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = Start();
        Wait();
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private Process Start()
    {
        // It refuses to be root.
        if (Environment.IsPrivilegedProcess)
        {
            using var own = Process.Start("chown", ["-R", "postgres", _folder]);
            own.WaitForExit();
            using var open = Process.Start("chmod", ["-R", "a+rX", _folder]);
            open.WaitForExit();
            return Process.Start("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", _program, "-q", _settings]);
        }
        return Process.Start(_program, ["-q", _settings]);
    }

    private void Wait()
    {
        for (int i = 0; i < 500; i++)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Connect("127.0.0.1", _port);
                return;
            }
            catch (SocketException)
            {
                Assert.False(_process.HasExited, "pgbouncer ended");
                new ManualResetEventSlim().Wait(20);
            }
        }
    }
}
