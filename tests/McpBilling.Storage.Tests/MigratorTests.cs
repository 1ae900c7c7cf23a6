using Microsoft.Data.Sqlite;

namespace McpBilling.Storage.Tests;

public sealed class MigratorTests
{
    [Fact]
    public async Task Many_openers_of_a_fresh_file_agree()
    {
        using var folder = new TemporaryFolder();
        for (int round = 0; round < 5; round++)
        {
            var file = folder.DataFile($"fresh-{round}.db");
            using var start = new Barrier(12);
            var threads = Enumerable.Range(0, 12).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait();
                    Migrator.Prepare(file, TimeProvider.System);
                    using var connection = file.OpenReader();
                    return Convert.ToHexString(DatabaseSecrets.Read(connection).KeySecret);
                },
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
            Assert.Single((await Task.WhenAll(threads)).Distinct());
            using var reader = file.OpenReader();
            Assert.Equal(1, reader.Scalar<long>("SELECT COUNT(*) FROM workspace WHERE name = 'default' AND mode = 'test'"));
            Assert.Equal(Migrator.CurrentVersion, reader.Scalar<long>("SELECT MAX(version) FROM schema_version"));
            Assert.Equal(Migrator.CurrentVersion, reader.Scalar<long>("SELECT COUNT(*) FROM schema_version"));
        }
    }

    [Fact]
    public void A_newer_database_is_refused_and_left_as_it_is()
    {
        using var folder = new TemporaryFolder();
        var file = folder.DataFile();
        Migrator.Prepare(file, TimeProvider.System);
        using (var writer = file.OpenWriter())
        {
            writer.Execute("INSERT INTO schema_version (version, name, applied_at) VALUES (9000, 'from the future', 0)");
        }
        var refusal = Assert.Throws<DataFileException>(() => Migrator.Prepare(file, TimeProvider.System));
        Assert.Contains("newer mcp-billing (schema 9000", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_database_of_another_program_is_refused_and_left_as_it_is()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("foreign.db");
        using (var other = new SqliteConnection($"Data Source={path};Pooling=false"))
        {
            other.Open();
            other.Execute("CREATE TABLE theirs (x)");
        }
        byte[] before = File.ReadAllBytes(path);
        var refusal = Assert.Throws<DataFileException>(() => Migrator.Prepare(folder.DataFile("foreign.db"), TimeProvider.System));
        Assert.Contains("another program", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.False(File.Exists(path + "-wal"));
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused_and_left_as_it_is()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("letter.txt");
        File.WriteAllText(path, string.Concat(Enumerable.Repeat("Dear Sir or Madam, ", 100)));
        byte[] before = File.ReadAllBytes(path);
        var refusal = Assert.Throws<DataFileException>(() => Migrator.Prepare(folder.DataFile("letter.txt"), TimeProvider.System));
        Assert.Contains("not a database of mcp-billing", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(path));
    }

    [Fact]
    public void A_migration_that_fails_leaves_the_file_fresh()
    {
        using var folder = new TemporaryFolder();
        var file = folder.DataFile();
        Migrator.Prepare(file, TimeProvider.System);
        using (var writer = file.OpenWriter())
        {
            // Back to before the second step, whose table is still there: the step must fail.
            writer.Execute("DELETE FROM schema_version WHERE version >= 2");
        }
        Assert.Throws<DataFileException>(() => Migrator.Prepare(file, TimeProvider.System));
        using var reader = file.OpenReader();
        Assert.Equal(1, reader.Scalar<long>("SELECT MAX(version) FROM schema_version"));
    }

    [Fact]
    public async Task A_newer_program_waits_for_an_older_one_that_writes_for_longer_than_usual()
    {
        using var folder = new TemporaryFolder();
        var file = folder.DataFile().WithPatience(TimeSpan.FromMilliseconds(50));
        Migrator.Prepare(file, TimeProvider.System);
        using var writer = file.OpenWriter();
        writer.Execute("BEGIN IMMEDIATE");
        var migrating = Task.Run(() => Migrator.Prepare(file, TimeProvider.System, [.. Migration.All, Migration.Of(9000, "adds", "-- older writers: go on\nCREATE TABLE later (id INTEGER NOT NULL PRIMARY KEY) STRICT;")]));
        // Longer than one try has patience.
        await Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);
        Assert.False(migrating.IsCompleted, migrating.Exception?.Message);
        writer.Execute("COMMIT");
        await migrating;
        Assert.Equal(0, writer.Scalar<long>("SELECT COUNT(*) FROM later"));
    }

    [Fact]
    public void Steps_are_numbered_without_gaps() =>
        Assert.Equal(Enumerable.Range(1, Migrator.CurrentVersion), Migration.All.Select(m => m.Number));

    [Theory]
    [InlineData("-- older writers: go on\nCREATE TABLE x (y)", false)]
    [InlineData("-- older writers: stop\nCREATE TABLE x (y)", true)]
    public void A_step_says_what_becomes_of_older_writers(string sql, bool ends) => Assert.Equal(ends, Migration.Of(9000, "later", sql).EndsOlderWriters);

    [Theory]
    [InlineData("CREATE TABLE x (y)")]
    [InlineData("-- older writers: perhaps\nCREATE TABLE x (y)")]
    public void A_step_that_does_not_say_is_none(string sql)
    {
        Assert.Throws<InvalidOperationException>(() => Migration.Of(17, "later", sql));
        // Of programs from before the rule none looks.
        Assert.True(Migration.Of(16, "earlier", sql).EndsOlderWriters);
    }

    [Fact]
    public void Every_table_is_strict()
    {
        using var folder = new TemporaryFolder();
        var file = folder.DataFile();
        Migrator.Prepare(file, TimeProvider.System);
        using var reader = file.OpenReader();
        Assert.Equal(0, reader.Scalar<long>("SELECT COUNT(*) FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%' AND NOT strict"));
    }
}
