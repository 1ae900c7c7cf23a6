using System.Net;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Payments;
using Stripe;

namespace McpBilling.Stripe;

/// <summary>Payments through Stripe: its page for top-ups, saved cards charged without the customer, refunds, disputes. One instance per mode.</summary>
public sealed class StripeProcessor : IPaymentProcessor, IDisposable
{
    public const string ProcessorName = "stripe";

    private readonly StripeKeys _keys;
    private readonly StripeCalls _calls;
    private readonly StripeWebhooks _webhooks;
    private readonly StripeLook _look;

    public StripeProcessor(StripeKeys keys, TimeProvider time, StripeConnection? connection = null)
    {
        _keys = keys;
        _calls = new StripeCalls(keys, time, connection ?? new StripeConnection());
        _webhooks = new StripeWebhooks(keys);
        _look = new StripeLook(_calls);
    }

    public string Name => ProcessorName;

    public ProcessorCapabilities Capabilities { get; } = new()
    {
        HostedPage = true,
        SavedInstruments = true,
        OffSession = true,
        Refunds = true,
        PartialRefunds = true,
        Disputes = true,
        Takes = StripeAmounts.Takes,
        Least = StripeAmounts.Least,
        CanPay = StripeAmounts.CanPay,
    };

    /// <summary>The processor of a mode, with the keys that the environment has for it.</summary>
    /// <returns>Null: it has none.</returns>
    /// <exception cref="ArgumentException">What is set is no key of Stripe.</exception>
    public static StripeProcessor? FromEnvironment(Func<string, string?> environment, Mode mode, TimeProvider time) =>
        StripeKeys.Read(environment, mode) is { } keys ? new StripeProcessor(keys, time) : null;

    public async ValueTask<string?> EnsureCustomer(PaymentKey key, PayingCustomer customer, CancellationToken cancellation) =>
        customer.ProcessorCustomer ?? (await _calls.Make(key, (o, c) => _calls.Client.V1.Customers.CreateAsync(StripeRequests.Customer(customer), o, c), cancellation)).Id;

    public async ValueTask<HostedPage> CreateTopUp(PaymentKey key, PaymentOrder order, CancellationToken cancellation)
    {
        long minor = Minor(order.Amount);
        var options = StripeRequests.Checkout(order, minor, order.Back ?? throw new ArgumentException("A page needs an address to come back to.", nameof(order)), _keys.AutomaticTax);
        return Page(await _calls.Make(key, (o, c) => _calls.Client.V1.Checkout.Sessions.CreateAsync(options, o, c), cancellation));
    }

    public async ValueTask<bool> CloseTopUp(PaymentKey key, string reference, CancellationToken cancellation)
    {
        bool session = StripeLook.IsSession(reference);
        try
        {
            if (session)
            {
                await _calls.Call(key, (o, c) => _calls.Client.V1.Checkout.Sessions.ExpireAsync(reference, null, o, c), cancellation);
            }
            else
            {
                await _calls.Call(key, (o, c) => _calls.Client.V1.PaymentIntents.CancelAsync(reference, null, o, c), cancellation);
            }
            return true;
        }
        catch (StripeException e) when (e.HttpStatusCode == HttpStatusCode.BadRequest && !StripeCalls.IsUnknown(e))
        {
            // Not open any more: closed before, or paid.
            return await (session ? _look.IsExpired(reference, cancellation) : _look.IsCanceled(reference, cancellation));
        }
        catch (Exception e) when (StripeCalls.IsFailure(e, cancellation))
        {
            throw StripeCalls.Translated(e);
        }
    }

    public async ValueTask<HostedPage> SaveInstrument(PaymentKey key, PayingCustomer customer, Uri back, CancellationToken cancellation) =>
        Page(await _calls.Make(key, (o, c) => _calls.Client.V1.Checkout.Sessions.CreateAsync(StripeRequests.Setup(customer, back), o, c), cancellation));

