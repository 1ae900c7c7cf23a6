using System.Collections.Frozen;
using McpBilling.Payments;
using Stripe;

namespace McpBilling.Stripe;

/// <summary>What a decline means for trying again: the advice that the bank gave with it, else what its code says. Source: Stripe's documentation of declines.</summary>
internal static class StripeDeclines
{
    private const string AuthenticationRequired = "authentication_required";

    // The card as it is will not do, another one or a correction will.
    private static readonly FrozenSet<string> AfterCustomer = Set(
        "expired_card incorrect_number invalid_number incorrect_cvc invalid_cvc incorrect_zip incorrect_address invalid_expiry_month invalid_expiry_year card_not_supported " +
        "currency_not_supported new_account_information_available offline_pin_required online_or_offline_pin_required incorrect_pin invalid_pin pin_try_exceeded invalid_amount " +
        "transaction_not_allowed service_not_allowed not_permitted no_action_taken testmode_decline payment_method_customer_decline payment_method_unactivated payment_method_unexpected_state " +
        "payment_intent_authentication_failure setup_intent_authentication_failure resource_missing payment_method_not_available payment_method_provider_decline");

    // Nothing will: the bank or the holder said no for good.
    private static readonly FrozenSet<string> Never = Set(
        "do_not_try_again lost_card stolen_card pickup_card restricted_card fraudulent merchant_blacklist security_violation invalid_account stop_payment_order revocation_of_authorization " +
        "revocation_of_all_authorizations account_closed bank_account_restricted");

    /// <summary>Whether it is the holder that is asked for, and not money or another card.</summary>
    public static bool AsksForAuthentication(StripeError error) => error.Code == AuthenticationRequired || error.DeclineCode == AuthenticationRequired;

    /// <summary>The most precise word that there is for it.</summary>
    public static string CodeOf(StripeError? error) => error?.DeclineCode ?? error?.Code ?? error?.Type ?? "declined";

    public static RetryAdvice AdviceOf(StripeError? error) => error is null ? RetryAdvice.Later : AdviceOf(error.AdviceCode, CodeOf(error));

    public static RetryAdvice AdviceOf(string? advice, string code) => advice switch
    {
        "do_not_try_again" => RetryAdvice.Never,
        "try_again_later" => RetryAdvice.Later,
        "confirm_card_data" => RetryAdvice.AfterCustomer,
        _ => code == AuthenticationRequired || AfterCustomer.Contains(code) ? RetryAdvice.AfterCustomer : Never.Contains(code) ? RetryAdvice.Never : RetryAdvice.Later,
    };

    private static FrozenSet<string> Set(string codes) => codes.Split(' ').ToFrozenSet(StringComparer.Ordinal);
}
