using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Customers;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Payments;

/// <summary>What the customer agreed to.</summary>
public sealed record ConsentInput
{
    [Description("Which version of your text they read, such as 2026-11."), StringLength(64, MinimumLength = 1)]
    public required string TextVersion { get; init; }

    [Description("The network address they came from."), StringLength(64, MinimumLength = 1)]
    public string? Address { get; init; }
}

/// <summary>Sets or ends a customer's auto-recharge.</summary>
public sealed record SetAutoRechargeInput
{
    [Description("Your app's id of the customer."), RegularExpression(Customer.IdPattern), StringLength(Customer.MaxIdLength, MinimumLength = 1)]
    public required string CustomerId { get; init; }

    [Description("Which account, such as credits."), StringLength(64, MinimumLength = 1)]
    public required string Asset { get; init; }

    [Description("False ends it at once; then nothing else is needed.")]
    public bool Enabled { get; set; } = true;

    [Description("A recharge begins when less than this is available.")]
    public decimal? Threshold { get; init; }

    [Description("The pack of the catalog that is bought; or give amount."), StringLength(64, MinimumLength = 1)]
    public string? Pack { get; init; }

    [Description("What is charged each time, in currency, without tax.")]
    public decimal? Amount { get; init; }

    [Description("ISO 4217 code of amount and monthly_cap; default: the pack's."), StringLength(64, MinimumLength = 1)]
    public string? Currency { get; init; }

    [Description("The most that is charged in a calendar month (UTC), without tax, charges under way included.")]
    public decimal? MonthlyCap { get; init; }

    [Description("stripe or sandbox; default: the workspace's first."), StringLength(32, MinimumLength = 1)]
    public string? Processor { get; init; }

    [Description("The customer's own consent; without it nothing is turned on.")]
    public ConsentInput? Consent { get; init; }
}

/// <summary>An auto-recharge as it stands.</summary>
public sealed record AutoRechargeView : CommandOutput
{
    public required string CustomerId { get; init; }
    public required string Asset { get; init; }
    public required bool Enabled { get; init; }

    [Description("Why it ended.")]
    public AutoRechargeEnd? Ended { get; init; }

    public required string Threshold { get; init; }
    public string? Pack { get; init; }

    [Description("What is charged each time where no pack is named.")]
    public string? Amount { get; init; }

    public required string Currency { get; init; }
    public required string MonthlyCap { get; init; }

    [Description("Charged this month, charges under way included.")]
    public required string ChargedThisMonth { get; init; }

    [Description("A charge is under way.")]
    public required bool InFlight { get; init; }

    public required string Processor { get; init; }
    public required string ConsentTextVersion { get; init; }
    public required Instant ConsentAt { get; init; }

    public static AutoRechargeView Of(AutoRecharge a, string customerId, Instant now)
    {
        ArgumentNullException.ThrowIfNull(a);
        return new()
        {
            CustomerId = customerId,
            Asset = a.Asset.Id,
            Enabled = a.IsOn,
            Ended = a.Ended,
            Threshold = new Amount(a.Asset, a.Threshold).ToString(),
            Pack = a.Purchase.PackId,
            Amount = a.Purchase.Free?.ToString(),
            Currency = a.MonthlyCap.Asset.Id,
            MonthlyCap = a.MonthlyCap.ToString(),
            ChargedThisMonth = new Amount(a.MonthlyCap.Asset, a.ChargedIn(AutoRecharge.MonthOf(now))).ToString(),
            InFlight = a.InFlight is not null,
            Processor = a.Processor,
            ConsentTextVersion = a.Consent.TextVersion,
            ConsentAt = a.Consent.At,
        };
    }
}

/// <summary>The use case: the customer's own wish, which the app or the portal passes on with their consent.</summary>
public sealed class SetAutoRecharge : Operation<SetAutoRechargeInput, AutoRechargeView>
{
    [SetsRequiredMembers]
    public SetAutoRecharge()
    {
        Name = "set_auto_recharge";
        Title = "Set auto-recharge";
        Description =
            "Turns on, changes or ends a customer's auto-recharge: below a threshold a pack or amount is charged to what they left, never beyond their monthly cap. Only with the " +
            "customer's consent; a dispute, a bank that wants to see them, or repeated failures end it.";
        ToolSet = ToolSet.Payments;
        Scope = Scopes.PaymentsWrite;
        Route = "POST /v1/auto-recharge";
    }

