using System.Collections.Frozen;
using McpBilling.Money;

namespace McpBilling.Operations;

/// <summary>A key as it is kept: never the key itself, only its HMAC.</summary>
/// <param name="Id">Public id (<c>key_…</c>).</param>
/// <param name="LastFour">The key's last four characters, for people to recognize it.</param>
public sealed record ApiKey(
    long WorkspaceKey, Mode Mode, string Id, string Name, string LastFour, FrozenSet<string> ScopeNames,
    Instant CreatedAt, Instant? ExpiresAt, Instant? RevokedAt, Instant? LastUsedAt)
{
    public Caller ToCaller() => new(WorkspaceKey, Mode, ScopeNames, Id);
}

/// <summary>Creates and finds keys. A key is <c>mb_test_…</c> or <c>mb_live_…</c> and is shown once.</summary>
public interface IApiKeys
{
    /// <summary>Creates a key in the default workspace of a mode, which is made when it does not exist yet.</summary>
    /// <returns>The key in clear, which cannot be had again, and what is kept of it.</returns>
    (string Key, ApiKey Kept) Create(string name, Mode mode, FrozenSet<string> scopes, Instant? expiresAt);

    /// <summary>The kept key that matches, compared in constant time; null when there is none. Expired and revoked ones are returned as such.</summary>
    ApiKey? Find(ReadOnlySpan<char> key);

    /// <summary>
    /// The same for a key at the end of a text that comes again and again as the same object, as a header of one connection does: its HMAC is calculated once and
    /// lives as long as the text.
    /// </summary>
    /// <param name="start">Where the key begins, blanks before and behind it included. Of one text always the same.</param>
    ApiKey? FindAtEnd(string text, int start);

    /// <summary>Every key, newest first.</summary>
    IReadOnlyList<ApiKey> List();

    /// <summary>Ends a key. False when there is none of that id.</summary>
    bool Revoke(string keyId);

    /// <summary>The caller that needs no key: the local user of <c>stdio</c>, and <c>--allow-anonymous</c>. Full rights on the default test workspace.</summary>
    Caller LocalCaller();

    /// <summary>The person at the command line, who owns the data file: full rights on the default workspace of a mode, which is made when it does not exist yet.</summary>
    Caller OwnerCaller(Mode mode);
}
