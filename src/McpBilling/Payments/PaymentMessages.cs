using System.Text.Json;
using McpBilling.Operations;

namespace McpBilling.Payments;

/// <summary>What whoever listens is told about payments, as the API would show it.</summary>
internal static class PaymentMessages
{
    public static void Paid(TopUp topUp, PaymentSession session) => Add("top_up.paid", TopUpView.Of(topUp, session.Customer.Id, session.Facts.Ids, session.Facts.WorkspaceKey), session);

    public static void Failed(TopUp topUp, PaymentSession session) => Add("top_up.failed", TopUpView.Of(topUp, session.Customer.Id, session.Facts.Ids, session.Facts.WorkspaceKey), session);

    public static void Refund(TopUp topUp, Refund refund, PaymentSession session) => Add(
        refund.Status == RefundStatus.Succeeded ? "refund.succeeded" : "refund.failed", RefundView.Of(refund, topUp, session.Customer.Id, session.Facts.Ids, session.Facts.WorkspaceKey), session);

    public static void Dispute(string type, TopUp topUp, Dispute dispute, PaymentSession session) =>
        Add(type, DisputeView.Of(dispute, topUp, session.Customer.Id, session.Facts.Ids, session.Facts.WorkspaceKey), session);

    public static void TurnedOff(AutoRecharge settings, PaymentSession session) => Add("auto_recharge.turned_off", AutoRechargeView.Of(settings, session.Customer.Id, session.Now), session);

    private static void Add<T>(string type, T view, PaymentSession session) =>
        session.Outbox.Add(new OutboxMessage(type, session.Now, session.Customer.Id, JsonSerializer.Serialize(view, BillingJson.TypeInfo<T>())));
}
