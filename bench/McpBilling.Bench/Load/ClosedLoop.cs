using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace McpBilling.Bench.Load;

/// <summary>
/// Keep-alive connections that each send the next request when the answer to the last has come, never earlier. Two threads ask the kernel which
/// connections have answers and serve all of those: no task, no allocation per request, so that the generator leaves the cores to the server.
/// </summary>
internal sealed class ClosedLoop(int port, Traffic traffic, Until until, ulong seed)
{
    private const int Threads = 2;
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(20);

    private readonly Traffic traffic = traffic;
    private readonly Until until = until;
    private readonly Histogram all = new();
    private readonly Lock merging = new();
    private readonly Stopwatch began = Stopwatch.StartNew();
    private long sent;
    private long good;
    private long bad;
    private string? firstBad;

    public LoadResult Run(int connections)
    {
        var clock = Stopwatch.StartNew();
        var threads = Enumerable.Range(0, Math.Min(Threads, connections)).Select(i => new Thread(() => Serve(i, connections, clock)) { IsBackground = true }).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        return new LoadResult(good * traffic.PerRequest / clock.Elapsed.TotalSeconds, all.Within(0.5), all.Within(0.99), good, bad, firstBad);
    }

    private void Serve(int thread, int connections, Stopwatch clock)
    {
        var keys = new KeySource(seed + ((ulong)thread << 32));
        var own = new Histogram();
        var open = new Dictionary<Socket, Line>();
        for (int i = thread; i < connections; i += Threads)
        {
            var line = new Line(port, this, keys);
            if (line.Send())
            {
                open.Add(line.Socket, line);
            }
        }
        var ready = new List<Socket>();
        while (open.Count > 0)
        {
            ready.Clear();
            ready.AddRange(open.Keys);
            // One connection is waited for by reading it: one system call less.
            if (ready.Count > 1)
            {
                Socket.Select(ready, null, null, Silence);
            }
            if (ready.Count == 0)
            {
                Note(false, 0, "no answer within 20 seconds"u8);
                break;
            }
            foreach (var socket in ready)
            {
                var line = open[socket];
                if (line.Receive(own) && !(clock.Elapsed < until.Time && line.Send()))
                {
                    open.Remove(socket);
                    socket.Dispose();
                }
            }
        }
        lock (merging)
        {
            all.Add(own);
        }
    }

    private void Note(bool isGood, int status, ReadOnlySpan<byte> body)
    {
        if (isGood)
        {
            Interlocked.Increment(ref good);
            return;
        }
        Interlocked.Increment(ref bad);
        firstBad ??= $"{status} {Encoding.UTF8.GetString(body[..Math.Min(200, body.Length)])}";
    }

    private bool MayBegin(KeySource keys, out long number)
    {
        number = Interlocked.Increment(ref sent);
        if (until.RequestsPerSecond > 0 && (number - 1) / until.RequestsPerSecond - began.Elapsed.TotalSeconds is > 0 and var early)
        {
            lock (keys)
            {
                Monitor.Wait(keys, TimeSpan.FromSeconds(early));
            }
        }
        return number <= until.Requests;
    }

    /// <summary>One connection.</summary>
    private sealed class Line
    {
        private readonly ClosedLoop loop;
        private readonly KeySource keys;
        private readonly byte[] request;
        private readonly byte[] answer;
        private readonly byte[] id = new byte[128];
        private readonly Func<int> customer;
        private int idLength;
        private int received;
        private long number;
        private long sentAt;

        public Line(int port, ClosedLoop loop, KeySource keys)
        {
            (this.loop, this.keys) = (loop, keys);
            var traffic = loop.traffic;
            answer = new byte[traffic.PerRequest > 1 ? 512 * 1024 : 16 * 1024];
            request = new byte[Math.Max(traffic.First.MaxBytes, traffic.Second?.MaxBytes ?? 0)];
            customer = traffic.InOrder ? () => (int)(number - 1) % traffic.Customers : () => keys.Below(traffic.Customers);
            Socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = (int)Silence.TotalMilliseconds };
            Socket.Connect(IPAddress.Loopback, port);
        }

        public Socket Socket { get; }

        /// <summary>Sends the next request; false when there is none to send.</summary>
        public bool Send()
        {
            var template = loop.traffic.First;
            if (idLength > 0)
            {
                template = loop.traffic.Second!;
            }
            else if (!loop.MayBegin(keys, out number))
            {
                return false;
            }
            int length = template.Write(request, keys, customer, id.AsSpan(0, idLength));
            received = 0;
            sentAt = Stopwatch.GetTimestamp();
            for (int at = 0; at < length;)
            {
                at += Socket.Send(request.AsSpan(at, length - at));
            }
            return true;
        }

        /// <summary>Takes what has come; true when the answer is whole.</summary>
        public bool Receive(Histogram times)
        {
            int count = Socket.Receive(answer.AsSpan(received));
            if (count == 0)
            {
                throw new InvalidOperationException("the server closed a connection");
            }
            received += count;
            if (!Answers.IsWhole(answer.AsSpan(0, received), out int status, out var body))
            {
                return false;
            }
            times.Add(Stopwatch.GetElapsedTime(sentAt));
            var traffic = loop.traffic;
            bool isGood = status is >= 200 and < 300 && (traffic.BadMarker.Length == 0 || body.IndexOf(traffic.BadMarker) < 0);
            bool wasFirst = idLength == 0;
            idLength = 0;
            if (isGood && wasFirst && traffic.Second is not null)
            {
                var found = Answers.After(body, traffic.IdMarker);
                found.CopyTo(id);
                idLength = found.Length;
                isGood = idLength > 0;
            }
            loop.Note(isGood, status, body);
            return true;
        }
    }
}
