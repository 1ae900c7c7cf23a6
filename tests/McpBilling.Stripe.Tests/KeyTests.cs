using McpBilling.Operations;

namespace McpBilling.Stripe.Tests;

public sealed class KeyTests
{
    [Fact]
    public void A_key_belongs_to_the_mode_that_it_names()
    {
        var environment = Environment((StripeKeys.SecretKeyName, Make.TestKey), (StripeKeys.WebhookSecretName, $"{Make.Secret}, {Make.OtherSecret}"));
        var keys = StripeKeys.Read(environment, Mode.Test)!;
        Assert.Equal((Mode.Test, 2), (keys.Mode, keys.WebhookSecrets.Count));
        Assert.Null(StripeKeys.Read(environment, Mode.Live));
    }

    [Fact]
    public void Both_modes_can_have_keys()
    {
        var environment = Environment(
            (StripeKeys.SecretKeyName, Make.LiveKey), (StripeKeys.WebhookSecretName, Make.Secret), ("STRIPE_TEST_SECRET_KEY", Make.TestKey), ("STRIPE_TEST_WEBHOOK_SECRET", Make.OtherSecret));
        Assert.Equal([Make.OtherSecret], StripeKeys.Read(environment, Mode.Test)!.WebhookSecrets);
        Assert.Equal([Make.Secret], StripeKeys.Read(environment, Mode.Live)!.WebhookSecrets);
    }

    [Theory]
    [InlineData("pk_test_planted0123456789")]
    [InlineData("planted0123456789")]
    public void What_is_no_secret_key_is_refused_without_being_shown(string value)
    {
        var refused = Assert.Throws<ArgumentException>(() => StripeKeys.Read(Environment((StripeKeys.SecretKeyName, value)), Mode.Test));
        Assert.DoesNotContain("planted", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_of_the_other_mode_is_refused() =>
        Assert.Throws<ArgumentException>(() => StripeKeys.Read(Environment(("STRIPE_LIVE_SECRET_KEY", Make.TestKey)), Mode.Live));

    [Fact]
    public void A_webhook_secret_must_look_like_one() =>
        Assert.DoesNotContain(
            "planted", Assert.Throws<ArgumentException>(() => StripeKeys.Read(Environment((StripeKeys.SecretKeyName, Make.TestKey), (StripeKeys.WebhookSecretName, "planted")), Mode.Test)).Message, StringComparison.Ordinal);

    [Fact]
    public void Nothing_that_can_be_printed_shows_a_key()
    {
        var keys = Make.Keys();
        using var processor = Make.Processor(new ScriptedStripe((200, "{}")));
        Assert.DoesNotContain("planted", $"{keys} {processor} {System.Text.Json.JsonSerializer.Serialize(keys)}", StringComparison.Ordinal);
    }

    [Fact]
    public void Without_keys_there_is_no_Stripe() => Assert.Null(StripeProcessor.FromEnvironment(_ => null, Mode.Test, TimeProvider.System));

    [Fact]
    public void The_version_is_the_one_that_the_library_speaks() => Assert.Equal(StripeCalls.Version, global::Stripe.StripeConfiguration.ApiVersion);

    private static Func<string, string?> Environment(params (string Name, string Value)[] set) => name => set.Where(s => s.Name == name).Select(s => s.Value).FirstOrDefault();
}
