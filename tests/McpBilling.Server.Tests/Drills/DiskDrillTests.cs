using System.Diagnostics;
using McpBilling.Server.Tests.Usage;

namespace McpBilling.Server.Tests.Drills;

/// <summary>
/// The running program on a disk that fills up, fails or tears: what cannot be written is put off and leaves nothing, reads go on, and what was acknowledged
/// is there when the disk is well again.
/// </summary>
public sealed class DiskDrillTests
{
    private const int Clients = 16;

    [Fact]
    public async Task A_disk_that_fills_up_puts_writes_off_until_there_is_room()
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root")
        {
            Assert.Skip("needs root on Linux, to mount a small file system");
        }
        var disk = Directory.CreateTempSubdirectory("mcp-billing-disk-");
        if (Run("mount", "-t", "tmpfs", "-o", "size=3m,mode=700", "tmpfs", disk.FullName) != 0)
        {
            disk.Delete();
            Assert.Skip("mounting is not allowed here");
        }
        int rounds = Drill.Rounds(2, 10);
        try
        {
            await using var shop = await DrillShop.Open(Path.Combine(disk.FullName, "billing.db"));
            var book = new DrillBook();
            var (server, client) = await shop.Serve();
            await DrillShop.Define(client);
            await DrillLoad.Fund(client, book);
            for (int round = 0; round < rounds; round++)
            {
                using var stop = new CancellationTokenSource();
                var load = DrillLoad.Start(Clients, book, 100 * round, stop.Token, client);
                int before = PutOff(book);
                await Until(() => PutOff(book) >= before + 50, "the disk never filled up");
                // Reads go on, and liveness with them.
                foreach (string customer in DrillLoad.Wallets)
                {
                    Assert.Equal(200, (await client.Get($"/v1/customers/{customer}/wallet")).Status);
                }
                Assert.Equal(200, (await client.Get("/healthz")).Status);
                await stop.CancelAsync();
                await Task.WhenAll(load);
                Assert.All(book.PutOff.Keys, code => Assert.Equal("storage_full", code));
                // Room comes back under the running program: by itself it goes on.
                Assert.Equal(0, Run("mount", "-o", $"remount,size={3 + 3 * (round + 1)}m", disk.FullName));
                await book.SendAll(client, book.Unanswered);
                await DrillLoad.MustBalance(client, book, $"round {round}");
            }
            Assert.Equal(0, Run("mount", "-o", "remount,size=512m", disk.FullName));
            await book.SendAll(client, book.All);
            await DrillLoad.MustBalance(client, book, "at the end");
            await server.DisposeAsync();
            await DrillReport.Close("disk-full", $"a file system fills up under load and gets room; {PutOff(book)} answers 503 storage_full, reads go on", rounds, shop, book);
        }
        finally
        {
            Run("umount", disk.FullName);
            disk.Delete(recursive: true);
        }
    }

    /// <summary>What the disk does, and whether the program itself survives it.</summary>
    [Theory]
    [InlineData("enospc_after=400000", true)]
    [InlineData("eio_fsync=7", true)]
    [InlineData("short_write=60", true)]
    [InlineData("crash_write=211", false)]
    public async Task A_disk_that_fails_loses_nothing_that_was_acknowledged(string fault, bool survives)
    {
        await using var shop = await DrillShop.Open();
        string library = await FaultLibrary.OfDisk(Path.GetDirectoryName(shop.DataFile)!);
        var book = new DrillBook();
        var (server, client) = await shop.Serve();
        await DrillShop.Define(client);
        await DrillLoad.Fund(client, book);
        Assert.Equal(0, await server.Stop(TimeSpan.FromSeconds(10)));
        int rounds = Drill.Rounds(1, 10), put = 0;
        for (int round = 0; round < rounds; round++)
        {
            (server, client) = await shop.Serve(FaultLibrary.Disk(library, Later(fault, round)));
            using var stop = new CancellationTokenSource();
            var load = DrillLoad.Start(Clients, book, 1000 * round, stop.Token, client);
            int answered = book.Answered;
            if (survives)
            {
                await Until(() => book.Answered > answered + 300 || PutOff(book) > put + 50, "nothing happened");
                Assert.Equal(200, (await client.Get("/v1/customers/wide-0/wallet")).Status);
            }
            else
            {
                await Until(() => server.HasEnded, "the disk never tore");
            }
            await stop.CancelAsync();
            await server.DisposeAsync();
            await Task.WhenAll(load);
            put = PutOff(book);
            Assert.All(book.PutOff.Keys, code => Assert.Contains(code, new[] { "storage_full", "try_again" }));
            (server, client) = await shop.Serve();
            await book.SendAll(client, book.Unanswered);
            await DrillLoad.MustBalance(client, book, $"round {round}");
            await server.DisposeAsync();
        }
        await DrillReport.Close("disk-" + fault.Split('=')[0], $"{fault} on the data file or its log, under load, then a start on a disk that is well; {put} answers 503", rounds, shop, book);
    }

    // Another place in the file, and another moment, each round.
    private static string Later(string fault, int round)
    {
        string[] parts = fault.Split('=');
        return $"{parts[0]}={int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture) + round * 13}";
    }

    private static int PutOff(DrillBook book) => book.PutOff.Values.Sum();

    private static async Task Until(Func<bool> reached, string otherwise)
    {
        for (int i = 0; !reached(); i++)
        {
            Assert.True(i < 3_000, otherwise);
            await Task.Delay(20);
        }
    }

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
