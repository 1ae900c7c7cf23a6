using System.Collections.Frozen;

namespace McpBilling.Operations;

/// <summary>Test workspaces may move their clock and be reset; live ones hold real money.</summary>
public enum Mode
{
    Test,
    Live,
}

/// <summary>What a key may do. <c>write</c> scopes imply nothing else: a key lists each that it has.</summary>
public static class Scopes
{
    public const string CatalogRead = "catalog:read";
    public const string CatalogWrite = "catalog:write";
    public const string CustomersRead = "customers:read";
    public const string CustomersWrite = "customers:write";
    public const string UsageRead = "usage:read";
    public const string UsageWrite = "usage:write";
    public const string WalletsWrite = "wallets:write";
    public const string PaymentsWrite = "payments:write";
    public const string PortalWrite = "portal:write";
    public const string Admin = "admin";
    public const string WebhooksWrite = "webhooks:write";

    public static readonly FrozenSet<string> All =
        new[] { CatalogRead, CatalogWrite, CustomersRead, CustomersWrite, UsageRead, UsageWrite, WalletsWrite, PaymentsWrite, PortalWrite, WebhooksWrite, Admin }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The scopes that change nothing: what a read-only key has (<c>--scopes read</c>).</summary>
    public static readonly FrozenSet<string> ReadOnly = new[] { CatalogRead, CustomersRead, UsageRead }.ToFrozenSet(StringComparer.Ordinal);
}

/// <summary>Who asks: one workspace, one mode, some scopes. Every query and command is bound to it.</summary>
/// <param name="WorkspaceKey">The workspace's key in storage; the first part of every row's key.</param>
/// <param name="Mode">The workspace's mode.</param>
/// <param name="ScopeNames">What the caller may do.</param>
/// <param name="KeyId">The API key used, or null for the local user of <c>stdio</c>.</param>
public sealed record Caller(long WorkspaceKey, Mode Mode, FrozenSet<string> ScopeNames, string? KeyId = null)
{
    /// <exception cref="BillingException"><c>forbidden</c>, naming the scope.</exception>
    public void Require(string scope)
    {
        if (!ScopeNames.Contains(scope))
        {
            throw new BillingException(ErrorCode.Forbidden, $"This key lacks the scope {scope}.");
        }
    }
}
