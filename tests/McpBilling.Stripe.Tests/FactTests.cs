using McpBilling.Payments;
using Stripe;

namespace McpBilling.Stripe.Tests;

/// <summary>What each event says about our orders, and which say nothing.</summary>
public sealed class FactTests
{
    public static TheoryData<string, string, string?, string> Told => new()
    {
        // The tax is no credit.
        { "checkout.session.completed", Events.PaidSession, null, "Paid pi_1 10.00 usd tax 1.90" },
        { "checkout.session.completed", Events.PaidSession, """{"currency":"jpy","amount_subtotal":1000,"amount_total":1100,"total_details":{"amount_tax":100}}""", "Paid pi_1 1000 jpy tax 100" },
        { "checkout.session.completed", Events.PaidSession, """{"total_details":null,"amount_total":1000}""", "Paid pi_1 10.00 usd tax 0.00" },
        // A bank debit takes days.
        { "checkout.session.completed", Events.PaidSession, """{"payment_status":"unpaid"}""", "Pending pi_1" },
        { "checkout.session.async_payment_succeeded", Events.PaidSession, null, "Paid pi_1 10.00 usd tax 1.90" },
        { "checkout.session.async_payment_failed", Events.PaidSession, """{"payment_status":"unpaid"}""", "Failed pi_1 async_payment_failed AfterCustomer" },
        { "checkout.session.expired", Events.PaidSession, """{"payment_status":"unpaid","status":"expired","payment_intent":null}""", "Expired -" },
        // Not ours, or not what it seems.
        { "checkout.session.completed", Events.PaidSession, """{"metadata":{}}""", "" },
        { "checkout.session.completed", Events.PaidSession, """{"client_reference_id":"top_up_of_another"}""", "" },
        { "checkout.session.completed", Events.PaidSession, """{"mode":"subscription"}""", "" },
        { "checkout.session.completed", Events.PaidSession, """{"payment_status":"no_payment_required"}""", "" },
        { "checkout.session.completed", Events.PaidSession, """{"currency":"xxx"}""", "" },
        // A session tells of its payment itself; the payment tells of the card, where its holder agreed.
        { "payment_intent.succeeded", Events.SavingIntent, null, "InstrumentSaved anna cus_1 pm_1 Card" },
        { "payment_intent.succeeded", Events.SavingIntent, """{"setup_future_usage":null}""", "" },
        { "payment_intent.succeeded", Events.ChargedIntent, null, "Paid pi_2 20.00 usd tax 0.00" },
        { "payment_intent.succeeded", Events.ChargedIntent, """{"metadata":{}}""", "" },
        { "payment_intent.processing", Events.ChargedIntent, """{"status":"processing"}""", "Pending pi_2" },
        { "payment_intent.payment_failed", Events.ChargedIntent, """{"last_payment_error":{"type":"card_error","code":"card_declined","decline_code":"insufficient_funds"}}""", "Failed pi_2 insufficient_funds Later" },
        { "payment_intent.payment_failed", Events.ChargedIntent, """{"last_payment_error":{"type":"card_error","code":"card_declined","decline_code":"generic_decline","advice_code":"do_not_try_again"}}""", "Failed pi_2 generic_decline Never" },
        { "payment_intent.payment_failed", Events.SavingIntent, """{"last_payment_error":{"type":"card_error","code":"expired_card"}}""", "Failed pi_1 expired_card AfterCustomer" },
        { "payment_intent.requires_action", Events.ChargedIntent, null, "Failed pi_2 authentication_required AfterCustomer" },
        // The customer is at the page.
        { "payment_intent.requires_action", Events.SavingIntent, null, "" },
        { "payment_intent.canceled", Events.ChargedIntent, null, "Failed pi_2 canceled AfterCustomer" },
        { "payment_intent.canceled", Events.SavingIntent, null, "" },
        { "payment_intent.created", Events.ChargedIntent, null, "" },
        // Refunds of ours have our id, those made at Stripe have none; all are told by their payment.
        { "refund.created", Events.Refund, null, "Refunded pi_1 re_1 refund_019abcde-0000-7000-8000-000000000001 5.00" },
        { "refund.updated", Events.Refund, """{"metadata":{}}""", "Refunded pi_1 re_1 - 5.00" },
        { "refund.updated", Events.Refund, """{"metadata":{},"payment_intent":null}""", "Refunded ch_1 re_1 - 5.00" },
        { "refund.created", Events.Refund, """{"status":"pending"}""", "" },
        { "refund.failed", Events.Refund, """{"status":"failed","failure_reason":"expired_or_canceled_card"}""", "RefundFailed pi_1 re_1 refund_019abcde-0000-7000-8000-000000000001 5.00 expired_or_canceled_card" },
        { "refund.updated", Events.Refund, """{"status":"canceled"}""", "RefundFailed pi_1 re_1 refund_019abcde-0000-7000-8000-000000000001 5.00 canceled" },
        { "charge.dispute.created", Events.Dispute, null, "DisputeOpened pi_1 dp_1 11.90 fraudulent" },
        { "charge.dispute.funds_withdrawn", Events.Dispute, null, "DisputeWithdrawn pi_1 dp_1 11.90" },
        { "charge.dispute.funds_reinstated", Events.Dispute, null, "DisputeReinstated pi_1 dp_1 11.90" },
        { "charge.dispute.closed", Events.Dispute, """{"status":"won"}""", "DisputeClosed pi_1 dp_1 True" },
        { "charge.dispute.closed", Events.Dispute, """{"status":"warning_closed"}""", "DisputeClosed pi_1 dp_1 True" },
        { "charge.dispute.closed", Events.Dispute, """{"status":"lost"}""", "DisputeClosed pi_1 dp_1 False" },
        { "charge.dispute.updated", Events.Dispute, null, "" },
        { "setup_intent.succeeded", """{"object":"setup_intent","id":"seti_1","customer":"cus_1","payment_method":"pm_1","payment_method_types":["card"],"metadata":{"customer_id":"anna"}}""", null, "InstrumentSaved anna cus_1 pm_1 Card" },
        { "setup_intent.succeeded", """{"object":"setup_intent","id":"seti_1","customer":"cus_1","payment_method":"pm_1","metadata":{}}""", null, "" },
        { "invoice.paid", """{"object":"invoice","id":"in_1"}""", null, "" },
        { "an.event.of.tomorrow", """{"object":"something_new","id":"x_1"}""", null, "" },
    };

