using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Server.Mcp.Keys;

internal sealed record ListApiKeysInput
{
    [DefaultValue(false), Description("Also keys that were revoked or have expired.")]
    public bool IncludeEnded { get; init; }
}

internal sealed record ApiKeyLine(
    string Id, string Name, string LastFour, Mode Mode, IReadOnlyList<string> Scopes,
    [property: Description("active, expired or revoked.")] string Status, Instant CreatedAt, Instant? ExpiresAt, Instant? RevokedAt, Instant? LastUsedAt);

internal sealed record ListApiKeysOutput(IReadOnlyList<ApiKeyLine> Keys, [property: Description("How many fit in all.")] int Total);

/// <summary>The keys of the caller's workspace; never the keys themselves, which nobody has any more.</summary>
internal sealed class ListApiKeys : Operation<ListApiKeysInput, ListApiKeysOutput>
{
    private const int Most = 200;

    private readonly McpSurface surface;

    [SetsRequiredMembers]
    public ListApiKeys(McpSurface surface)
    {
        this.surface = surface;
        Name = "list_api_keys";
        Title = "List API keys";
        Description = "The API keys of this workspace, newest first, each with its scopes, expiry and last use (at most 200). Keys themselves cannot be shown. Next: revoke_api_key for one that is no longer needed.";
        ToolSet = ToolSet.Admin;
        Scope = Scopes.Admin;
        Reads = true;
    }

    public override ValueTask<ListApiKeysOutput> Run(ListApiKeysInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        var now = Instant.From(surface.Clock.GetUtcNow());
        ApiKeyLine[] lines = [.. surface.ApiKeys!.List().Where(k => k.WorkspaceKey == caller.WorkspaceKey).Select(k => Line(k, now)).Where(k => input.IncludeEnded || k.Status == "active")];
        return ValueTask.FromResult(new ListApiKeysOutput([.. lines.Take(Most)], lines.Length));
    }

    private static ApiKeyLine Line(ApiKey key, Instant now) => new(
        key.Id, key.Name, key.LastFour, key.Mode, [.. key.ScopeNames.Order(StringComparer.Ordinal)],
        key.RevokedAt is not null ? "revoked" : key.ExpiresAt <= now ? "expired" : "active", key.CreatedAt, key.ExpiresAt, key.RevokedAt, key.LastUsedAt);
}
