using System.Collections.Frozen;
using McpBilling.Money;
using McpBilling.Operations;
using Microsoft.Extensions.Time.Testing;

namespace McpBilling.Storage.Tests;

public sealed class ApiKeysTests : IDisposable
{
    private static readonly FrozenSet<string> Usage = new[] { Scopes.UsageRead, Scopes.UsageWrite }.ToFrozenSet();

    private readonly TemporaryFolder folder = new();
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 24, 10, 0, 0, TimeSpan.Zero));
    private readonly DataFile file;

    public ApiKeysTests()
    {
        file = folder.DataFile();
        Migrator.Prepare(file, time);
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(Mode.Test, "mb_test_")]
    [InlineData(Mode.Live, "mb_live_")]
    public void A_key_is_found_again_with_its_mode_and_scopes(Mode mode, string prefix)
    {
        using var keys = new ApiKeys(file, time);
        var (key, kept) = keys.Create("app", mode, Usage, null);
        Assert.StartsWith(prefix, key, StringComparison.Ordinal);
        var caller = keys.Find(key)!.ToCaller();
        Assert.Equal(mode, caller.Mode);
        Assert.True(caller.ScopeNames.SetEquals(Usage));
        Assert.Equal(kept.Id, caller.KeyId);
        Assert.Equal(key[^4..], kept.LastFour);
        Assert.Equal(mode == Mode.Test, caller.WorkspaceKey == keys.LocalCaller().WorkspaceKey);
    }

    [Fact]
    public void No_key_is_stored_in_clear()
    {
        using var keys = new ApiKeys(file, time);
        var (key, _) = keys.Create("app", Mode.Test, Usage, null);
        string random = key[8..51];
        foreach (string path in Directory.GetFiles(folder.Path))
        {
            // Read as one byte per letter; the database is open.
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream, System.Text.Encoding.Latin1);
            Assert.DoesNotContain(random, reader.ReadToEnd(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_is_not_exactly_a_key_finds_nothing()
    {
        using var keys = new ApiKeys(file, time);
        var (key, _) = keys.Create("app", Mode.Test, Usage, null);
        char other = key[20] == 'a' ? 'b' : 'a';
        string[] wrong =
        [
            "", "mb_test_", key[..^1], key + "0", " " + key, key.ToUpperInvariant(), "mb_live_" + key[8..], key[..20] + other + key[21..],
            key[..20] + '\u0430' + key[21..], new string('x', 100_000), KeyText.Make(Mode.Test),
        ];
        Assert.All(wrong, text => Assert.Null(keys.Find(text)));
        string[] wrongHeaders = [.. wrong.Where(text => text.Trim(' ') != key).Select(text => "Bearer " + text)];
        Assert.All([.. wrongHeaders, .. wrongHeaders], header => Assert.Null(keys.FindAtEnd(header, "Bearer ".Length)));
    }

    // Whoever waited for another one's look goes by it only if that began after its own question.
    [Fact]
    public async Task A_key_made_elsewhere_is_found_at_once_however_many_ask_at_the_same_time()
    {
        using var server = new ApiKeys(file, TimeProvider.System);
        using var commandLine = new ApiKeys(file, TimeProvider.System);
        string unknown = KeyText.Make(Mode.Test);
        using var stop = new CancellationTokenSource();
        var strangers = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                Assert.Null(server.Find(unknown));
            }
        })).ToArray();
        for (int i = 0; i < 100; i++)
        {
            var (key, kept) = commandLine.Create($"app {i}", Mode.Test, Usage, null);
            Assert.Equal(kept.Id, server.Find(key)?.Id);
        }
        await stop.CancelAsync();
        await Task.WhenAll(strangers);
    }

    // As while the database is gone without a word, and a connection attempt takes its ten seconds.
    [Fact]
    public async Task Whoever_waits_too_long_for_another_ones_look_is_put_off_and_those_after_it_at_once()
    {
        using var keys = new ApiKeys(file, time) { Patience = TimeSpan.FromMilliseconds(100) };
        var (key, kept) = keys.Create("app", Mode.Test, Usage, null);
        using (var other = file.OpenReader())
        {
            other.Execute("BEGIN IMMEDIATE");
            // Waits for the other's lock, and everybody else for it.
            var creating = Task.Run(() => keys.Create("second", Mode.Test, Usage, null), TestContext.Current.CancellationToken);
            var refusal = await Refused(keys, key);
            Assert.Equal(ErrorCode.TryAgain, refusal.Code);
            Assert.Same(refusal, Assert.Throws<BillingException>(() => keys.Find(key)));
            other.Execute("ROLLBACK");
            await creating;
        }
        Assert.Equal(kept.Id, keys.Find(key)?.Id);
        Assert.Equal(2, keys.List().Count);
    }

    private async Task<BillingException> Refused(ApiKeys keys, string key)
    {
        for (int i = 0; ; i++)
        {
            try
            {
                // Before the other one has begun to wait the key is found, and known for a while.
                time.Advance(TimeSpan.FromSeconds(5));
                keys.Find(key);
            }
            catch (BillingException e)
            {
                return e;
            }
            Assert.True(i < 500, "it was never put off");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public void A_header_that_comes_again_as_the_same_object_is_still_asked_for_its_key()
    {
        using var server = new ApiKeys(file, time);
        using var commandLine = new ApiKeys(file, time);
        var (key, kept) = commandLine.Create("app", Mode.Test, Usage, null);
        var (other, otherKept) = commandLine.Create("other", Mode.Live, Usage, null);
        string header = "Bearer  " + key + " ", otherHeader = "Bearer " + other, alike = new(header);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(kept.Id, server.FindAtEnd(header, "Bearer ".Length)?.Id);
            Assert.Equal(kept.Id, server.FindAtEnd(alike, "Bearer ".Length)?.Id);
            Assert.Equal(otherKept.Id, server.FindAtEnd(otherHeader, "Bearer ".Length)?.Id);
        }
        Assert.True(commandLine.Revoke(kept.Id));
        time.Advance(ApiKeys.Staleness);
        Assert.NotNull(server.FindAtEnd(header, "Bearer ".Length)!.RevokedAt);
        Assert.Null(server.FindAtEnd(otherHeader, "Bearer ".Length)!.RevokedAt);
    }

    [Fact]
    public void A_key_made_by_another_process_works_at_once()
    {
        using var server = new ApiKeys(file, time);
        using var commandLine = new ApiKeys(file, time);
        var (key, kept) = commandLine.Create("app", Mode.Test, Usage, null);
        Assert.Equal(kept.Id, server.Find(key)?.Id);
    }

    [Fact]
    public void A_key_revoked_by_another_process_ends_within_a_second()
    {
        using var server = new ApiKeys(file, time);
        using var commandLine = new ApiKeys(file, time);
        var (key, kept) = commandLine.Create("app", Mode.Test, Usage, null);
        Assert.Null(server.Find(key)!.RevokedAt);
        Assert.True(commandLine.Revoke(kept.Id));
        time.Advance(ApiKeys.Staleness);
        Assert.NotNull(server.Find(key)!.RevokedAt);
    }

    [Fact]
    public void Revoking_twice_keeps_the_first_time_and_an_unknown_id_is_told()
    {
        using var keys = new ApiKeys(file, time);
        var (key, kept) = keys.Create("app", Mode.Test, Usage, null);
        Assert.True(keys.Revoke(kept.Id));
        var first = keys.Find(key)!.RevokedAt;
        time.Advance(TimeSpan.FromHours(1));
        Assert.True(keys.Revoke(kept.Id));
        Assert.Equal(first, keys.Find(key)!.RevokedAt);
        Assert.False(keys.Revoke("key_unknown"));
    }

    [Fact]
    public void Keys_survive_a_restart_and_are_listed_newest_first()
    {
        var expires = Instant.From(time.GetUtcNow()) + TimeSpan.FromDays(3);
        string key;
        using (var keys = new ApiKeys(file, time))
        {
            key = keys.Create("first", Mode.Test, Usage, expires).Key;
            time.Advance(TimeSpan.FromSeconds(1));
            keys.Create("second", Mode.Live, Scopes.ReadOnly, null);
        }
        using var again = new ApiKeys(file, time);
        Assert.Equal(["second", "first"], again.List().Select(k => k.Name));
        Assert.Equal(expires, again.Find(key)!.ExpiresAt);
    }

    [Fact]
    public async Task The_time_of_last_use_is_written_at_most_once_a_minute()
    {
        using var keys = new ApiKeys(file, time);
        var (key, _) = keys.Create("app", Mode.Test, Usage, null);
        var first = Instant.From(time.GetUtcNow());
        keys.Find(key);
        Assert.Equal(first, await LastUsed(first));
        time.Advance(TimeSpan.FromSeconds(30));
        keys.Find(key);
        time.Advance(TimeSpan.FromSeconds(31));
        var third = Instant.From(time.GetUtcNow());
        keys.Find(key);
        Assert.Equal(third, await LastUsed(third));
    }

    [Fact]
    public void A_locked_database_does_not_hold_authentication_up()
    {
        using var keys = new ApiKeys(file, time);
        var (key, _) = keys.Create("app", Mode.Test, Usage, null);
        using var writer = file.OpenWriter();
        writer.Execute("BEGIN IMMEDIATE");
        time.Advance(TimeSpan.FromHours(1));
        Assert.NotNull(keys.Find(key));
        Assert.Null(keys.Find(KeyText.Make(Mode.Test)));
        writer.Execute("ROLLBACK");
    }

    [Fact]
    public void Finding_a_known_key_allocates_nothing()
    {
        using var keys = new ApiKeys(file, time);
        var (key, _) = keys.Create("app", Mode.Test, Usage, null);
        keys.Find(key);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            keys.Find(key);
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4096);
    }

    [Fact]
    public void The_live_workspace_is_made_with_its_first_key()
    {
        using var keys = new ApiKeys(file, time);
        using var reader = file.OpenReader();
        Assert.Null(Workspaces.Find(reader, Mode.Live));
        var (_, kept) = keys.Create("app", Mode.Live, Usage, null);
        Assert.Equal(kept.WorkspaceKey, Workspaces.Find(reader, Mode.Live));
        Assert.Equal(kept.WorkspaceKey, keys.Create("more", Mode.Live, Usage, null).Kept.WorkspaceKey);
    }

    // Written by another thread: waits for the value, and gives the last one seen when it does not come.
    private async Task<Instant?> LastUsed(Instant expected)
    {
        using var reader = file.OpenReader();
        for (int i = 0; ; i++)
        {
            Instant? seen = reader.Scalar<long?>("SELECT last_used_at FROM api_key") is { } at ? new Instant(at) : null;
            if (seen == expected || i == 500)
            {
                return seen;
            }
            await Task.Delay(10);
        }
    }
}
