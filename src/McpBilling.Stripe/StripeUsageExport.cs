using System.Globalization;
using System.Net;
using McpBilling.Payments;
using McpBilling.Payments.Exporting;
using Stripe;
using Stripe.Billing;

namespace McpBilling.Stripe;

/// <summary>
/// Recorded usage as meter events of Stripe Billing, whose meters must add up (<c>sum</c>) what they are told. Source of the bounds: Stripe's documentation of
/// recording usage: whole numbers of at most 15 digits, 35 days back and 5 minutes ahead, taken back within 24 hours, identifiers known again for 24 hours.
/// </summary>
public sealed class StripeUsageExport(StripeKeys keys, TimeProvider time, StripeConnection? connection = null) : IUsageExport, IDisposable
{
    /// <summary>Where the routes are: <c>images=api_images, gpu_hours=gpu_seconds*3600</c>.</summary>
    public const string RoutesName = "STRIPE_EXPORT_METERS";

    private const string CustomerKey = "stripe_customer_id";
    private const string ValueKey = "value";

    private readonly StripeCalls _calls = new(keys, time, connection ?? new StripeConnection());

    public string Name => StripeProcessor.ProcessorName;

    public ExportRules Rules { get; } = new(TimeSpan.FromDays(35), TimeSpan.FromMinutes(5), TimeSpan.FromHours(24), TimeSpan.FromHours(24), WholeOnly: true, MaxDigits: 15);

    public async ValueTask<ExportAnswer> Send(ExportMessage message, CancellationToken cancellation)
    {
        try
        {
            if (message.Value is { } value)
            {
                var told = new MeterEventCreateOptions
                {
                    EventName = message.EventName,
                    Identifier = message.Identifier,
                    Payload = new() { [CustomerKey] = message.Customer, [ValueKey] = value.ToString("0", CultureInfo.InvariantCulture) },
                    Timestamp = message.At.ToDateTimeOffset().UtcDateTime,
                };
                await _calls.Call(new PaymentKey(message.Identifier), (o, c) => _calls.Client.V1.Billing.MeterEvents.CreateAsync(told, o, c), cancellation);
            }
            else
            {
                var back = new MeterEventAdjustmentCreateOptions { EventName = message.EventName, Type = "cancel", Cancel = new() { Identifier = message.Identifier } };
                await _calls.Call(new PaymentKey(message.Identifier + ":back"), (o, c) => _calls.Client.V1.Billing.MeterEventAdjustments.CreateAsync(back, o, c), cancellation);
            }
            return ExportAnswer.Taken;
        }
        catch (Exception e) when (StripeCalls.IsFailure(e, cancellation))
        {
            return Meaning(e, takesBack: message.Value is null);
        }
    }

    public void Dispose() => _calls.Dispose();

    // Stripe refuses usage that it has no meter or no customer for, which the builder can still put right: it does not count, and is told again later. What
    // cannot be taken back any more is the one thing that stays refused.
    private static ExportAnswer Meaning(Exception e, bool takesBack) =>
        IsKnownAlready(e) ? ExportAnswer.Taken
        : e is StripeException { HttpStatusCode: HttpStatusCode.Conflict, StripeError.Code: not "idempotency_key_in_use" } || StripeCalls.IsForNow(e) ? ExportAnswer.Later
        : StripeCalls.IsUnknown(e) ? ExportAnswer.Unknown
        : takesBack ? ExportAnswer.Refused
        : ExportAnswer.Later;

    // Stripe names no code for it in this version: only the message says that the identifier was taken before.
    private static bool IsKnownAlready(Exception e) =>
        e is StripeException { HttpStatusCode: HttpStatusCode.BadRequest, StripeError: { } error }
        && (error.Code == "duplicate_meter_event" || error.Message?.Contains("already exists with identifier", StringComparison.OrdinalIgnoreCase) == true);
}