    public async ValueTask<IReadOnlyList<SavedInstrument>> Instruments(string processorCustomer, CancellationToken cancellation)
    {
        var kept = await _calls.Make(null, (o, c) => _calls.Client.V1.PaymentMethods.ListAsync(new PaymentMethodListOptions { Customer = processorCustomer, Limit = 100 }, o, c), cancellation);
        return [.. kept.Data.Select(StripeInstruments.Of)];
    }

    public async ValueTask RemoveInstrument(PaymentKey key, string instrument, CancellationToken cancellation)
    {
        try
        {
            await _calls.Call(key, (o, c) => _calls.Client.V1.PaymentMethods.DetachAsync(instrument, null, o, c), cancellation);
        }
        catch (StripeException e) when (e.HttpStatusCode is HttpStatusCode.BadRequest or HttpStatusCode.NotFound && !StripeCalls.IsUnknown(e))
        {
            // Removed before: that is what was asked for.
            if (!await IsGone(instrument, cancellation))
            {
                throw StripeCalls.Translated(e);
            }
        }
        catch (Exception e) when (StripeCalls.IsFailure(e, cancellation))
        {
            throw StripeCalls.Translated(e);
        }
    }

    public async ValueTask<PaymentOutcome> Charge(PaymentKey key, PaymentOrder order, string instrument, CancellationToken cancellation)
    {
        var options = StripeRequests.Charge(order, Minor(order.Amount), instrument);
        try
        {
            return StripeOutcomes.Of(await _calls.Call(key, (o, c) => _calls.Client.V1.PaymentIntents.CreateAsync(options, o, c), cancellation));
        }
        catch (Exception e) when (StripeCalls.IsFailure(e, cancellation))
        {
            return StripeOutcomes.OfCharge(e);
        }
    }

    public async ValueTask<PaymentOutcome> Refund(PaymentKey key, string payment, Amount amount, CancellationToken cancellation)
    {
        var options = StripeRequests.Refund(key, payment, Minor(amount));
        try
        {
            return StripeOutcomes.Of(await _calls.Call(key, (o, c) => _calls.Client.V1.Refunds.CreateAsync(options, o, c), cancellation));
        }
        catch (Exception e) when (StripeCalls.IsFailure(e, cancellation))
        {
            return StripeOutcomes.OfRefund(e);
        }
    }

    /// <param name="reference">A session, payment, refund or dispute as Stripe names it; or our id of an order, which is then looked for among the events of the last 30 days.</param>
    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<PaymentFact>> Look(string reference, CancellationToken cancellation) => await _look.At(reference, cancellation);

    public IReadOnlyList<PaymentFact> Read(ReceivedWebhook webhook) => StripeFacts.Of(_webhooks.Open(webhook));

    public void Dispose() => _calls.Dispose();

    private async Task<bool> IsGone(string instrument, CancellationToken cancellation)
    {
        try
        {
            return (await _calls.Call(null, (o, c) => _calls.Client.V1.PaymentMethods.GetAsync(instrument, null, o, c), cancellation)).CustomerId is null;
        }
        catch (StripeException e) when (e.HttpStatusCode == HttpStatusCode.NotFound)
        {
            return true;
        }
        catch (Exception e) when (StripeCalls.IsFailure(e, cancellation))
        {
            throw StripeCalls.Translated(e);
        }
    }

    private static HostedPage Page(global::Stripe.Checkout.Session session) => new(
        session.Id, new Uri(session.Url), Instant.From(new DateTimeOffset(DateTime.SpecifyKind(session.ExpiresAt, DateTimeKind.Utc))));

    // Whoever asks has held the amount against the capabilities before.
    private static long Minor(Amount amount) =>
        StripeAmounts.To(amount) is { } minor and > 0 ? minor : throw new ArgumentException($"{amount} {amount.Asset.Id} is no amount that Stripe can move.", nameof(amount));
}