    [Theory]
    [MemberData(nameof(Told))]
    public void An_event_says(string type, string about, string? with, string says) => Assert.Equal(says, Says(Read(Events.Of(type, about, with))));

    [Fact]
    public void A_card_that_was_removed_is_told_by_whose_it_was() =>
        Assert.Equal("InstrumentRemoved cus_1 pm_1", Says(Read(Events.Of("payment_method.detached", """{"object":"payment_method","id":"pm_1","type":"card","customer":null}""", previous: """{"customer":"cus_1"}"""))));

    [Fact]
    public void What_happened_at_a_connected_account_is_not_ours()
    {
        string body = Events.Of("payment_intent.succeeded", Events.ChargedIntent).Replace("\"object\": \"event\"", "\"object\": \"event\", \"account\": \"acct_2\"", StringComparison.Ordinal);
        Assert.Empty(Read(body));
    }

    [Theory]
    [InlineData("cs_1", Events.PaidSession, "Paid pi_1 10.00 usd tax 1.90")]
    [InlineData("pi_2", Events.ChargedIntent, "Paid pi_2 20.00 usd tax 0.00")]
    // Its page tells by webhook; whoever looks at the payment alone learns it too.
    [InlineData("pi_1", Events.SavingIntent, "Paid pi_1 10.00 usd tax 1.90")]
    [InlineData("re_1", Events.Refund, "Refunded pi_1 re_1 refund_019abcde-0000-7000-8000-000000000001 5.00")]
    [InlineData("dp_1", Events.Dispute, "DisputeOpened pi_1 dp_1 11.90 fraudulent")]
    public async Task Looking_tells_what_the_webhook_would_have_told(string reference, string about, string says)
    {
        // Of a session that is looked at, the payment is there whole.
        string whole = about.Replace("\"payment_intent\":\"pi_1\",\"currency\"", $"\"payment_intent\":{Events.SavingIntent},\"currency\"", StringComparison.Ordinal);
        using var processor = Make.Processor(new ScriptedStripe((200, whole)));
        var first = await processor.Look(reference, default);
        Assert.Equal(says, Says(first));
        Assert.Equal(first, await processor.Look(reference, default));
    }

