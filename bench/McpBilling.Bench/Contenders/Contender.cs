using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using McpBilling.Bench.Load;

namespace McpBilling.Bench.Contenders;

/// <summary>A server that runs under load: its process, its file, and how it wants to be asked.</summary>
internal abstract class Contender : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private Process? process;

    protected Contender(string name, string dll, string folder)
    {
        (Name, Dll) = (name, dll);
        Folder = Directory.CreateDirectory(Path.Combine(folder, name)).FullName;
        Port = FreePort();
    }

    public string Name { get; }

    public int Port { get; }

    protected string Dll { get; }

    protected string Folder { get; }

    protected virtual string DataPath => Path.Combine(Folder, "bench.db");

    /// <summary>Answers 200 when the server can work.</summary>
    protected abstract string ReadyPath { get; }

    protected abstract IEnumerable<string> Arguments { get; }

    public abstract Traffic Grants(int customers);

    public abstract Traffic Authorize(int customers);

    public abstract Traffic AuthorizeAndCapture(int customers);

    public abstract Traffic Record(int customers);

    public abstract Traffic Batches(int customers, int perRequest);

    /// <summary>Bytes of the database with its log.</summary>
    public virtual long BytesOnDisk => new DirectoryInfo(Folder).EnumerateFiles("bench.db*").Sum(f => f.Length);

    /// <summary>Resident memory now, in bytes; 0 where /proc is not there.</summary>
    public long Memory => Status("VmRSS:");

    /// <summary>The most resident memory since the start, in bytes; 0 where /proc is not there.</summary>
    public long PeakMemory => Status("VmHWM:");

    /// <summary>What the server has used of the processors since it was started.</summary>
    public virtual TimeSpan Processor
    {
        get
        {
            process!.Refresh();
            return process.TotalProcessorTime;
        }
    }

    /// <summary>Starts the server on what is in its folder.</summary>
    /// <returns>From the start of the process to the first answer that it is ready.</returns>
    public TimeSpan Start()
    {
        long started = Stopwatch.GetTimestamp();
        process = Process.Start(new ProcessStartInfo("dotnet", [Dll, .. Arguments]) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        process.ErrorDataReceived += (_, line) => Console.Error.Write(line.Data is { Length: > 0 } text && !text.Contains(" listens on ", StringComparison.Ordinal) ? $"{Name}: {text}\n" : "");
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        while (!IsReady())
        {
            if (process.HasExited || Stopwatch.GetElapsedTime(started) > Patience)
            {
                throw new InvalidOperationException($"{Name} does not start");
            }
        }
        return Stopwatch.GetElapsedTime(started);
    }

    /// <summary>Lets the server end as an administrator would.</summary>
    public void Stop()
    {
        if (process is null)
        {
            return;
        }
        using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            kill.WaitForExit();
        }
        if (!process.WaitForExit(Patience))
        {
            process.Kill();
        }
        process.Dispose();
        process = null;
    }

    /// <summary>An empty file, a price of 0.04 for an image, and customers with much money.</summary>
    public virtual void StartFresh(int customers)
    {
        Stop();
        foreach (var file in new DirectoryInfo(Folder).EnumerateFiles())
        {
            file.Delete();
        }
        Start();
        Prepare();
        Require(new ClosedLoop(Port, Grants(customers), Until.Sent(customers), 1).Run(Math.Min(32, customers)));
    }

    public LoadResult Load(Traffic traffic, int connections, Until until, ulong seed) => new ClosedLoop(Port, traffic, until, seed).Run(connections);

    public void Dispose() => Stop();

    protected virtual void Prepare()
    {
    }

    protected void Require(LoadResult result)
    {
        if (result.Bad > 0)
        {
            throw new InvalidOperationException($"{Name} answered {result.FirstBad}");
        }
    }

    private long Status(string line) => File.Exists($"/proc/{process!.Id}/status")
        ? 1024 * long.Parse(File.ReadLines($"/proc/{process.Id}/status").First(l => l.StartsWith(line, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture)
        : 0;

    private bool IsReady()
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 5000 };
            socket.Connect(IPAddress.Loopback, Port);
            socket.Send(Encoding.ASCII.GetBytes($"GET {ReadyPath} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"));
            Span<byte> answer = stackalloc byte[64];
            return socket.Receive(answer) > 12 && answer[9..12].SequenceEqual("200"u8);
        }
        catch (SocketException)
        {
            Thread.Yield();
            return false;
        }
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
