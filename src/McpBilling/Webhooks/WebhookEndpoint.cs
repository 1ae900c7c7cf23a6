using System.Collections.Immutable;
using System.ComponentModel;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Webhooks;

/// <summary>An address that messages are sent to.</summary>
/// <param name="Key">Storage key, unique in the workspace; never used again.</param>
/// <param name="Types">What it asked for; empty for all.</param>
/// <param name="DisabledReason">Why the program turned it off; null when it did not.</param>
/// <param name="Generation">Of its secret; from 1.</param>
/// <param name="PreviousUntil">Until when the generation before signs too; null for never.</param>
public sealed record WebhookEndpoint(
    long Key, string Url, ImmutableArray<string> Types, string? Description, bool Enabled, string? DisabledReason, Instant CreatedAt, long Generation, Instant? PreviousUntil)
{
    /// <summary>How many a workspace may have.</summary>
    public const int Most = 16;

    /// <summary>What <see cref="DisabledReason"/> says after an answer of 410.</summary>
    public const string Gone = "gone";

    /// <summary>The secrets that sign at a time, the newest first.</summary>
    public IEnumerable<byte[]> Secrets(byte[] master, long workspaceKey, Instant now)
    {
        yield return SigningSecret.Derive(master, workspaceKey, Key, CreatedAt, Generation);
        if (PreviousUntil > now)
        {
            yield return SigningSecret.Derive(master, workspaceKey, Key, CreatedAt, Generation - 1);
        }
    }

    /// <summary>The newest secret as its receiver is shown it.</summary>
    public string SecretText(byte[] master, long workspaceKey) => SigningSecret.Text(SigningSecret.Derive(master, workspaceKey, Key, CreatedAt, Generation));
}

/// <summary>An endpoint as it travels. Its secret is not part of it.</summary>
public sealed record WebhookEndpointView
{
    [Description("The endpoint's id (endpoint_…).")]
    public required string Id { get; init; }

    public required string Url { get; init; }

    [Description("What it is told; absent for everything.")]
    public IReadOnlyList<string>? Types { get; init; }

    public string? Description { get; init; }

    [Description("While false, messages wait up to three days.")]
    public required bool Enabled { get; init; }

    [Description("gone: the receiver answered 410, and the endpoint was turned off.")]
    public string? DisabledReason { get; init; }

    public required Instant CreatedAt { get; init; }

    [Description("Until when messages carry a second signature, by the secret before the last rotation.")]
    public Instant? PreviousSecretUntil { get; init; }

    public static WebhookEndpointView Of(WebhookEndpoint endpoint, PublicIds ids, long workspaceKey, Instant now) => new()
    {
        Id = ids.Format(IdKind.WebhookEndpoint, workspaceKey, endpoint.Key, endpoint.CreatedAt),
        Url = endpoint.Url,
        Types = endpoint.Types.IsEmpty ? null : endpoint.Types,
        Description = endpoint.Description,
        Enabled = endpoint.Enabled,
        DisabledReason = endpoint.DisabledReason,
        CreatedAt = endpoint.CreatedAt,
        PreviousSecretUntil = endpoint.PreviousUntil > now ? endpoint.PreviousUntil : null,
    };
}