    [Fact]
    public async Task Looking_tells_of_refunds_and_of_the_card_too()
    {
        string payment = Events.SavingIntent.Replace("\"metadata\"", $"\"latest_charge\":{{\"object\":\"charge\",\"id\":\"ch_1\",\"created\":1800000000,\"refunds\":{{\"object\":\"list\",\"data\":[{Events.Refund}]}}}},\"metadata\"", StringComparison.Ordinal);
        string session = Events.PaidSession.Replace("\"payment_intent\":\"pi_1\"", $"\"payment_intent\":{payment}", StringComparison.Ordinal);
        using var processor = Make.Processor(new ScriptedStripe((200, session)));
        var facts = await processor.Look("cs_1", default);
        Assert.Equal("Paid pi_1 10.00 usd tax 1.90; Refunded pi_1 re_1 refund_019abcde-0000-7000-8000-000000000001 5.00", Says(facts));
        Assert.Equal("pm_1", Assert.IsType<PaymentFact.Paid>(facts[0]).Instrument?.Id);
    }

    [Fact]
    public async Task An_open_page_and_one_that_nobody_knows_tell_nothing()
    {
        using var open = Make.Processor(new ScriptedStripe((200, """{"object":"checkout.session","id":"cs_1","mode":"payment","status":"open","payment_status":"unpaid"}""")));
        Assert.Empty(await open.Look("cs_1", default));
        using var unknown = Make.Processor(new ScriptedStripe((404, """{"error":{"type":"invalid_request_error","code":"resource_missing"}}""")));
        Assert.Empty(await unknown.Look("cs_1", default));
    }

    [Fact]
    public async Task An_order_whose_page_was_never_answered_is_found_by_our_id()
    {
        string events(string type, string inside) => $$"""{"object":"list","has_more":false,"data":[{{Events.Of(type, inside, version: "2020-08-27")}}]}""";
        var stripe = new ScriptedStripe(
            (200, events("checkout.session.completed", Events.PaidSession)), (200, Events.PaidSession), (200, events("payment_intent.succeeded", Events.ChargedIntent)), (200, Events.ChargedIntent));
        using var processor = Make.Processor(stripe);
        Assert.Equal("Paid pi_1 10.00 usd tax 1.90; Paid pi_2 20.00 usd tax 0.00", Says(await processor.Look(Make.TopUpId, default)));
        Assert.Equal(["/v1/events", "/v1/checkout/sessions/cs_1", "/v1/events", "/v1/payment_intents/pi_2"], stripe.Sent.Select(s => s.Path.Split('?')[0]));
    }

    private static IReadOnlyList<PaymentFact> Read(string body) => StripeFacts.Of(EventUtility.ParseEvent(body));

    private static string Says(IReadOnlyList<PaymentFact> facts) => string.Join("; ", facts.Select(f => f switch
    {
        PaymentFact.Paid p => $"Paid {p.Payment} {p.Amount} {p.Amount.Asset.Id} tax {p.Tax}",
        PaymentFact.Pending p => $"Pending {p.Payment}",
        PaymentFact.Failed p => $"Failed {p.Payment} {p.Code} {p.Retry}",
        PaymentFact.Expired p => $"Expired {p.Payment ?? "-"}",
        PaymentFact.Refunded r => $"Refunded {r.Payment} {r.Refund} {r.RefundId ?? "-"} {r.Amount}",
        PaymentFact.RefundFailed r => $"RefundFailed {r.Payment} {r.Refund} {r.RefundId ?? "-"} {r.Amount} {r.Code}",
        PaymentFact.DisputeOpened d => $"DisputeOpened {d.Payment} {d.Dispute} {d.Amount} {d.Reason}",
        PaymentFact.DisputeWithdrawn d => $"DisputeWithdrawn {d.Payment} {d.Dispute} {d.Amount}",
        PaymentFact.DisputeReinstated d => $"DisputeReinstated {d.Payment} {d.Dispute} {d.Amount}",
        PaymentFact.DisputeClosed d => $"DisputeClosed {d.Payment} {d.Dispute} {d.Won}",
        PaymentFact.InstrumentSaved i => $"InstrumentSaved {i.CustomerId} {i.ProcessorCustomer} {i.Instrument.Id} {i.Instrument.Label}",
        PaymentFact.InstrumentRemoved i => $"InstrumentRemoved {i.ProcessorCustomer} {i.Instrument}",
        _ => f.ToString(),
    }));
}
