using McpBilling.Operations;
using McpBilling.Payments;
using McpBilling.Server.Hosting;
using McpBilling.Server.Reports;

namespace McpBilling.Server.Payments;

/// <summary>
/// Where customers arrive after paying. It books what the processor says right now, as a webhook would, so that nobody waits for one; and leads back to the app.
/// It shows the order and nothing of the customer: whoever knows its address may see it.
/// </summary>
internal static class DonePage
{
    public const string Path = "/payments/done";

    public static void Map(IEndpointRouteBuilder endpoints, PaymentDesk desk) =>
        endpoints.MapGet(Path + "/{workspace:long}/{topUp}", context => Show(context, desk)).WithMetadata(PublicEndpoint.Itself);

    private static async Task Show(HttpContext context, PaymentDesk desk)
    {
        var route = context.Request.RouteValues;
        var cancellation = context.RequestAborted;
        var caller = desk.Workspace(long.Parse((string)route["workspace"]!, System.Globalization.CultureInfo.InvariantCulture));
        var of = caller is null ? null : await desk.Billing.Reads<IPaymentReads>().TopUp(caller, (string)route["topUp"]!, cancellation);
        if (caller is null || of is null)
        {
            throw new BillingException(ErrorCode.NotFound, "There is nothing at this address.");
        }
        if (of.TopUp.Status != TopUpStatus.Paid)
        {
            try
            {
                await Fulfilment.Look(desk.Billing, caller, of, cancellation);
                of = (await desk.Billing.Reads<IPaymentReads>().TopUp(caller, of.Id, cancellation))!;
            }
            catch (Exception e) when (e is ProcessorException or BillingException)
            {
                // The webhook or the job will tell; here the order is shown as it is known.
            }
        }
        var (title, text) = of.View switch
        {
            { Status: TopUpStatus.Paid } v => ("Thank you", $"{v.Credit.Amount} {v.Credit.Asset} were added to your balance."),
            { Pending: true } => ("Your payment is under way", "Your credit arrives as soon as the payment does."),
            { LastFailure: not null } => ("The payment did not go through", "Nothing was taken. You can try again with another card."),
            _ => ("Not paid yet", "If you have just paid, your credit arrives within a minute."),
        };
        var body = new Html().Add($"<h1>{title}</h1><p>{text}</p>");
        if (of.TopUp.Back is { } back)
        {
            body.Add($"<p><a href=\"{back.ToString()}\" rel=\"noreferrer\">Back to the app</a></p>");
        }
        await PaymentPage.Write(context, title, body);
    }
}
