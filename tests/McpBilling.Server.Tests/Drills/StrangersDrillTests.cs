using System.Globalization;
using System.Net.Sockets;
using System.Text;
using McpBilling.Server.Tests.Commands;
using McpBilling.Server.Tests.Hostile;
using McpBilling.Server.Tests.Usage;

namespace McpBilling.Server.Tests.Drills;

/// <summary>
/// Strangers who want the server to stop: connections by the thousand that say nothing, requests that never end, bodies too large to hold. Those who have a
/// key are served meanwhile, memory stays within a bound, and the strangers are shown out.
/// </summary>
public sealed class StrangersDrillTests
{
    /// <summary>In MiB, of a program that needs about 150 by itself; 10,000 connections of Kestrel take some 100 more, 50 MB bodies would take thousands.</summary>
    private const int MostMemory = 700;

    [Fact]
    public async Task Idle_connections_by_the_thousand_and_slow_ones_keep_nobody_out()
    {
        if (!OperatingSystem.IsLinux())
        {
            Needs.Absent("needs Linux, to look at the memory of a process");
        }
        int idle = Room(Drill.Rounds(2_000, 10_000));
        await using var shop = await DrillShop.Open();
        var (server, client) = await shop.Serve();
        await DrillShop.Define(client);
        var address = new Uri(server.Url);
        var book = new DrillBook();
        await DrillLoad.Fund(client, book);
        var silent = new List<Socket>();
        try
        {
            for (int i = 0; i < idle; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                silent.Add(socket);
                await socket.ConnectAsync(address.Host, address.Port);
                // Every other begins a request that it never ends: headers without an end, or a body of which one byte comes.
                string begun = (i % 4) switch
                {
                    1 => "GET /v1/catalog HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
                    3 => $"POST /v1/usage HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {shop.Key}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{",
                    _ => "",
                };
                await socket.SendAsync(Encoding.ASCII.GetBytes(begun));
            }
            await Serves(client, book, "beside them");
            // The slow are shown out: 408 or a closed connection, within the server's patience.
            foreach (var socket in silent.Where((_, i) => i % 2 == 1))
            {
                Assert.True(await Ends(socket), "a request that does not come was waited for");
            }
            await Serves(client, book, "after them");
        }
        finally
        {
            silent.ForEach(s => s.Dispose());
        }
        int memory = PeakOf(server);
        Assert.True(memory < MostMemory, $"{memory} MiB");
        Drill.Note("idle", string.Create(CultureInfo.InvariantCulture, $"{idle:N0} connections, half idle, half slow headers and bodies; peak memory of serve {memory} MiB, others served"), 1, book.Answered, 0, 0);
    }

    [Fact]
    public async Task Bodies_of_fifty_megabytes_deep_ones_and_names_that_should_collide_are_refused_in_bounded_memory()
    {
        if (!OperatingSystem.IsLinux())
        {
            Needs.Absent("needs Linux, to look at the memory of a process");
        }
        int rounds = Drill.Rounds(1, 10);
        await using var shop = await DrillShop.Open();
        var (server, client) = await shop.Serve();
        await DrillShop.Define(client);
        var book = new DrillBook();
        await DrillLoad.Fund(client, book);
        string deep = "{\"a\":" + new string('[', 500_000), many = "{" + string.Join(',', Enumerable.Range(0, 60_000).Select(i => $"\"k{i}\":1")) + "}";
        for (int round = 0; round < rounds; round++)
        {
            var strangers = Enumerable.Range(0, 16).Select(i => Task.Run(() => (i % 4) switch
            {
                0 => Huge(server, shop.Key, "Content-Length: 52428800\r\n\r\n", chunked: false),
                1 => Huge(server, shop.Key, "Transfer-Encoding: chunked\r\n\r\n", chunked: true),
                2 => Refused(client, deep),
                _ => Refused(client, many),
            })).ToArray();
            await Serves(client, book, "beside them");
            await Task.WhenAll(strangers);
        }
        // Ids that would fall into one slot if the hash were known: the index is seeded anew in every process, so they are ids like any others.
        await Parallel.ForEachAsync(Enumerable.Range(0, Drill.Rounds(500, 20_000)), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (i, _) =>
        {
            var reply = await client.Post("/v1/usage", new { id = string.Concat(Enumerable.Range(0, 14).Select(b => (i >> b & 1) == 0 ? "Aa" : "BB")) + $"-{i >> 14}", customer_id = "collides", event_type = DrillShop.EventType });
            Assert.True(reply.Status == 200 || reply.Code == "try_again", reply.Text);
        });
        int memory = PeakOf(server);
        Assert.True(memory < MostMemory, $"{memory} MiB");
        await server.DisposeAsync();
        await DrillReport.Close("bodies", string.Create(CultureInfo.InvariantCulture, $"16 at once of 50 MB bodies (length told and chunked), JSON 500,000 deep, 60,000 names, ids that collide in unseeded hashes; peak memory of serve {memory} MiB"), rounds, shop, book);
    }

