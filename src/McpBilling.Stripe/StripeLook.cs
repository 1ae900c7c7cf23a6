using System.Net;
using McpBilling.Payments;
using Stripe;
using Stripe.Checkout;

namespace McpBilling.Stripe;

/// <summary>Finds out what has become of something, for whoever was never told.</summary>
internal sealed class StripeLook(StripeCalls calls)
{
    private const int EventsPerPage = 100;

    // Enough for 2,000 events of each kind since the order; beyond that its own webhooks tell, or its reference is known.
    private const int MostPages = 20;

    private static readonly SessionGetOptions SessionParts = new() { Expand = ["payment_intent.latest_charge.refunds", "payment_intent.payment_method"] };
    private static readonly PaymentIntentGetOptions PaymentParts = new() { Expand = ["latest_charge.refunds", "payment_method"] };

    public static bool IsSession(string reference) => reference.StartsWith("cs_", StringComparison.Ordinal);

    /// <exception cref="ProcessorException">No answer, or refused.</exception>
    public async Task<IReadOnlyList<PaymentFact>> At(string reference, CancellationToken cancellation)
    {
        string kind = reference.Split('_')[0];
        try
        {
            return kind switch
            {
                "cs" => StripeFacts.Of(await Session(reference, cancellation)),
                "pi" => StripeFacts.Of(await Payment(reference, cancellation)),
                "re" or "pyr" => StripeFacts.Of(await calls.Call(null, (o, c) => calls.Client.V1.Refunds.GetAsync(reference, null, o, c), cancellation)) is { } fact ? [fact] : [],
                "dp" or "du" => StripeFacts.Of(await calls.Call(null, (o, c) => calls.Client.V1.Disputes.GetAsync(reference, null, o, c), cancellation)),
                "top" => await Order(reference, cancellation),
                _ => [],
            };
        }
        catch (StripeException e) when (e.HttpStatusCode == HttpStatusCode.NotFound && !StripeCalls.IsUnknown(e))
        {
            return [];
        }
        catch (Exception e) when (StripeCalls.IsFailure(e, cancellation))
        {
            throw StripeCalls.Translated(e);
        }
    }

    /// <exception cref="ProcessorException">No answer, or refused.</exception>
    public async Task<bool> IsExpired(string session, CancellationToken cancellation) =>
        (await calls.Make(null, (o, c) => calls.Client.V1.Checkout.Sessions.GetAsync(session, null, o, c), cancellation)).Status == "expired";

    /// <exception cref="ProcessorException">No answer, or refused.</exception>
    public async Task<bool> IsCanceled(string payment, CancellationToken cancellation) =>
        (await calls.Make(null, (o, c) => calls.Client.V1.PaymentIntents.GetAsync(payment, null, o, c), cancellation)).Status == "canceled";

    private Task<Session> Session(string id, CancellationToken cancellation) => calls.Call(null, (o, c) => calls.Client.V1.Checkout.Sessions.GetAsync(id, SessionParts, o, c), cancellation);

    private Task<PaymentIntent> Payment(string id, CancellationToken cancellation) => calls.Call(null, (o, c) => calls.Client.V1.PaymentIntents.GetAsync(id, PaymentParts, o, c), cancellation);

    // The answer to the call that made it never came, so that its name is not known: the events since then have it. They are told in the version of their
    // time, so that nothing but the name is taken from them.
    private async Task<IReadOnlyList<PaymentFact>> Order(string topUp, CancellationToken cancellation)
    {
        var facts = new List<PaymentFact>();
        foreach (string session in await Named("checkout.session.*", topUp, e => e is Session { Mode: "payment" } s ? (s.Id, s.Metadata) : null, cancellation))
        {
            facts.AddRange(StripeFacts.Of(await Session(session, cancellation)));
        }
        foreach (string payment in await Named("payment_intent.*", topUp, e => e is PaymentIntent p && IsCharge(p) ? (p.Id, p.Metadata) : null, cancellation))
        {
            facts.AddRange(StripeFacts.Of(await Payment(payment, cancellation)));
        }
        return facts;
    }

    private async Task<IReadOnlyCollection<string>> Named(string type, string topUp, Func<IHasObject, (string Id, Dictionary<string, string>? Metadata)?> read, CancellationToken cancellation)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        var since = MadeAt(topUp);
        string? after = null;
        for (int page = 0; page < MostPages; page++)
        {
            var options = new EventListOptions { Type = type, Limit = EventsPerPage, StartingAfter = after };
            var events = await calls.Call(null, (o, c) => calls.Client.V1.Events.ListAsync(options, o, c), cancellation);
            foreach (var e in events.Data)
            {
                if (e.Data.Object is { } told && read(told) is { } seen && seen.Metadata?.GetValueOrDefault(StripeFacts.TopUp) == topUp)
                {
                    found.Add(seen.Id);
                }
            }
            // Newest first.
            if (!events.HasMore || events.Data is not [.., var last] || last.Created < since)
            {
                break;
            }
            after = last.Id;
        }
        return found;
    }

    private static bool IsCharge(PaymentIntent payment) => payment.Metadata?.GetValueOrDefault(StripeFacts.PaidBy) == StripeFacts.ByCharge;

    // Our ids begin with their time; a minute for clocks that do not agree.
    private static DateTime MadeAt(string topUp) =>
        Guid.TryParse(topUp[(topUp.LastIndexOf('_') + 1)..], out var id)
            ? DateTime.UnixEpoch.AddMilliseconds(Convert.ToInt64(id.ToString("N")[..12], 16)).AddMinutes(-1)
            : DateTime.MinValue;
}
