using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Data.Common;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Storage;

/// <summary>
/// API keys in the data file. Authentication is on the path of every request, so all keys are held in memory and compared by their HMAC; once a second
/// at most the database is asked whether anything changed, and a key that is not known asks at once. So a new key works immediately, also when another
/// process made it, and a revoked one ends within <see cref="Staleness"/>.
/// </summary>
public sealed class ApiKeys : IApiKeys, IDisposable
{
    /// <summary>How long what another process changed may go unnoticed.</summary>
    public static readonly TimeSpan Staleness = TimeSpan.FromSeconds(1);

    /// <summary>How exact the time of last use is.</summary>
    public static readonly TimeSpan LastUsedResolution = TimeSpan.FromMinutes(1);

    private readonly Database database;
    private readonly TimeProvider time;
    private readonly DbConnection connection;
    private readonly Lock gate = new();
    private readonly byte[] secret;
    private readonly Caller localCaller;
    private readonly ConcurrentDictionary<string, Instant> used = new(StringComparer.Ordinal);
    private readonly ConditionalWeakTable<string, byte[]> macs = [];
    private FrozenDictionary<ulong, Kept[]> snapshot = FrozenDictionary<ulong, Kept[]>.Empty;
    private long? dataVersion = -1;
    private long checkedAt;
    private long lookedAt = long.MinValue;
    private volatile BillingException? trouble;
    private volatile Task lastUseWrite = Task.CompletedTask;
    private int writingLastUsed;
    private bool disposed;

    /// <param name="database">Prepared by <see cref="Migrator.Prepare"/>.</param>
    public ApiKeys(Database database, TimeProvider time)
    {
        (this.database, this.time) = (database, time);
        connection = database.OpenReader();
        secret = DatabaseSecrets.Read(connection).KeySecret;
        localCaller = OwnerCaller(Mode.Test);
        Refresh();
    }

    /// <summary>How long a request waits for another one that looks up keys.</summary>
    internal TimeSpan Patience { get; init; } = DataFile.BusyTimeout;

    public (string Key, ApiKey Kept) Create(string name, Mode mode, FrozenSet<string> scopes, Instant? expiresAt)
    {
        string key = KeyText.Make(mode);
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        KeyText.Mac(key, secret, mac);
        string macText = Convert.ToHexStringLower(mac);
        var now = Now();
        return Alone(() =>
        {
            var kept = Write(connection, () =>
            {
                long workspace = Workspaces.Ensure(connection, mode, now);
                // Not secret, and few: random is enough, and tells nothing about how many keys there are.
                var made = new ApiKey(workspace, mode, "key_" + RandomNumberGenerator.GetHexString(20, lowercase: true), name, key[^4..], scopes, now, expiresAt, null, null);
                connection.Execute(
                    """
                    INSERT INTO api_key (workspace_id, key_id, name, mac, last_four, scopes, created_at, expires_at, revoked_at, last_used_at)
                    VALUES (@workspace, @id, @name, @mac, @four, @scopes, @created, @expires, NULL, NULL)
                    """,
                    ("@workspace", workspace), ("@id", made.Id), ("@name", name), ("@mac", macText), ("@four", made.LastFour),
                    ("@scopes", string.Join(',', scopes.Order(StringComparer.Ordinal))), ("@created", now.Microseconds), ("@expires", expiresAt?.Microseconds));
                return made;
            });
            Load();
            return (key, kept);
        });
    }

    public ApiKey? Find(ReadOnlySpan<char> key)
    {
        if (!KeyText.IsWellFormed(key))
        {
            return null;
        }
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        KeyText.Mac(key, secret, mac);
        return Find(mac);
    }

    public ApiKey? FindAtEnd(string text, int start)
    {
        if (macs.TryGetValue(text, out byte[]? known))
        {
            return Find(known);
        }
        var key = text.AsSpan(start).Trim(' ');
        if (!KeyText.IsWellFormed(key))
        {
            return null;
        }
        byte[] mac = new byte[HMACSHA256.HashSizeInBytes];
        KeyText.Mac(key, secret, mac);
        if (Find(mac) is not { } found)
        {
            return null;
        }
        macs.TryAdd(text, mac);
        return found;
    }

    public IReadOnlyList<ApiKey> List()
    {
        lock (gate)
        {
            RefreshLocked();
        }
        return [.. Volatile.Read(ref snapshot).Values.SelectMany(k => k).Select(k => k.Key).OrderByDescending(k => k.CreatedAt.Microseconds).ThenByDescending(k => k.Id, StringComparer.Ordinal)];
    }

    public bool Revoke(string keyId) => Alone(() =>
    {
        // The first revocation's time stays.
        int rows = Write(connection, () => connection.Execute(
            "UPDATE api_key SET revoked_at = COALESCE(revoked_at, @now) WHERE key_id = @id", ("@now", Now().Microseconds), ("@id", keyId)));
        Load();
        return rows > 0;
    });

    public Caller LocalCaller() => localCaller;

    public Caller OwnerCaller(Mode mode) => Alone(() =>
    {
        long workspace = Workspaces.Find(connection, mode) ?? Write(connection, () => Workspaces.Ensure(connection, mode, Now()));
        return new Caller(workspace, mode, Scopes.All);
    });

    public void Dispose()
    {
        // A write of the last uses that is under way still has the file open.
        lastUseWrite.Wait();
        lock (gate)
        {
            disposed = true;
            connection.Dispose();
        }
    }

    // With the connection to itself; who asks is told of the store's trouble as of any refusal.
    private T Alone<T>(Func<T> ask)
    {
        lock (gate)
        {
            return StorageException.Answered(ask);
        }
    }