    public override ValueTask<AutoRechargeView> Run(SetAutoRechargeInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(billing);
        return billing.Commit(new SetAutoRechargeCommand(input, input.Enabled ? Checkout.Processor(billing, caller, input.Processor, "processor") : null), caller, cancellation);
    }
}

/// <summary>The decision of <see cref="SetAutoRecharge"/>. It has no key: told twice, it is the same.</summary>
public sealed class SetAutoRechargeCommand : CustomerCommand<AutoRechargeView>
{
    private readonly SetAutoRechargeInput _input;
    private readonly IPaymentProcessor? _processor;

    public SetAutoRechargeCommand(SetAutoRechargeInput input, IPaymentProcessor? processor)
    {
        ArgumentNullException.ThrowIfNull(input);
        (_input, _processor, CustomerId, Creation) = (input, processor, input.CustomerId, CustomerCreation.Never);
    }

    public override CommandKind Kind => CommandKind.SetAutoRecharge;

    public override AutoRechargeView Decide(WalletSession session)
    {
        var payments = (PaymentSession)session;
        var asset = session.Asset(_input.Asset);
        var before = payments.AutoRecharges.FirstOrDefault(a => a.Asset.Id == asset.Id);
        var after = _input.Enabled
            ? AutoRechargeStep.Set(before, Read(asset, session), session.Now)
            : AutoRechargeStep.Stopped(
                before ?? throw new BillingException(ErrorCode.InvalidRequest, $"{WalletSession.Shown(_input.CustomerId)} has no auto-recharge of {asset.Id}.", "asset"), AutoRechargeEnd.Customer);
        payments.Put(after);
        return AutoRechargeView.Of(after, session.Customer.Id, session.Now);
    }

    private AutoRecharge Read(Asset asset, WalletSession session)
    {
        if (_processor is not { Capabilities: { OffSession: true } can })
        {
            throw new BillingException(ErrorCode.PaymentNotPossible, $"{_processor?.Name} charges nobody who is not there. Name another processor.", "processor");
        }
        if (_input.Consent is not { } consent)
        {
            throw new BillingException(ErrorCode.InvalidRequest, "consent is missing: only the customer can allow it. Add {\"text_version\":\"…\"} of the text that they agreed to.", "consent");
        }
        long threshold = WalletSession.Units(asset, _input.Threshold ?? throw Missing("threshold", "below how much of the asset a recharge begins"), "threshold");
        var offer = TopUpOffer.Choose(session.Facts.Catalog, new CreateTopUpInput
        {
            CustomerId = _input.CustomerId,
            Pack = _input.Pack,
            Amount = _input.Amount,
            Currency = _input.Pack is null ? _input.Currency : null,
            Asset = _input.Pack is null ? asset.Id : null,
            IdempotencyKey = "",
        });
        if (offer.Credit.Asset.Id != asset.Id)
        {
            throw new BillingException(ErrorCode.InvalidRequest, $"pack {WalletSession.Shown(_input.Pack!)} buys {offer.Credit.Asset.Id}, not {asset.Id}. Name a pack of {asset.Id}.", "pack");
        }
        var currency = offer.Price.Asset;
        if (_input.Currency is { } said && said != currency.Id)
        {
            throw new BillingException(ErrorCode.InvalidRequest, $"currency is {WalletSession.Shown(said)}: the pack is paid in {currency.Id}. Use {currency.Id}, or leave currency out.", "currency");
        }
        if (!can.Takes(currency) || !can.CanPay(offer.Price) || offer.Price.Units < can.Least(currency).Units)
        {
            throw new BillingException(ErrorCode.PaymentNotPossible, $"{_processor.Name} cannot take {offer.Price} {currency.Id}.", _input.Pack is null ? "amount" : "pack");
        }
        long cap = WalletSession.Units(currency, _input.MonthlyCap ?? throw Missing("monthly_cap", $"the most that may be charged in a month, in {currency.Id}"), "monthly_cap");
        if (cap < offer.Price.Units)
        {
            throw new BillingException(ErrorCode.InvalidRequest, $"monthly_cap is {new Amount(currency, cap)}: one recharge takes {offer.Price}. Use at least \"{offer.Price}\".", "monthly_cap");
        }
        return new AutoRecharge(
            asset, threshold, new AutoRechargePurchase(offer.PackId, offer.PackId is null ? offer.Price : null), new Amount(currency, cap), _processor.Name,
            new Consent(consent.TextVersion, session.Now, consent.Address));
    }

    private static BillingException Missing(string field, string what) => new(ErrorCode.InvalidRequest, $"{field} is missing: {what}.", field);
}
