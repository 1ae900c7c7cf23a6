using McpBilling.Operations;
using Microsoft.Data.Sqlite;

namespace McpBilling.Storage.Tests;

public sealed class BackupTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly DataFile file;

    public BackupTests()
    {
        file = folder.DataFile();
        Migrator.Prepare(file, TimeProvider.System);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_backup_taken_while_a_writer_writes_is_one_commit_whole()
    {
        using (var setup = file.OpenWriter())
        {
            // Two rows that every commit changes together, and enough rows that a copy takes a while.
            setup.Execute("INSERT INTO meta (name, value) VALUES ('left', '0'), ('right', '0')");
            setup.Execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO meta (name, value) SELECT 'filler ' || i, hex(zeroblob(100)) FROM n");
        }
        using var stop = new CancellationTokenSource();
        var writing = Task.Run(() =>
        {
            using var writer = file.OpenWriter();
            int commits = 0;
            while (!stop.IsCancellationRequested)
            {
                writer.Execute("BEGIN IMMEDIATE; UPDATE meta SET value = value + 1 WHERE name = 'left'; UPDATE meta SET value = value + 1 WHERE name = 'right'; COMMIT");
                commits++;
            }
            return commits;
        });
        for (int round = 0; round < 5; round++)
        {
            Backup.Write(file, folder.File($"copy-{round}.db"), overwrite: false);
            var copy = folder.DataFile($"copy-{round}.db");
            Assert.False(File.Exists(copy.Path + "-wal"));
            Migrator.Prepare(copy, TimeProvider.System);
            using var reader = copy.OpenReader();
            Assert.Equal(reader.Scalar<string>("SELECT value FROM meta WHERE name = 'left'"), reader.Scalar<string>("SELECT value FROM meta WHERE name = 'right'"));
            Assert.Equal("ok", reader.Scalar<string>("PRAGMA integrity_check"));
        }
        await stop.CancelAsync();
        Assert.True(await writing > 0);
    }

    [Fact]
    public void A_restored_backup_knows_the_same_keys()
    {
        using var keys = new ApiKeys(file, TimeProvider.System);
        var (key, kept) = keys.Create("app", Mode.Test, Scopes.All, null);
        Backup.Write(file, folder.File("copy.db"), overwrite: false);
        using var restored = new ApiKeys(folder.DataFile("copy.db"), TimeProvider.System);
        Assert.Equal(kept.Id, restored.Find(key)?.Id);
    }

    [Fact]
    public void An_existing_file_is_replaced_only_when_told_to()
    {
        string target = folder.File("copy.db");
        File.WriteAllText(target, "precious");
        Assert.Contains("--force", Assert.Throws<DataFileException>(() => Backup.Write(file, target, overwrite: false)).Message, StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(target));
        Assert.True(Backup.Write(file, target, overwrite: true) > 0);
        Migrator.Prepare(folder.DataFile("copy.db"), TimeProvider.System);
    }

    [Fact]
    public void A_refused_backup_leaves_nothing_behind()
    {
        Assert.Throws<DataFileException>(() => Backup.Write(file, file.Path, overwrite: true));
        Assert.Throws<DataFileException>(() => Backup.Write(file, folder.Path, overwrite: true));
        Assert.Throws<DataFileException>(() => Backup.Write(file, folder.File("no/such/folder.db"), overwrite: true));
        Assert.DoesNotContain(Directory.GetFiles(folder.Path), path => path.Contains("unfinished", StringComparison.Ordinal));
    }

    [Fact]
    public void Only_the_owner_may_read_a_backup()
    {
        string target = folder.File("copy.db");
        Backup.Write(file, target, overwrite: false);
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(owner, TemporaryFolder.ModeOf(target, owner));
    }
}
