using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Catalog;
using McpBilling.Customers;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Payments;

/// <summary>Orders credit for a customer.</summary>
public sealed record CreateTopUpInput
{
    [Description("Your app's id of the customer."), RegularExpression(Customer.IdPattern), StringLength(Customer.MaxIdLength, MinimumLength = 1)]
    public required string CustomerId { get; init; }

    [Description("A pack of the catalog's top_ups; or give amount and currency."), StringLength(64, MinimumLength = 1)]
    public string? Pack { get; init; }

    [Description("What the customer pays, without tax, within the catalog's free_amounts.")]
    public decimal? Amount { get; init; }

    [Description("ISO 4217 code of amount; may be left out where free_amounts has one currency."), StringLength(64, MinimumLength = 1)]
    public string? Currency { get; init; }

    [Description("What amount buys; may be left out where free_amounts has one asset for the currency."), StringLength(64, MinimumLength = 1)]
    public string? Asset { get; init; }

    [Description("stripe, sandbox or manual (bank transfer); default: the workspace's first."), StringLength(32, MinimumLength = 1)]
    public string? Processor { get; init; }

    [Description("The customer agreed that the card is kept for later payments.")]
    public bool SaveInstrument { get; set; }

    [Description("Where the customer goes after paying: an https address of your app."), StringLength(2000, MinimumLength = 1)]
    public string? ReturnUrl { get; init; }

    [Description("Makes a retry safe."), StringLength(255, MinimumLength = 1)]
    public required string IdempotencyKey { get; init; }
}

/// <summary>The use case: the order is stored, then the processor is asked for a page under a key that follows from the order.</summary>
public sealed class CreateTopUp : Operation<CreateTopUpInput, TopUpView>
{
    [SetsRequiredMembers]
    public CreateTopUp()
    {
        Name = "create_top_up";
        Title = "Create a top-up";
        Description =
            "Makes a payment link: the customer pays at its url and gets the credit (a pack, or an amount of their choice). With manual they pay by bank transfer, and " +
            "mark_top_up_paid gives the credit. Next: get_top_up.";
        ToolSet = ToolSet.Payments;
        Scope = Scopes.PaymentsWrite;
        Route = "POST /v1/top-ups";
        Creates = true;
    }

    /// <summary>Who asks.</summary>
    public TopUpOrigin Origin { get; init; }

    public override async ValueTask<TopUpView> Run(CreateTopUpInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        var processor = Checkout.Processor(billing, caller, input.Processor, "processor");
        var back = Address(input.ReturnUrl, caller.Mode);
        var ordered = await billing.Commit(new CreateTopUpCommand(input, processor, back) { Origin = Origin }, caller, cancellation);
        var page = await Checkout.Open(billing, caller, processor, ordered.Id, cancellation);
        return page with { Replayed = ordered.Replayed, Created = !ordered.Replayed };
    }

    // A customer is sent there: to no script, and in live mode over nothing that others can read.
    private static Uri? Address(string? text, Mode mode)
    {
        if (text is null)
        {
            return null;
        }
        return Uri.TryCreate(text, UriKind.Absolute, out var address) && address.UserInfo.Length == 0
            && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && (mode == Mode.Test || address.IsLoopback)))
            ? address
            : throw new BillingException(ErrorCode.InvalidRequest, $"return_url is {WalletSession.Shown(text)}: it must be an address that begins with https://.", "return_url");
    }
}

/// <summary>The decision of <see cref="CreateTopUp"/>.</summary>
public sealed class CreateTopUpCommand : CustomerCommand<TopUpView>
{
    private readonly CreateTopUpInput _input;
    private readonly IPaymentProcessor _processor;
    private readonly Uri? _back;

    public CreateTopUpCommand(CreateTopUpInput input, IPaymentProcessor processor, Uri? back)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(processor);
        (_input, _processor, _back, CustomerId, IdempotencyKey) = (input, processor, back, input.CustomerId, input.IdempotencyKey);
        var hash = new InputHash(stackalloc byte[256]);
        hash.Add(input.Pack);
        hash.Add(input.Amount);
        hash.Add(input.Currency);
        hash.Add(input.Asset);
        hash.Add(processor.Name);
        hash.Add(input.SaveInstrument);
        hash.Add(input.ReturnUrl);
        InputHash = hash.Finish();
    }

    public TopUpOrigin Origin { get; init; }

    public override CommandKind Kind => CommandKind.CreateTopUp;

    public override TopUpView Decide(WalletSession session)
    {
        var payments = (PaymentSession)session;
        var offer = TopUpOffer.Choose(session.Facts.Catalog, _input);
        RequirePayable(offer.Price);
        var topUp = new TopUp(session.Facts.OperationKey, Origin, _processor.Name, offer.PackId, offer.Title, offer.Price, offer.Credit, offer.Bonus, session.Now)
        {
            ExpiresAfterDays = offer.ExpiresAfterDays,
            BonusExpiresAfterDays = offer.BonusExpiresAfterDays,
            Priority = offer.Priority ?? Grant.DefaultPriority,
            Save = _input.SaveInstrument && _processor.Capabilities.SavedInstruments,
            Back = _back,
            NextLook = _processor.Capabilities.HostedPage ? session.Now + LookTimes.First : null,
        };
        payments.Put(topUp);
        return TopUpView.Of(topUp, session.Customer.Id, session.Facts.Ids, session.Facts.WorkspaceKey) with { Created = true };
    }

    private void RequirePayable(Amount price)
    {
        var can = _processor.Capabilities;
        string field = _input.Pack is null ? "amount" : "pack";
        if (!can.Takes(price.Asset))
        {
            throw new BillingException(ErrorCode.PaymentNotPossible, $"{_processor.Name} takes no payments in {price.Asset.Id}.", field);
        }
        if (can.Least(price.Asset) is { Units: > 0 } least && price.Units < least.Units)
        {
            throw new BillingException(ErrorCode.PaymentNotPossible, $"{price} {price.Asset.Id} is less than the {least} {price.Asset.Id} that {_processor.Name} takes at least.", field);
        }
        if (!can.CanPay(price))
        {
            throw new BillingException(ErrorCode.PaymentNotPossible, $"{price} {price.Asset.Id} is no whole number of the coins that {_processor.Name} counts in.", field);
        }
    }
}