    // Keys are nothing that writers keep, and of a new workspace they keep nothing yet.
    private static T Write<T>(DbConnection on, Func<T> work) => WriteAdmission.Write(on, work, ChangedRows.None);

    private Instant Now() => Instant.From(time.GetUtcNow());

    private ApiKey? Find(ReadOnlySpan<byte> mac)
    {
        RefreshWhenStale();
        var kept = Match(mac);
        if (kept is null)
        {
            Refresh();
            kept = Match(mac);
        }
        if (kept is null)
        {
            return null;
        }
        NoteUse(kept);
        return kept.Key;
    }

    // The dictionary finds by the first bytes of an HMAC, which nobody can steer without the secret; the whole is compared in constant time.
    private Kept? Match(ReadOnlySpan<byte> mac)
    {
        if (Volatile.Read(ref snapshot).TryGetValue(BitConverter.ToUInt64(mac), out var candidates))
        {
            foreach (var candidate in candidates)
            {
                if (CryptographicOperations.FixedTimeEquals(candidate.Mac, mac))
                {
                    return candidate;
                }
            }
        }
        return null;
    }

    private void RefreshWhenStale()
    {
        var age = time.GetElapsedTime(Volatile.Read(ref checkedAt));
        if (age < Staleness)
        {
            return;
        }
        // One request looks while the others go on with what is known; after an idle time, which nobody looked during, all wait.
        if (age > 2 * Staleness)
        {
            Refresh();
        }
        else if (gate.TryEnter())
        {
            try
            {
                RefreshLocked();
            }
            finally
            {
                gate.Exit();
            }
        }
    }

    // Whoever waited while another one looked has its answer already, if that look began after the question: of hundreds that come at once, two look.
    private void Refresh()
    {
        long asked = time.GetTimestamp();
        if (!gate.TryEnter())
        {
            // Where there is no way to the data, one finds out when there is one again; the others are told at once. A way may also be lost without a word: then
            // the look takes as long as a connection attempt, and nobody else waits for so long.
            if (trouble is { } known)
            {
                throw known;
            }
            if (!gate.TryEnter(Patience))
            {
                throw trouble = new BillingException(ErrorCode.TryAgain, "The data cannot be read at the moment.");
            }
        }
        try
        {
            if (lookedAt <= asked)
            {
                RefreshLocked();
            }
            else if (trouble is { } found)
            {
                throw found;
            }
        }
        finally
        {
            gate.Exit();
        }
    }

    private void RefreshLocked()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        long began = time.GetTimestamp();
        try
        {
            dataVersion = StorageException.Answered(LoadWhenChanged);
            Volatile.Write(ref checkedAt, time.GetTimestamp());
            trouble = null;
        }
        catch (BillingException e)
        {
            trouble = e;
            throw;
        }
        finally
        {
            lookedAt = began;
        }
    }

    private long? LoadWhenChanged()
    {
        // Changes when any other connection committed, so it is asked before the rows are read.
        long? version = Engine.Of(connection).Version(connection);
        if (version is null || version != dataVersion)
        {
            Load();
        }
        return version;
    }

    private void Load()
    {
        var keys = new List<Kept>();
        using var command = connection.Prepare(
            """
            SELECT k.workspace_id, w.mode, k.key_id, k.name, k.last_four, k.scopes, k.created_at, k.expires_at, k.revoked_at, k.last_used_at, k.mac
            FROM api_key k JOIN workspace w ON w.workspace_id = k.workspace_id
            """);
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            Instant? At(int column) => row.IsDBNull(column) ? null : new Instant(row.GetInt64(column));
            var key = new ApiKey(
                row.GetInt64(0), Workspaces.ModeOf(row.GetString(1)), row.GetString(2), row.GetString(3), row.GetString(4),
                row.GetString(5).Split(',', StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal),
                new Instant(row.GetInt64(6)), At(7), At(8), At(9));
            keys.Add(new Kept(Convert.FromHexString(row.GetString(10)), key));
        }
        Volatile.Write(ref snapshot, keys.GroupBy(k => BitConverter.ToUInt64(k.Mac)).ToFrozenDictionary(g => g.Key, g => g.ToArray()));
    }

    private void NoteUse(Kept kept)
    {
        var now = Now();
        if ((kept.NotedAt ?? kept.Key.LastUsedAt) is { } noted && now - noted < LastUsedResolution)
        {
            return;
        }
        kept.NotedAt = now;
        used[kept.Key.Id] = now;
        if (Interlocked.Exchange(ref writingLastUsed, 1) == 0)
        {
            lastUseWrite = Task.Run(WriteLastUsed);
        }
    }

    // Its own connection, so that waiting for another writer holds nobody up. Losing a time of use is no reason to fail anything.
    private void WriteLastUsed()
    {
        try
        {
            using var writer = database.OpenReader();
            var batch = used.ToArray();
            Write(writer, () =>
            {
                foreach (var (id, at) in batch)
                {
                    writer.Execute("UPDATE api_key SET last_used_at = @at WHERE key_id = @id AND COALESCE(last_used_at, 0) < @at", ("@at", at.Microseconds), ("@id", id));
                }
                return true;
            });
            foreach (var pair in batch)
            {
                used.TryRemove(pair);
            }
        }
        catch (Exception e) when (e is DbException or DataFileException or BillingException)
        {
            // Tried again with the next use.
        }
        finally
        {
            Volatile.Write(ref writingLastUsed, 0);
        }
    }

    private sealed class Kept(byte[] mac, ApiKey key)
    {
        public byte[] Mac { get; } = mac;
        public ApiKey Key { get; } = key;

        /// <summary>When a use was last passed on for writing. Races only cost a second write.</summary>
        public Instant? NotedAt { get; set; }
    }
}
