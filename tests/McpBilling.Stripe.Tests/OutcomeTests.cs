using McpBilling.Payments;

namespace McpBilling.Stripe.Tests;

/// <summary>What an answer of Stripe, or none, means for money.</summary>
public sealed class OutcomeTests
{
    [Theory]
    // The bank's advice goes before what its code would say.
    [InlineData("insufficient_funds", "do_not_try_again", RetryAdvice.Never)]
    [InlineData("insufficient_funds", "try_again_later", RetryAdvice.Later)]
    [InlineData("generic_decline", "confirm_card_data", RetryAdvice.AfterCustomer)]
    [InlineData("lost_card", "try_again_later", RetryAdvice.Later)]
    // Without advice, the code.
    [InlineData("insufficient_funds", null, RetryAdvice.Later)]
    [InlineData("generic_decline", null, RetryAdvice.Later)]
    [InlineData("processing_error", null, RetryAdvice.Later)]
    [InlineData("issuer_not_available", null, RetryAdvice.Later)]
    [InlineData("a_code_of_tomorrow", null, RetryAdvice.Later)]
    [InlineData("expired_card", null, RetryAdvice.AfterCustomer)]
    [InlineData("incorrect_cvc", null, RetryAdvice.AfterCustomer)]
    [InlineData("lost_card", null, RetryAdvice.Never)]
    [InlineData("stolen_card", null, RetryAdvice.Never)]
    [InlineData("fraudulent", null, RetryAdvice.Never)]
    [InlineData("revocation_of_all_authorizations", null, RetryAdvice.Never)]
    public async Task A_decline_says_whether_to_try_again(string code, string? advice, RetryAdvice retry)
    {
        string error = $$$"""{"error":{"type":"card_error","code":"card_declined","decline_code":"{{{code}}}"{{{(advice is null ? "" : $",\"advice_code\":\"{advice}\"")}}},"payment_intent":{"object":"payment_intent","id":"pi_1"} } }""";
        Assert.Equal(new PaymentOutcome.Declined("pi_1", code, retry), await Charge((402, error)));
    }

    [Theory]
    [InlineData("""{"type":"card_error","code":"authentication_required","decline_code":"authentication_required","payment_intent":{"object":"payment_intent","id":"pi_1"}}""")]
    [InlineData("""{"type":"card_error","code":"card_declined","decline_code":"authentication_required","payment_intent":{"object":"payment_intent","id":"pi_1"}}""")]
    public async Task The_bank_asks_for_the_holder(string error) =>
        Assert.Equal(new PaymentOutcome.ActionRequired("pi_1", null), await Charge((402, $$"""{"error":{{error}} }""")));

    [Theory]
    [InlineData("""{"object":"payment_intent","id":"pi_1","status":"succeeded"}""", typeof(PaymentOutcome.Succeeded))]
    [InlineData("""{"object":"payment_intent","id":"pi_1","status":"processing"}""", typeof(PaymentOutcome.Pending))]
    [InlineData("""{"object":"payment_intent","id":"pi_1","status":"requires_action"}""", typeof(PaymentOutcome.ActionRequired))]
    [InlineData("""{"object":"payment_intent","id":"pi_1","status":"requires_payment_method","last_payment_error":{"type":"card_error","code":"authentication_required"}}""", typeof(PaymentOutcome.ActionRequired))]
    [InlineData("""{"object":"payment_intent","id":"pi_1","status":"requires_payment_method","last_payment_error":{"type":"card_error","decline_code":"lost_card"}}""", typeof(PaymentOutcome.Declined))]
    [InlineData("""{"object":"payment_intent","id":"pi_1","status":"canceled"}""", typeof(PaymentOutcome.Declined))]
    [InlineData("""{"object":"payment_intent","id":"pi_1","status":"a_state_of_tomorrow"}""", typeof(PaymentOutcome.Pending))]
    public async Task An_answered_charge(string payment, Type outcome) => Assert.IsType(outcome, await Charge((200, payment)));

