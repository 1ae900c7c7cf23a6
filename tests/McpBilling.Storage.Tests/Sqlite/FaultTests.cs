using System.Diagnostics;
using Dapper;
using McpBilling.Operations;
using McpBilling.Storage.Tests.Compliance;
using McpBilling.Storage.Verifying;

namespace McpBilling.Storage.Tests.Sqlite;

/// <summary>What a disk and other processes do to the file: locked, not writable, full, cut off in the middle of the log.</summary>
public sealed class FaultTests
{
    [Fact]
    public async Task A_file_that_another_process_holds_is_told_and_then_written()
    {
        using var store = new SqliteStore(null, TimeSpan.FromMilliseconds(150));
        var desk = Desk(store);
        await desk.Grant("c", "1", key: "before");
        using (var other = store.File.OpenWriter())
        {
            other.Execute("BEGIN IMMEDIATE");
            Assert.Equal("try_again", await desk.Code("grant_credit", Grant("k")));
            // Reads do not wait for writers.
            Assert.Equal("1", await desk.Figure("c", "balance"));
            other.Execute("ROLLBACK");
        }
        await desk.Do("grant_credit", Grant("k"));
        Assert.Equal("2", await desk.Figure("c", "balance"));
        Assert.Empty(await store.Differences());
    }

    [Fact]
    public async Task A_short_lock_is_waited_for()
    {
        using var store = new SqliteStore();
        var desk = Desk(store);
        using var other = store.File.OpenWriter();
        other.Execute("BEGIN IMMEDIATE");
        var waiting = desk.Grant("c", "1");
        await Task.Delay(100);
        Assert.False(waiting.IsCompleted);
        other.Execute("ROLLBACK");
        await waiting;
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_to_is_told_and_can_be_read()
    {
        using var store = new SqliteStore();
        var desk = Desk(store);
        await desk.Grant("c", "1", key: "before");
        // Also root, whom a file's mode does not stop, is stopped by this.
        store.Faults.BeforeCommit = () => throw new StorageException(8, "attempt to write a readonly database");
        Assert.Equal("try_again", await desk.Code("grant_credit", Grant("k")));
        Assert.Equal("1", await desk.Figure("c", "balance"));
        store.Faults.BeforeCommit = null;
        await desk.Do("grant_credit", Grant("k"));
        Assert.Empty(await store.Differences());
    }

    [Fact]
    public async Task A_full_disk_is_told_nothing_is_half_written_and_room_heals_it()
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root")
        {
            Assert.Skip("needs root on Linux, to mount a small file system");
        }
        using var folder = new TemporaryFolder();
        string disk = folder.File("disk");
        Directory.CreateDirectory(disk);
        if (Run("mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "tmpfs", disk) != 0)
        {
            Assert.Skip("mounting is not allowed here");
        }
        try
        {
            await Fill(disk);
        }
        finally
        {
            Run("umount", disk);
        }
    }

    private static async Task Fill(string disk)
    {
        using var store = new SqliteStore(null, null, Path.Combine(disk, "billing.db"));
        var desk = Desk(store);
        await desk.Apply(Shop.Catalog);
        await desk.Grant("c", "1000000");
        int recorded = 0, refused = 0;
        // Until the disk is full, and then on: each event is a few hundred bytes.
        for (int i = 0; i < 400 && refused < 60; i++)
        {
            var codes = await Task.WhenAll(Enumerable.Range(0, 20).Select(n =>
                desk.Code("record_usage_event", new { id = $"e{i}-{n}", customer_id = "c", event_type = "tokens", quantity = "1", feature = new string('x', 100) })));
            Assert.All(codes, code => Assert.Contains(code, new[] { "ok", "storage_full" }));
            recorded += codes.Count(code => code == "ok");
            refused += codes.Count(code => code == "storage_full");
        }
        Assert.True(refused >= 60, $"{recorded} recorded, {refused} refused");
        // Reads go on, and what was refused left nothing.
        Assert.Equal(recorded, (await desk.Do("list_usage", new { customer_id = "c", limit = 1 })).GetProperty("total").GetInt64());
        Assert.Empty(await store.Differences());
        Assert.Equal(0, Run("mount", "-o", "remount,size=32m", disk));
        var again = await Task.WhenAll(Enumerable.Range(0, 20).Select(n =>
            desk.Code("record_usage_event", new { id = $"after-{n}", customer_id = "c", event_type = "tokens", quantity = "1" })));
        Assert.All(again, code => Assert.Equal("ok", code));
        store.Reopen();
        Assert.Equal(recorded + 20, (await desk.Do("list_usage", new { customer_id = "c", limit = 1 })).GetProperty("total").GetInt64());
        Assert.Empty(await store.Differences());
    }

    [Fact]
    public async Task A_log_that_is_torn_at_its_end_opens_at_the_last_whole_commit()
    {
        using var store = new SqliteStore();
        var desk = Desk(store);
        await desk.Apply(Shop.Catalog);
        await desk.Grant("c", "1000");
        // The log as it stands after each commit, beside the main file, which no checkpoint has touched meanwhile.
        string wal = store.File.Path + "-wal";
        var whole = new List<long> { new FileInfo(wal).Length };
        for (int i = 0; i < 6; i++)
        {
            await desk.Record("c", "tokens", $"e{i}", "1");
            whole.Add(new FileInfo(wal).Length);
        }
        byte[] log = await ReadShared(wal), main = await ReadShared(store.File.Path);
        Assert.Equal(whole[^1], log.Length);
        using var folder = new TemporaryFolder();
        // Through the last three commits: every frame's beginning and end, and bytes in between.
        var offsets = whole[3..].SelectMany(at => new[] { at, at - 1, at + 1, at + 23, at + 24, at + 25, at + 2000, at - 2000, at - 4096, at - 4120 })
            .Concat(Enumerable.Range(0, 40).Select(i => whole[3] + (log.Length - whole[3]) * i / 40))
            .Where(at => at >= whole[3] && at <= log.Length).Distinct().Order();
        foreach (long at in offsets)
        {
            var copy = folder.DataFile($"torn-{at}.db");
            await File.WriteAllBytesAsync(copy.Path, main);
            await File.WriteAllBytesAsync(copy.Path + "-wal", log[..(int)at]);
            using (var opened = new SqliteStore(null, null, copy.Path))
            {
                int commits = whole.Count(end => end <= at) - 1;
                Assert.Equal((at, commits), (at, (int)opened.Number("SELECT COUNT(*) FROM usage_event")));
                Assert.Empty(await opened.Differences());
                var again = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Desk(opened).Record("c", "tokens", $"e{i}", "1")));
                Assert.Equal(commits, again.Count(a => a.GetProperty("replayed").GetBoolean()));
                Assert.Equal("994", await Desk(opened).Figure("c", "balance"));
                Assert.Empty(await opened.Differences());
            }
        }
    }