    [Fact]
    public async Task More_connections_than_there_are_file_handles_leave_the_data_file_its_own()
    {
        if (!OperatingSystem.IsLinux())
        {
            Needs.Absent("needs Linux, to bound a process's handles");
        }
        const int Limit = 400, Spare = 50;
        string bash = Needs.Program("bash");
        await using var shop = await DrillShop.Open();
        await using var server = await ProgramProcess.Start(bash, ["-c", $"ulimit -n {Limit}; exec dotnet {ProgramProcess.Dll} serve --urls http://127.0.0.1:0"], null, [("MCP_BILLING_DATA", shop.DataFile)]);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = 1 });
        var client = new BillingClient(http, new Uri(server.Url), shop.Key);
        await DrillShop.Define(client);
        var address = new Uri(server.Url);
        var silent = new List<RawConnection>();
        for (int i = 0; i < 600; i++)
        {
            try
            {
                silent.Add(await RawConnection.To(address));
            }
            catch (SocketException)
            {
                // Shown the door at once.
            }
            Assert.True(Handles(server) <= Limit - Spare, $"{Handles(server)} handles are open\n{server.Said}");
        }
        // Who is connected is served: reading, writing, and another process's look at the file need handles, and there are some.
        for (int i = 0; i < 50; i++)
        {
            await client.Do("/v1/grants", new { customer_id = $"c{i}", asset = "credits", amount = "1", idempotency_key = "k" });
            var reply = await client.Get($"/v1/customers/c{i}/wallet");
            Assert.True(reply.Status == 200, $"{reply.Text}\n{server.Said}");
            Assert.Equal(1, await DrillShop.Figure(client, $"c{i}", "balance", "credits"));
        }
        foreach (var connection in silent)
        {
            await connection.DisposeAsync();
        }
        // And when the strangers are gone, so is everybody.
        using var later = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var other = new BillingClient(later, address, shop.Key);
        for (int tries = 0; ; tries++)
        {
            try
            {
                await other.Wallet("c1");
                break;
            }
            catch (HttpRequestException) when (tries < 200)
            {
                await Task.Delay(50);
            }
        }
        Assert.DoesNotContain("Too many open files", server.Said, StringComparison.Ordinal);
        await server.DisposeAsync();
        await shop.MustVerify();
        Drill.Note("handles", "600 connections to a serve with 400 file handles: those who are connected are served, the data file has its handles", 1, 50, 0, 0);
    }

    private static async Task Serves(BillingClient client, DrillBook book, string when)
    {
        using var stop = new CancellationTokenSource();
        int before = book.Answered;
        var load = DrillLoad.Start(8, book, before, stop.Token, client);
        for (int i = 0; book.Answered < before + 200; i++)
        {
            Assert.True(i < 3_000, $"{when}: {book.Answered - before} answered");
            await Task.Delay(20);
        }
        await stop.CancelAsync();
        await Task.WhenAll(load);
        await book.SendAll(client, book.Unanswered);
        await DrillLoad.MustBalance(client, book, when);
    }

    private static async Task<bool> Ends(Socket socket)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        byte[] buffer = new byte[1024];
        try
        {
            while (await socket.ReceiveAsync(buffer, limit.Token) > 0)
            {
            }
            return true;
        }
        catch (SocketException)
        {
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    // Sends until it is refused or shown out; never asks what for.
    private static async Task Huge(ProgramProcess server, string key, string length, bool chunked)
    {
        await using var connection = await RawConnection.To(new Uri(server.Url));
        await connection.Send($"POST /v1/usage HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n{length}");
        string piece = new(' ', 1 << 20);
        for (int i = 0; i < 50 && await connection.Send(chunked ? "100000\r\n" + piece + "\r\n" : piece); i++)
        {
        }
        string answer = await connection.UntilClosed();
        Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 413", StringComparison.Ordinal), answer);
    }

    private static async Task Refused(BillingClient client, string body)
    {
        var reply = await client.Post("/v1/usage", body);
        Assert.True(reply.Status is 400 or 413, reply.Text);
        Assert.True(reply.Text.Length < 50_000, $"{reply.Text.Length} characters");
    }

    // Each connection takes a handle here too.
    private static int Room(int wanted)
    {
        string limit = File.ReadLines("/proc/self/limits").Single(l => l.StartsWith("Max open files", StringComparison.Ordinal));
        int most = int.TryParse(limit[15..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture, out int handles) ? handles - 1_000 : wanted;
        return Math.Min(wanted, most);
    }

    private static int PeakOf(ProgramProcess server)
    {
        string peak = File.ReadLines($"/proc/{server.Id}/status").Single(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return int.Parse(peak.Split(' ', '\t').First(p => p.Length > 0 && char.IsAsciiDigit(p[0])), CultureInfo.InvariantCulture) / 1024;
    }

    private static int Handles(ProgramProcess server) => Directory.GetFileSystemEntries($"/proc/{server.Id.ToString(CultureInfo.InvariantCulture)}/fd").Length;
}
