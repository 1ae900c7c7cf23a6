using System.Text;
using McpBilling.Operations;
using McpBilling.Payments;
using Stripe;

namespace McpBilling.Stripe;

/// <summary>Tells Stripe's webhooks from everybody else's: signature over the bytes as they came, age, mode, version.</summary>
internal sealed class StripeWebhooks(StripeKeys keys)
{
    public const string Header = "stripe-signature";

    private const long ToleranceSeconds = 300;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <exception cref="WebhookRefusedException">Nobody may act on it.</exception>
    public Event Open(ReceivedWebhook webhook)
    {
        if (keys.WebhookSecrets.Count == 0)
        {
            throw new WebhookRefusedException($"{StripeKeys.WebhookSecretName} is not set: no webhook of Stripe can be told from a forged one.");
        }
        if (!webhook.Headers.TryGetValue(Header, out string? signature) || signature.Length is 0 or > 4096)
        {
            throw new WebhookRefusedException($"It has no {Header}.");
        }
        string body = Text(webhook.Body);
        if (!keys.WebhookSecrets.Any(secret => IsSigned(body, signature, secret, webhook.Now.Microseconds / 1_000_000)))
        {
            throw new WebhookRefusedException("It is not signed by one of our secrets, or more than five minutes ago.");
        }
        return Checked(Parsed(body));
    }

    private static bool IsSigned(string body, string signature, string secret, long now)
    {
        try
        {
            EventUtility.ValidateSignature(body, signature, secret, ToleranceSeconds, now);
            return true;
        }
        catch (StripeException)
        {
            return false;
        }
    }

    // What is not UTF-8 would change when read as text, and then the signature would be over something else.
    private static string Text(ReadOnlyMemory<byte> body)
    {
        try
        {
            return StrictUtf8.GetString(body.Span);
        }
        catch (DecoderFallbackException)
        {
            throw new WebhookRefusedException("Its body is not UTF-8.");
        }
    }

    private static Event Parsed(string body)
    {
        try
        {
            // The version is looked at below, where it can be said which one it is.
            return EventUtility.ParseEvent(body, throwOnApiVersionMismatch: false) is { Object: "event" } e ? e : throw new WebhookRefusedException("It is no event.");
        }
        catch (Exception e) when (e is not WebhookRefusedException)
        {
            throw new WebhookRefusedException($"Its body is no event of Stripe ({e.GetType().Name}).");
        }
    }

    private Event Checked(Event e) =>
        e.Livemode != (keys.Mode == Mode.Live) ? throw new WebhookRefusedException($"It is of the {(e.Livemode ? "live" : "test")} mode, and this address of the other.")
        : e.ApiVersion != StripeCalls.Version ? throw new WebhookRefusedException($"It is of the API version {Shown(e.ApiVersion)}: the webhook endpoint must be made with {StripeCalls.Version}.")
        : e;

    private static string Shown(string? version) => version is null ? "(none)" : version.Length > 40 ? version[..40] : version;
}