    [Theory]
    [InlineData(ScriptedStripe.Silence, "")]
    [InlineData(ScriptedStripe.Broken, "")]
    [InlineData(500, """{"error":{"type":"api_error"}}""")]
    [InlineData(502, "<html>bad gateway</html>")]
    [InlineData(200, "cut off {")]
    [InlineData(409, """{"error":{"type":"invalid_request_error","code":"idempotency_key_in_use"}}""")]
    public async Task No_answer_is_unknown_and_never_a_failure(int status, string body)
    {
        Assert.IsType<PaymentOutcome.Unknown>(await Charge((status, body)));
        using var processor = Processor(out _, (status, body));
        Assert.IsType<PaymentOutcome.Unknown>(await processor.Refund(new("k1"), "pi_1", Make.Money("usd", "1"), default));
        var told = await Assert.ThrowsAsync<ProcessorException>(async () => await processor.CreateTopUp(new("k1"), Make.Order(), default));
        Assert.True(told.IsUnknown);
    }

    [Fact]
    public async Task Whoever_stops_waiting_is_told_so_and_nothing_else()
    {
        using var stop = new CancellationTokenSource();
        using var processor = Processor(out _, (ScriptedStripe.Silence, ""));
        var charge = processor.Charge(new("k1"), Make.Order(), "pm_1", stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await charge);
    }

    [Fact]
    public async Task After_a_failure_of_Stripe_the_same_is_sent_again_under_the_same_key()
    {
        using var processor = Processor(out var stripe, (500, """{"error":{"type":"api_error"}}"""), (ScriptedStripe.Broken, ""), (200, """{"object":"payment_intent","id":"pi_1","status":"succeeded"}"""));
        Assert.Equal(new PaymentOutcome.Succeeded("pi_1"), await processor.Charge(new("k1"), Make.Order(), "pm_1", default));
        Assert.Equal(3, stripe.Sent.Count);
        Assert.All(stripe.Sent, s => Assert.Equal(("k1", stripe.Sent[0].Body), (s.Key, s.Body)));
    }

    [Fact]
    public async Task One_request_too_many_is_sent_again_after_a_pause_but_not_for_ever()
    {
        const string Limit = """{"error":{"type":"invalid_request_error","code":"rate_limit"}}""";
        using var processor = Processor(out var stripe, (429, Limit), (200, """{"object":"payment_intent","id":"pi_1","status":"succeeded"}"""));
        Assert.IsType<PaymentOutcome.Succeeded>(await processor.Charge(new("k1"), Make.Order(), "pm_1", default));
        Assert.Equal(["k1", "k1"], stripe.Sent.Select(s => s.Key));

        using var never = Processor(out var refusing, (429, Limit));
        var refused = await Assert.ThrowsAsync<ProcessorException>(async () => await never.Charge(new("k1"), Make.Order(), "pm_1", default));
        Assert.Equal((false, true, 3), (refused.IsUnknown, refused.CanRetry, refusing.Sent.Count));
    }

