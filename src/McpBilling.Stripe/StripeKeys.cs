using McpBilling.Operations;

namespace McpBilling.Stripe;

/// <summary>
/// What Stripe knows us by, read from the environment and kept in memory only: it is in no table, log, answer or exception.
/// <c>STRIPE_SECRET_KEY</c> and <c>STRIPE_WEBHOOK_SECRET</c> (two with a comma between them while one replaces the other) belong to the mode that the key names
/// itself; who runs both modes adds the other's as <c>STRIPE_TEST_…</c> or <c>STRIPE_LIVE_…</c>, which go before.
/// </summary>
public sealed class StripeKeys
{
    public const string SecretKeyName = "STRIPE_SECRET_KEY";
    public const string WebhookSecretName = "STRIPE_WEBHOOK_SECRET";
    public const string AutomaticTaxName = "STRIPE_AUTOMATIC_TAX";

    /// <param name="secretKey"><c>sk_…</c>, or a restricted <c>rk_…</c>.</param>
    /// <param name="webhookSecrets"><c>whsec_…</c>: the present one, and the one before it during a rotation. None: every webhook is refused.</param>
    /// <exception cref="ArgumentException">It is no such key; the message does not show it.</exception>
    public StripeKeys(string secretKey, IReadOnlyList<string> webhookSecrets)
    {
        Mode = ModeOf(secretKey) ?? throw new ArgumentException($"{SecretKeyName} is no secret key of Stripe: it begins with sk_test_, sk_live_, rk_test_ or rk_live_.", nameof(secretKey));
        if (secretKey.Any(char.IsWhiteSpace))
        {
            throw new ArgumentException($"{SecretKeyName} has a blank or a line break in it.", nameof(secretKey));
        }
        if (webhookSecrets.Count > 2 || !webhookSecrets.All(s => s.StartsWith("whsec_", StringComparison.Ordinal) && s.Length > 10))
        {
            throw new ArgumentException($"{WebhookSecretName} is no signing secret of a Stripe webhook endpoint: it begins with whsec_, or is two of them with a comma between.", nameof(webhookSecrets));
        }
        SecretKey = secretKey;
        WebhookSecrets = webhookSecrets;
    }

    /// <summary>Of the workspaces that this key is for.</summary>
    public Mode Mode { get; }

    /// <summary>Stripe Tax adds the tax on its page. The credit is the amount without it.</summary>
    public bool AutomaticTax { get; init; }

    internal string SecretKey { get; }

    internal IReadOnlyList<string> WebhookSecrets { get; }

    /// <summary>The keys of a mode.</summary>
    /// <returns>Null: none are set for it.</returns>
    /// <exception cref="ArgumentException">What is set is no key, or one of the other mode.</exception>
    public static StripeKeys? Read(Func<string, string?> environment, Mode mode)
    {
        string own = mode == Mode.Live ? "STRIPE_LIVE_" : "STRIPE_TEST_";
        string? Of(string name) => environment(name) is { } value && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;
        string? ownKey = Of(SecretKeyName.Replace("STRIPE_", own, StringComparison.Ordinal));
        string? key = ownKey ?? Of(SecretKeyName);
        if (key is null || (ownKey is null && ModeOf(key) is { } other && other != mode))
        {
            return null;
        }
        string? secrets = ownKey is null ? Of(WebhookSecretName) : Of(WebhookSecretName.Replace("STRIPE_", own, StringComparison.Ordinal));
        var keys = new StripeKeys(key, secrets?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [])
        {
            AutomaticTax = string.Equals(Of(AutomaticTaxName), "true", StringComparison.OrdinalIgnoreCase),
        };
        return keys.Mode == mode
            ? keys
            : throw new ArgumentException($"{own}SECRET_KEY is a key of the other mode.", nameof(environment));
    }

    /// <summary>Says no more than the mode.</summary>
    public override string ToString() => $"Stripe, {(Mode == Mode.Live ? "live" : "test")}";

    private static Mode? ModeOf(string key) =>
        key.StartsWith("sk_test_", StringComparison.Ordinal) || key.StartsWith("rk_test_", StringComparison.Ordinal) ? Operations.Mode.Test
        : key.StartsWith("sk_live_", StringComparison.Ordinal) || key.StartsWith("rk_live_", StringComparison.Ordinal) ? Operations.Mode.Live
        : null;
}
