using System.Text.Json;
using McpBilling.Ledger;

namespace McpBilling.Server.Tests.Commands;

/// <summary>Digests, their key, and restored backups, as a shell meets them.</summary>
public sealed class DigestCommandTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mcp-billing-test-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task A_digest_is_exported_and_the_ledger_held_against_it()
    {
        await Run("keys", "create", "--name", "app");
        var taken = await Run("digest", "--day", "2026-01-01", "--out", At("digest.json"));
        Assert.True(taken.ExitCode == 0, taken.Error);
        Assert.Equal("", taken.Out);
        var digest = JsonSerializer.Deserialize(await File.ReadAllTextAsync(At("digest.json")), BillingJson.TypeInfo<LedgerDigest>())!;
        Assert.Equal(("2026-01-01", 1), (digest.Day, digest.Workspace));
        Assert.Equal(0, (await Run("digest", "--public-key", "--out", At("key.pem"))).ExitCode);
        Assert.Equal(digest.PublicKey, await File.ReadAllTextAsync(At("key.pem")));

        var verified = await Run("verify", "--digest", At("digest.json"), "--digest-key", At("key.pem"));
        Assert.True(verified.ExitCode == 0, verified.Out + verified.Error);
        Assert.Contains("2 digests", verified.Out, StringComparison.Ordinal);

        await File.WriteAllTextAsync(At("forged.json"), (await File.ReadAllTextAsync(At("digest.json"))).Replace("\"accounts\":0", "\"accounts\":1", StringComparison.Ordinal));
        var forged = await Run("verify", "--digest", At("forged.json"));
        Assert.Equal(1, forged.ExitCode);
        Assert.Contains("digest of 2026-01-01 (forged.json) was not signed", forged.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Evidence_is_never_written_over()
    {
        await Run("keys", "create", "--name", "app");
        await File.WriteAllTextAsync(At("digest.json"), "another day's");
        var refused = await Run("digest", "--day", "2026-01-01", "--out", At("digest.json"));
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("says something else", refused.Error, StringComparison.Ordinal);
        Assert.Equal("another day's", await File.ReadAllTextAsync(At("digest.json")));
        // The same again is the same file.
        Assert.Equal(0, (await Run("digest", "--day", "2026-01-01", "--out", At("other.json"))).ExitCode);
        Assert.Equal(0, (await Run("digest", "--day", "2026-01-01", "--out", At("other.json"))).ExitCode);
    }

    [Theory]
    [InlineData(2, "--day is yesterday", "digest", "--day", "yesterday")]
    [InlineData(1, "not over", "digest", "--day", "9998-01-01")]
    [InlineData(1, "cannot be read", "verify", "--digest", "no-such-file.json")]
    [InlineData(1, "There is no backup", "restore", "no-such-file.db", "--data", "elsewhere.db")]
    public async Task What_cannot_be_done_is_one_line(int exitCode, string words, params string[] line)
    {
        await Run("keys", "create", "--name", "app");
        var run = await Run(line);
        Assert.Equal((exitCode, ""), (run.ExitCode, run.Out));
        Assert.Contains(words, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backup_is_restored_where_there_is_no_data_file_and_verified()
    {
        string key = (await Run("keys", "create", "--name", "app")).Out;
        Assert.Equal(0, (await Run("backup", At("copy.db"))).ExitCode);
        var refused = await Run("restore", At("copy.db"));
        Assert.Equal((1, ""), (refused.ExitCode, refused.Out));
        Assert.Contains("exists already", refused.Error, StringComparison.Ordinal);
        var restored = await Run("restore", At("copy.db"), "--data", At("new/billing.db"));
        Assert.True(restored.ExitCode == 0, restored.Error);
        Assert.Contains("verified: everything adds up", restored.Out, StringComparison.Ordinal);
        Assert.Contains("app", (await Run("keys", "list", "--data", At("new/billing.db"))).Out, StringComparison.Ordinal);
        Assert.NotEmpty(key);
    }

    private string At(string name) => Path.Combine(folder.FullName, name);

    private Task<(int ExitCode, string Out, string Error)> Run(params string[] args) => ProgramProcess.Run(At("billing.db"), args);
}
