using System.Collections.Frozen;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Server.Hosting;

namespace McpBilling.Server.Mcp.Keys;

internal sealed record CreateApiKeyInput
{
    [Description("What the key is for, such as my-app."), StringLength(100, MinimumLength = 1)]
    public required string Name { get; init; }

    [Description("Default: that of this workspace; live is confirmed by the user.")]
    public Mode? Mode { get; init; }

    [Description("Default: what an app needs to charge."), Length(1, 20)]
    public IReadOnlyList<string>? Scopes { get; init; }

    [Description("When it ends by itself; default never."), Range(1, 36_500)]
    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public int? ExpiresInDays { get; init; }

    [Description("Path inside the project; a file named .env, .env.* or *.env."), DefaultValue(EnvPlace.DefaultName), StringLength(300, MinimumLength = 1)]
    public string EnvFile { get; set; } = EnvPlace.DefaultName;
}

internal sealed record CreateApiKeyOutput(
    string Id,
    string LastFour,
    Mode Mode,
    IReadOnlyList<string> Scopes,
    Instant? ExpiresAt,
    [property: Description("The file that now holds MCP_BILLING_URL and MCP_BILLING_KEY.")] string WrittenTo,
    IReadOnlyList<string> Warnings);

/// <summary>Makes a key for the app under construction and writes it where the app reads it. Only for the local user of stdio, whose disk it is.</summary>
internal sealed class CreateApiKey : EnvFileTool<CreateApiKeyInput, CreateApiKeyOutput>
{
    /// <summary>What an app needs at run time, links into its customers' portal too. It cannot give credit, change prices or make keys.</summary>
    private static readonly FrozenSet<string> ForApps =
        new[] { Operations.Scopes.CatalogRead, Operations.Scopes.CustomersRead, Operations.Scopes.CustomersWrite, Operations.Scopes.UsageRead, Operations.Scopes.UsageWrite, Operations.Scopes.PortalWrite }.ToFrozenSet(StringComparer.Ordinal);

    private readonly McpSurface surface;

    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    public CreateApiKey(McpSurface surface)
    {
        this.surface = surface;
        Name = "create_api_key";
        Title = "Create an API key";
        Description =
            "Makes or generates a key (secret, access token, credentials) with which your app, service or server authenticates, test or production, and writes " +
            "MCP_BILLING_URL and MCP_BILLING_KEY into an env file such as .env, whose other lines stay; shows only id and last four characters. Next: start the " +
            "app, verify_integration.";
        ToolSet = ToolSet.Setup;
        Scope = Operations.Scopes.Admin;
        Idempotent = false;
    }

    /// <summary>Who may call it where: HTTP callers have neither this folder nor its user's consent.</summary>
    public static bool IsOfferedBy(McpSurface surface) => surface is { KeepsKeys: true, LocalFolder: not null };

    protected override ValueTask<CreateApiKeyOutput> Write(CreateApiKeyInput input, IReadOnlyList<string>? roots, Caller caller, CancellationToken cancellation) =>
        ValueTask.FromResult(Create(input, caller, roots));

    private CreateApiKeyOutput Create(CreateApiKeyInput input, Caller caller, IReadOnlyList<string>? roots)
    {
        var keys = surface.ApiKeys!;
        var scopes = ScopesOf(input, caller);
        var mode = input.Mode ?? caller.Mode;
        if (caller.KeyId is not null && mode != caller.Mode)
        {
            throw new BillingException(ErrorCode.Forbidden, $"This process acts with a {NameOf(caller.Mode)} key and can make {NameOf(caller.Mode)} keys only.", "mode");
        }
        if (input.Name.Any(char.IsControl) || string.IsNullOrWhiteSpace(input.Name))
        {
            throw new BillingException(ErrorCode.InvalidRequest, "name must be printable text, such as my-app.", "name");
        }
        string path = EnvPlace.Find(roots, surface.LocalFolder!, input.EnvFile);
        List<string> warnings = [.. GitCheck.Warnings(path)];
        var now = Instant.From(surface.Clock.GetUtcNow());
        Instant? expires = input.ExpiresInDays is { } days ? now + TimeSpan.FromDays(days) : null;
        if (surface.RuntimeUrl is null)
        {
            warnings.Add($"No runtime API runs on this data now; MCP_BILLING_URL is the usual address. Start it with: mcp-billing serve --urls {ListenUrls.Default}");
        }
        using var file = EnvFile.Open(path);
        NoteReplaced(keys, file, caller, warnings);
        var (key, kept) = keys.Create(input.Name, mode, scopes, expires);
        try
        {
            file.Save((EnvFile.UrlVariable, surface.RuntimeUrl ?? ListenUrls.Default), (EnvFile.KeyVariable, key));
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            keys.Revoke(kept.Id);
            throw new BillingException(ErrorCode.EnvFileRefused, $"{path} could not be written, and the new key was revoked again.", "env_file");
        }
        return new(kept.Id, kept.LastFour, mode, [.. scopes.Order(StringComparer.Ordinal)], expires, path, warnings);
    }

    private static FrozenSet<string> ScopesOf(CreateApiKeyInput input, Caller caller)
    {
        foreach (var (i, scope) in (input.Scopes ?? []).Index())
        {
            if (!Operations.Scopes.All.Contains(scope))
            {
                string all = string.Join(", ", Operations.Scopes.All.Order(StringComparer.Ordinal));
                throw InputGuard.Refusal([new($"/scopes/{i}", $"there is no scope \"{scope}\"", NearestName.Hint(scope, Operations.Scopes.All) ?? $"Use one of {all}.") { Found = $"\"{scope}\"", Allowed = all }]);
            }
        }
        var scopes = input.Scopes?.ToFrozenSet(StringComparer.Ordinal) ?? ForApps;
        return scopes.Except(caller.ScopeNames).FirstOrDefault() is { } beyond
            ? throw new BillingException(ErrorCode.Forbidden, $"A key cannot be given the scope {beyond}, which this process does not have itself.", "scopes")
            : scopes;
    }

    private static void NoteReplaced(IApiKeys keys, EnvFile file, Caller caller, List<string> warnings)
    {
        if (file.PresentKey is { } present && keys.Find(present) is { RevokedAt: null } old)
        {
            warnings.Add($"The file held the key {old.Id} (…{old.LastFour}) before, which still works"
                + (old.WorkspaceKey == caller.WorkspaceKey ? $"; end it with revoke_api_key, or in a terminal with mcp-billing keys revoke {old.Id}." : "."));
        }
        warnings.AddRange(file.Warnings);
    }

    private static string NameOf(Mode mode) => JsonNamingPolicy.SnakeCaseLower.ConvertName(mode.ToString());
}