    [Theory]
    [InlineData(401, """{"type":"invalid_request_error","message":"Invalid API Key provided: sk_test_plan******6789"}""", true)]
    [InlineData(403, """{"type":"invalid_request_error","code":"secret_key_required"}""", true)]
    [InlineData(400, """{"type":"idempotency_error","message":"Keys for idempotent requests can only be used with the same parameters"}""", false)]
    public async Task A_key_that_is_wrong_takes_no_money_and_is_not_shown(int status, string error, bool canRetry)
    {
        using var processor = Processor(out _, (status, $$"""{"error":{{error}} }"""));
        var refused = await Assert.ThrowsAsync<ProcessorException>(async () => await processor.Charge(new("k1"), Make.Order(), "pm_1", default));
        Assert.Equal((false, canRetry), (refused.IsUnknown, refused.CanRetry));
        Assert.DoesNotContain("6789", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_card_that_is_gone_wants_another()
    {
        var outcome = await Charge((400, """{"error":{"type":"invalid_request_error","code":"resource_missing","param":"payment_method"}}"""));
        Assert.Equal(new PaymentOutcome.Declined(null, "resource_missing", RetryAdvice.AfterCustomer), outcome);
    }

    [Theory]
    [InlineData(200, """{"object":"refund","id":"re_1","status":"succeeded"}""", "Succeeded { Reference = re_1 }")]
    [InlineData(200, """{"object":"refund","id":"re_1","status":"pending"}""", "Pending { Reference = re_1 }")]
    [InlineData(200, """{"object":"refund","id":"re_1","status":"requires_action"}""", "Pending { Reference = re_1 }")]
    [InlineData(200, """{"object":"refund","id":"re_1","status":"failed","failure_reason":"expired_or_canceled_card"}""", "Declined { Reference = re_1, Code = expired_or_canceled_card, Retry = Never }")]
    [InlineData(400, """{"error":{"type":"invalid_request_error","code":"charge_already_refunded"}}""", "Declined { Reference = , Code = charge_already_refunded, Retry = Never }")]
    [InlineData(400, """{"error":{"type":"invalid_request_error","code":"balance_insufficient"}}""", "Declined { Reference = , Code = balance_insufficient, Retry = Later }")]
    public async Task An_answered_refund(int status, string body, string outcome)
    {
        using var processor = Processor(out _, (status, body));
        Assert.Equal(outcome, (await processor.Refund(new("refund_1"), "pi_1", Make.Money("usd", "1"), default)).ToString());
    }

    [Theory]
    [InlineData("cs_1", """{"object":"checkout.session","id":"cs_1","status":"complete"}""", false)]
    [InlineData("cs_1", """{"object":"checkout.session","id":"cs_1","status":"expired"}""", true)]
    [InlineData("pi_1", """{"object":"payment_intent","id":"pi_1","status":"succeeded"}""", false)]
    [InlineData("pi_1", """{"object":"payment_intent","id":"pi_1","status":"canceled"}""", true)]
    public async Task A_page_that_was_paid_cannot_be_closed(string reference, string now, bool closed)
    {
        using var processor = Processor(out _, (400, """{"error":{"type":"invalid_request_error","code":"payment_intent_unexpected_state"}}"""), (200, now));
        Assert.Equal(closed, await processor.CloseTopUp(new("k1"), reference, default));
    }

    [Fact]
    public async Task A_card_that_was_removed_before_is_removed()
    {
        using var processor = Processor(out _, (400, """{"error":{"type":"invalid_request_error"}}"""), (200, """{"object":"payment_method","id":"pm_1","customer":null}"""));
        await processor.RemoveInstrument(new("k1"), "pm_1", default);
        using var attached = Processor(out _, (400, """{"error":{"type":"invalid_request_error"}}"""), (200, """{"object":"payment_method","id":"pm_1","customer":"cus_1"}"""));
        await Assert.ThrowsAsync<ProcessorException>(async () => await attached.RemoveInstrument(new("k1"), "pm_1", default));
    }

    private static async Task<PaymentOutcome> Charge(params (int, string)[] answers)
    {
        using var processor = Processor(out _, answers);
        return await processor.Charge(new("k1"), Make.Order(), "pm_1", default);
    }

    private static StripeProcessor Processor(out ScriptedStripe stripe, params (int, string)[] answers)
    {
        stripe = new ScriptedStripe(answers);
        return new StripeProcessor(Make.Keys(), TimeProvider.System, new StripeConnection
        {
            Handler = stripe,
            ApiBase = new Uri("http://stripe.invalid"),
            Timeout = TimeSpan.FromMilliseconds(200),
            Pauses = [TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1)],
        });
    }
}
