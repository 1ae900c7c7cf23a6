using McpBilling.Operations;
using McpBilling.Payments.Sandbox;
using McpBilling.Server.Hosting;
using McpBilling.Server.Reports;

namespace McpBilling.Server.Payments;

/// <summary>
/// The sandbox's hosted page: what a customer sees at a real processor, with test cards that have names and no numbers; and behind a payment, what its bank may
/// do. Works without script.
/// </summary>
internal static class SandboxPage
{
    public const string Path = "/sandbox";

    private static readonly (TestCard Card, string Text)[] Cards =
    [
        (TestCard.Success, "A card that pays"),
        (TestCard.Decline, "A card that is declined"),
        (TestCard.InsufficientFunds, "A card without enough on it"),
        (TestCard.Stolen, "A card that was reported stolen"),
        (TestCard.Authentication, "A card that asks you to confirm"),
        (TestCard.Delay, "A bank debit that takes days"),
        (TestCard.Timeout, "A card whose answers get lost"),
        (TestCard.NoRefund, "A card that takes no refund"),
    ];

    private static readonly (SandboxDelivery Delivery, string Text)[] Deliveries =
    [
        (SandboxDelivery.Normal, "once, in order"), (SandboxDelivery.Twice, "twice each"), (SandboxDelivery.Reordered, "out of order"), (SandboxDelivery.Lost, "never"),
    ];

    public static void Map(IEndpointRouteBuilder endpoints, PaymentDesk desk)
    {
        string address = Path + "/{workspace:long}/{id}";
        endpoints.MapGet(address, context => Show(context, desk)).WithMetadata(PublicEndpoint.Itself);
        endpoints.MapPost(address, context => Act(context, desk)).WithMetadata(PublicEndpoint.Itself);
    }

    private static async Task Show(HttpContext context, PaymentDesk desk)
    {
        var (sandbox, payment) = await Find(context, desk);
        var body = new Html().Add(
            $"""
            <p class="note">Test payment: no money moves.</p>
            <h1>{payment.Title}</h1>
            <p class="price">{payment.Amount.ToString(System.Globalization.CultureInfo.InvariantCulture)} {payment.Currency.ToUpperInvariant()}</p>
            <p>{Words(payment)}</p>
            """);
        body.Add($"<form method=\"post\"><fieldset><legend>Webhooks are delivered</legend>");
        foreach (var (delivery, text) in Deliveries)
        {
            body.Add($"<label><input type=\"radio\" name=\"delivery\" value=\"{delivery.ToString()}\"{(delivery == desk.Courier.Delivery ? Checked : None)}> {text}</label>");
        }
        body.Add($"</fieldset>");
        if (payment.State is SandboxState.Open or SandboxState.Failed)
        {
            body.Add($"<fieldset><legend>Pay with</legend>");
            foreach (var (card, text) in Cards)
            {
                body.Add($"<label><input type=\"radio\" name=\"card\" value=\"{card.ToString()}\"{(card == TestCard.Success ? Checked : None)}> {text}</label>");
            }
            body.Add($"</fieldset>");
        }
        foreach (var (act, text) in Acts(payment))
        {
            body.Add($"<button name=\"act\" value=\"{act}\">{text}</button>");
        }
        body.Add($"</form>");
        if (payment.Back is { } back && Uri.TryCreate(back, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
        {
            body.Add($"<p><a href=\"{back}\" rel=\"noreferrer\">{(payment.State is SandboxState.Paid or SandboxState.Pending ? "Continue" : "Back without paying")}</a></p>");
        }
        await PaymentPage.Write(context, payment.Title, body);
    }

    private static async Task Act(HttpContext context, PaymentDesk desk)
    {
        var (sandbox, payment) = await Find(context, desk);
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        if (Enum.TryParse<SandboxDelivery>(form["delivery"], out var delivery) && Enum.IsDefined(delivery))
        {
            desk.Courier.Delivery = delivery;
        }
        // Begun is finished, though the browser has gone.
        var never = CancellationToken.None;
        var at = sandbox.Desk;
        _ = (string?)form["act"] switch
        {
            "pay" when Enum.TryParse<TestCard>(form["card"], out var card) && Enum.IsDefined(card) => await at.Pay(payment.Id, card, offSession: false, never),
            "confirm" => await at.Confirm(payment.Id, never),
            "fail" => await at.Fail(payment.Id, never),
            "dispute" => await at.Dispute(payment.Id, payment.Left, never),
            "withdraw" => await at.Withdraw(payment.Id, never),
            "reinstate" => await at.Reinstate(payment.Id, never),
            "close" => await at.Close(payment.Id, never),
            "refund" => await at.Refund(payment.Id, "outside_" + payment.Id + "_" + payment.Refunds.Length, null, payment.Left, never),
            _ => payment,
        };
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = context.Request.Path.ToString();
    }

    private static async Task<(SandboxProcessor Sandbox, SandboxPayment Payment)> Find(HttpContext context, PaymentDesk desk)
    {
        var route = context.Request.RouteValues;
        var caller = desk.Workspace(long.Parse((string)route["workspace"]!, System.Globalization.CultureInfo.InvariantCulture));
        string id = (string)route["id"]!;
        if (caller is { Mode: Mode.Test } && !id.StartsWith("cus_", StringComparison.Ordinal))
        {
            var sandbox = desk.Sandbox.Of(caller.WorkspaceKey);
            if (await sandbox.Desk.Find(id, context.RequestAborted) is { } payment)
            {
                return (sandbox, payment);
            }
        }
        throw new BillingException(ErrorCode.NotFound, "There is nothing at this address.");
    }

    private static string Words(SandboxPayment payment) => payment.State switch
    {
        SandboxState.Open => "Choose a test card.",
        SandboxState.Authenticating => "The bank wants you to confirm.",
        SandboxState.Pending => "The payment is under way.",
        SandboxState.Paid => "Paid. Thank you.",
        SandboxState.Failed => "The card was declined. Choose another.",
        SandboxState.Closed => "This page was closed.",
        _ => "This page has expired.",
    };

    private static (string Act, string Text)[] Acts(SandboxPayment payment) => payment.State switch
    {
        SandboxState.Open or SandboxState.Failed => [("pay", "Pay")],
        SandboxState.Authenticating => [("confirm", "Confirm"), ("fail", "Do not confirm")],
        SandboxState.Pending => [("confirm", "Let the debit arrive"), ("fail", "Let it bounce")],
        SandboxState.Paid =>
        [
            ("dispute", "Dispute it at the bank"), ("withdraw", "Bank takes the money"), ("reinstate", "Bank gives it back"), ("close", "Close the dispute"), ("refund", "Refund outside the app"),
        ],
        _ => [],
    };

    private static Html Checked => new Html().Add($" checked");

    private static Html None => new();
}
