using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Operations;

namespace McpBilling.Server.Mcp.Keys;

internal sealed record RevokeApiKeyInput
{
    [Description("The key's id (key_…), from list_api_keys; never the key itself."), StringLength(100, MinimumLength = 1)]
    public required string KeyId { get; init; }
}

internal sealed record RevokeApiKeyOutput(string Id, string Name, string LastFour, [property: Description("Always revoked.")] string Status);

/// <summary>Ends a key of the caller's workspace for good.</summary>
internal sealed class RevokeApiKey : Operation<RevokeApiKeyInput, RevokeApiKeyOutput>
{
    private readonly McpSurface surface;

    [SetsRequiredMembers]
    public RevokeApiKey(McpSurface surface)
    {
        this.surface = surface;
        Name = "revoke_api_key";
        Title = "Revoke an API key";
        Description = "Ends an API key for good: within a second every server refuses it, and the app that uses it stops charging. The user is asked first. Next: create_api_key for a new one.";
        ToolSet = ToolSet.Admin;
        Scope = Scopes.Admin;
        Destroys = true;
    }

    public override ValueTask<RevokeApiKeyOutput> Run(RevokeApiKeyInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        var keys = surface.ApiKeys!;
        var own = keys.List().Where(k => k.WorkspaceKey == caller.WorkspaceKey).ToArray();
        if (own.FirstOrDefault(k => k.Id == input.KeyId) is not { } key)
        {
            // Whoever sends a key instead of its id must not find it repeated in an error.
            bool isKey = input.KeyId.StartsWith("mb_", StringComparison.Ordinal);
            string hint = isKey ? "" : " " + NearestName.Hint(input.KeyId, own.Where(k => k.RevokedAt is null).Select(k => k.Id));
            throw new BillingException(ErrorCode.KeyNotFound, (isKey ? "key_id takes the key's id (key_…), not the key." : $"There is no key {Shown(input.KeyId)} in this workspace.{hint}").TrimEnd(), "key_id");
        }
        keys.Revoke(key.Id);
        return ValueTask.FromResult(new RevokeApiKeyOutput(key.Id, key.Name, key.LastFour, "revoked"));
    }

    private static string Shown(string id) => id.Length > 64 ? id[..64] + "…" : id;
}