    /// <summary>The same at every byte: as a test at one of many, as a drill at each. What is whole is read, what is torn is as if it had never been.</summary>
    [Fact]
    public async Task A_log_that_is_torn_at_any_byte_is_read_to_its_last_whole_commit()
    {
        using var store = new SqliteStore();
        var desk = Desk(store);
        await desk.Apply(Shop.Catalog);
        await desk.Grant("c", "1000");
        string wal = store.File.Path + "-wal";
        var whole = new List<long> { new FileInfo(wal).Length };
        for (int i = 0; i < 3; i++)
        {
            await desk.Record("c", "tokens", $"e{i}", "1");
            whole.Add(new FileInfo(wal).Length);
        }
        byte[] log = await ReadShared(wal), main = await ReadShared(store.File.Path);
        using var folder = new TemporaryFolder();
        var copy = folder.DataFile("torn.db");
        int step = Drill.Rounds(251, 1), tries = 0;
        for (long at = whole[0]; at <= log.Length; at += step, tries++)
        {
            foreach (string left in Directory.GetFiles(Path.GetDirectoryName(copy.Path)!))
            {
                File.Delete(left);
            }
            await File.WriteAllBytesAsync(copy.Path, main);
            await File.WriteAllBytesAsync(copy.Path + "-wal", log[..(int)at]);
            using var connection = copy.OpenWriter();
            Assert.Equal((at, whole.Count(end => end <= at) - 1L), (at, connection.ExecuteScalar<long>("SELECT COUNT(*) FROM usage_event")));
        }
        Drill.Note("torn-log", $"the write-ahead log cut at {(step == 1 ? "each" : $"every {step}th")} of the {log.Length - whole[0]:N0} bytes of its last commits: opens at the last whole commit", tries, 3L * tries, 0, 0);
    }

    [Fact]
    public async Task A_damaged_page_is_told_by_verify()
    {
        using var store = new SqliteStore();
        await Desk(store).Grant("c", "1");
        store.Reopen();
        using (var connection = store.File.OpenWriter())
        {
            connection.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        }
        using var folder = new TemporaryFolder();
        var copy = folder.DataFile();
        byte[] bytes = await ReadShared(store.File.Path);
        // A cell pointer of some page in the middle is made nonsense.
        Array.Fill(bytes, (byte)0xEE, 4096 * 9 + 8, 200);
        await File.WriteAllBytesAsync(copy.Path, bytes);
        Exception? refused = null;
        IReadOnlyList<string> differences = [];
        try
        {
            differences = (await new Verifier(copy).Verify(CancellationToken.None)).Differences;
        }
        catch (Exception e)
        {
            refused = e;
        }
        Assert.True(refused is null, $"verify must tell, not break: {refused}");
        Assert.NotEmpty(differences);
    }

    private static Desk Desk(SqliteStore store) => new(() => store.Billing, store.Caller(Mode.Test));

    private static object Grant(string key) => new { customer_id = "c", asset = "usd", amount = "1", idempotency_key = key };

    private static async Task<byte[]> ReadShared(string path)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] bytes = new byte[file.Length];
        await file.ReadExactlyAsync(bytes);
        return bytes;
    }

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
