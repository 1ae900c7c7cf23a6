namespace McpBilling.Storage.Tests;

public sealed class DataFileTests
{
    [Theory]
    [InlineData("/a/b.db", "/env.db", "/xdg", "/a/b.db")]
    [InlineData(null, "/env.db", "/xdg", "/env.db")]
    [InlineData(null, null, "/xdg", "/xdg/mcp-billing/billing.db")]
    [InlineData(null, "", "relative", "/home/u/.local/share/mcp-billing/billing.db")]
    [InlineData(" ", null, null, "/home/u/.local/share/mcp-billing/billing.db")]
    public void The_file_is_the_one_named_nearest(string? option, string? variable, string? xdg, string expected)
    {
        var file = DataFile.Locate(option, name => name switch { "MCP_BILLING_DATA" => variable, "XDG_DATA_HOME" => xdg, "HOME" => "/home/u", _ => null });
        Assert.Equal(expected, file.Path);
    }

    [Theory]
    [InlineData("postgres://localhost/billing", "not on a server")]
    [InlineData("postgresql://localhost/billing", "not on a server")]
    [InlineData("mysql://localhost", "file's path")]
    [InlineData(":memory:", "file's path")]
    [InlineData("file:x?mode=memory", "file's path")]
    [InlineData("/tmp", "is a folder")]
    public void What_is_no_file_is_refused_in_words(string option, string words)
    {
        var refusal = Assert.Throws<DataFileException>(() => DataFile.Locate(option, _ => null));
        Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_owner_may_read_the_file_and_what_lies_beside_it()
    {
        using var folder = new TemporaryFolder();
        var file = folder.DataFile("new/deeper/billing.db");
        Migrator.Prepare(file, TimeProvider.System);
        using var writer = file.OpenWriter();
        writer.Execute("INSERT INTO meta (name, value) VALUES ('x', 'y')");
        const UnixFileMode ownerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        const UnixFileMode ownerFolder = ownerFile | UnixFileMode.UserExecute;
        Assert.Equal(ownerFolder, TemporaryFolder.ModeOf(folder.File("new/deeper"), ownerFolder));
        Assert.All(["", "-wal", "-shm"], side => Assert.Equal(ownerFile, TemporaryFolder.ModeOf(file.Path + side, ownerFile)));
    }

    [Fact]
    public void Connections_write_durably_and_wait_for_each_other()
    {
        using var folder = new TemporaryFolder();
        var file = folder.DataFile();
        Migrator.Prepare(file, TimeProvider.System);
        using var writer = file.OpenWriter();
        Assert.Equal("wal", writer.Scalar<string>("PRAGMA journal_mode"));
        Assert.Equal(2, writer.Scalar<long>("PRAGMA synchronous"));
        Assert.Equal(5000, writer.Scalar<long>("PRAGMA busy_timeout"));
        Assert.Equal(0, writer.Scalar<long>("PRAGMA wal_autocheckpoint"));
        Assert.Equal(-16384, writer.Scalar<long>("PRAGMA cache_size"));
        Assert.Equal(0, writer.Scalar<long>("PRAGMA foreign_keys"));
    }
}
