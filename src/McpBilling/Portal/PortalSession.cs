using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Portal;

/// <summary>
/// A customer's way into the portal: first a link that works once and soon ends, then the session that it was exchanged for. Times are real ones, also in
/// workspaces with a test clock: this is about who looks, not about money.
/// </summary>
/// <param name="Key">Storage key, unique in the workspace.</param>
/// <param name="Id">Public id (<c>portal_…</c>).</param>
/// <param name="ReturnUrl">Where the app wants its customer back; null: nowhere.</param>
/// <param name="Language">What the app asked for; null: what the browser asks for.</param>
/// <param name="ExpiresAt">When the session ends.</param>
public sealed record PortalSession(long WorkspaceKey, Mode Mode, long Key, string Id, string CustomerId, string? ReturnUrl, string? Language, Instant ExpiresAt)
{
    /// <summary>How long a link works.</summary>
    public static readonly TimeSpan LinkTime = TimeSpan.FromMinutes(10);

    /// <summary>How long a session lasts from the exchange on, whatever is done in it.</summary>
    public static readonly TimeSpan SessionTime = TimeSpan.FromHours(12);
}

/// <summary>A secret of 256 random bits, and what is kept of it.</summary>
/// <param name="Text">Shown once: the workspace, a dot, and the secret.</param>
/// <param name="Hash">What is stored: a keyed hash, from which the text cannot be had.</param>
public sealed record PortalToken(string Text, string Hash);

/// <summary>Makes and reads the secrets of the portal.</summary>
public interface IPortalTokens
{
    /// <summary>A new one for this workspace.</summary>
    PortalToken Make(long workspaceKey);

    /// <summary>The workspace that a text says it is of, and its hash; null for anything that <see cref="Make"/> did not make the form of.</summary>
    (long WorkspaceKey, string Hash)? Read(string text);
}

/// <summary>Reads sessions.</summary>
public interface IPortalSessions
{
    /// <summary>Whether there ever was such a link: what was made up is refused without the writer.</summary>
    ValueTask<bool> IsLink(long workspaceKey, string linkHash);

    /// <summary>The session of a cookie; null when there is none, or it has ended or was revoked: no difference tells.</summary>
    ValueTask<PortalSession?> Find(long workspaceKey, string sessionHash);
}

/// <summary>Work of the writer on portal sessions. They are no money: the ledger does not know of them.</summary>
public interface IPortalCommand;

/// <summary>Such work with the type of its answer.</summary>
public abstract class PortalCommand<TOutput> : Command<TOutput>, IPortalCommand
{
}

/// <summary>Adds a link; answers the session that it leads to, whose time is the link's as yet.</summary>
/// <exception cref="BillingException"><c>customer_not_found</c>.</exception>
public sealed class AddPortalLink(string customerId, string linkHash, string? returnUrl, string? language) : PortalCommand<PortalSession>
{
    public string CustomerId { get; } = customerId;
    public string LinkHash { get; } = linkHash;
    public string? ReturnUrl { get; } = returnUrl;
    public string? Language { get; } = language;
}

/// <summary>Exchanges a link for a session: once. Answers null when the link is unknown, used, over or revoked.</summary>
public sealed class EnterPortal(string linkHash, string sessionHash) : PortalCommand<PortalEntry>
{
    public string LinkHash { get; } = linkHash;
    public string SessionHash { get; } = sessionHash;
}

/// <param name="Session">Null: refused.</param>
public sealed record PortalEntry(PortalSession? Session);

/// <summary>Ends links and sessions: one, or all of a customer.</summary>
public sealed class EndPortalSessions(string? id, string? customerId) : PortalCommand<EndedPortalSessions>
{
    public string? Id { get; } = id;
    public string? CustomerId { get; } = customerId;
}

/// <param name="Found">False: there is none of that id, or no such customer.</param>
/// <param name="Count">How many were not over yet.</param>
public sealed record EndedPortalSessions(bool Found, int Count);
