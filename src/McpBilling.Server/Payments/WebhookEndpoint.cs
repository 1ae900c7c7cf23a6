using McpBilling.Operations;
using McpBilling.Payments;
using McpBilling.Server.Hosting;

namespace McpBilling.Server.Payments;

/// <summary>
/// <c>POST /webhooks/{processor}/{workspace}</c>: what processors report. It is checked and stored, and answered then; it is booked afterwards. Whoever is not the
/// processor learns nothing but that.
/// </summary>
internal static class WebhookEndpoint
{
    private const int MaxBytes = 256 * 1024;

    private static readonly ErrorCode Refused = new("webhook_refused", 400, "The webhook is not accepted", "Send it as the processor signs it, at once.");

    public static void Map(IEndpointRouteBuilder endpoints, PaymentDesk desk) =>
        endpoints.MapPost("/webhooks/{processor}/{workspace:long}", context => Handle(context, desk)).WithMetadata(PublicEndpoint.Itself);

    private static async Task Handle(HttpContext context, PaymentDesk desk)
    {
        var route = context.Request.RouteValues;
        var caller = desk.Workspace(long.Parse((string)route["workspace"]!, System.Globalization.CultureInfo.InvariantCulture)) ?? throw Unknown();
        var processor = desk.Billing.Reads<IProcessors>().Find(caller, (string)route["processor"]!) ?? throw Unknown();
        var webhook = new ReceivedWebhook(Headers(context.Request), await Body(context), desk.Now);
        try
        {
            if (await Fulfilment.Receive(desk.Billing, caller, processor, webhook, CancellationToken.None) is { } stored)
            {
                desk.Take(caller, stored);
            }
        }
        catch (WebhookRefusedException)
        {
            throw new BillingException(Refused, "The webhook is not authentic, too old, or not of this workspace.");
        }
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static BillingException Unknown() => new(ErrorCode.NotFound, "There is nothing at this address.");

    // What signatures are in; never what belongs to whoever sent it.
    private static Dictionary<string, string> Headers(HttpRequest request) => request.Headers
        .Where(h => h.Value.Count == 1 && h.Key.ToLowerInvariant() is var name && (name.Contains("signature", StringComparison.Ordinal) || name.StartsWith("webhook-", StringComparison.Ordinal)))
        .ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value.ToString(), StringComparer.Ordinal);

    private static async Task<byte[]> Body(HttpContext context)
    {
        using var body = new MemoryStream();
        byte[] part = new byte[8192];
        int read;
        while ((read = await context.Request.Body.ReadAsync(part, context.RequestAborted)) > 0)
        {
            if (body.Length + read > MaxBytes)
            {
                throw new BillingException(ErrorCode.TooLarge, $"The webhook has more than {MaxBytes} bytes.");
            }
            body.Write(part, 0, read);
        }
        return body.ToArray();
    }
}
