using System.Net;
using McpBilling.Catalog;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Payments;

namespace McpBilling.Server.Portal.Pages;

/// <summary>What somebody entered to turn a recharge on or to change it, what is wrong with it, and what is to be done if nothing is.</summary>
internal sealed record AutoRechargeEntry(string AssetId, string Threshold, string What, string Amount, string Cap, string Card, bool Agreed)
{
    public const string AssetField = "asset", ThresholdField = "threshold", WhatField = "what", AmountField = "amount", CapField = "cap", CardField = "card", ConsentField = "consent";

    private readonly Dictionary<string, string> problems = new(StringComparer.Ordinal);

    public bool HasProblems => problems.Count > 0;

    /// <summary>The one that is to be charged; null only with problems.</summary>
    public SavedCard? Chosen { get; private set; }

    /// <summary>Null only with problems.</summary>
    public SetAutoRechargeInput? Input { get; private set; }

    /// <summary>What is wrong with a field; null: nothing.</summary>
    public string? Problem(string field) => problems.GetValueOrDefault(field);

    /// <summary>A card's name in the form.</summary>
    public static string KeyOf(SavedCard card) => $"{card.Processor} {card.Instrument.Id}";

    public static AutoRechargeEntry Of(PortalVisit visit, IFormCollection form, SavedCards cards)
    {
        string Typed(string field) => form[field].ToString();
        var asset = visit.Catalog.FindAsset(Typed(AssetField)) ?? throw new BillingException(ErrorCode.NotFound, "There is no such form.");
        string consent = Typed(ConsentField);
        var entry = new AutoRechargeEntry(
            asset.Id, Typed(ThresholdField), Typed(WhatField), Typed(AmountField), Typed(CapField), Typed(CardField), AutoRechargeConsent.IsOfToday(consent));
        entry.Read(visit, asset, cards, consent);
        return entry;
    }

    /// <summary>The operation refused it after all: its word for the field leads to ours.</summary>
    public void Refused(Language language, BillingException refused)
    {
        string field = refused.Field switch
        {
            "threshold" => ThresholdField,
            "monthly_cap" => CapField,
            "amount" => AmountField,
            _ => WhatField,
        };
        problems[field] = language["error.auto.refused"];
    }

    private void Read(PortalVisit visit, Asset asset, SavedCards cards, string consent)
    {
        var language = visit.Language;
        void Wrong(string field, string? problem)
        {
            if (problem is not null)
            {
                problems[field] = problem;
            }
        }
        Wrong(ThresholdField, Pages.AmountField.Problem(language, asset, asset.Scale, Threshold, out decimal threshold));
        Chosen = cards.All.FirstOrDefault(c => KeyOf(c) == Card);
        if (Chosen is null)
        {
            Wrong(CardField, language["error.auto.card"]);
        }
        if (!Agreed)
        {
            Wrong(ConsentField, language["error.auto.consent"]);
        }
        var offer = AutoRechargeOffer.Of(visit.Catalog, asset.Id).FirstOrDefault(o => o.Value == What);
        if (offer is null)
        {
            Wrong(WhatField, language["error.auto.what"]);
            return;
        }
        decimal free = 0;
        if (offer.Free is { } bounds)
        {
            Wrong(AmountField, CreditPage.Problem(visit, bounds, Amount, out free));
        }
        var currency = visit.Asset(offer.Currency);
        bool isPriced = Problem(AmountField) is null;
        Wrong(CapField, Pages.AmountField.Problem(language, currency, currency.MinorDigits, Cap, out decimal cap)
            ?? (isPriced && cap < offer.Price(free) ? language.Text("error.auto.cap", ("price", language.Exact(currency, offer.Price(free)))) : null));
        if (isPriced && Chosen is not null && !CanCharge(visit, Chosen.Processor, currency, offer.Price(free)))
        {
            Wrong(offer.Free is null ? WhatField : AmountField, language["error.auto.refused"]);
        }
        if (!HasProblems)
        {
            Input = new SetAutoRechargeInput
            {
                CustomerId = visit.CustomerId,
                Asset = asset.Id,
                Threshold = threshold,
                Pack = offer.Pack?.Id,
                Amount = offer.Free is null ? null : free,
                Currency = offer.Free?.Currency,
                MonthlyCap = cap,
                Processor = Chosen!.Processor,
                Consent = new ConsentInput { TextVersion = consent, Address = AddressOf(visit) },
            };
        }
    }

    private static bool CanCharge(PortalVisit visit, string processor, Asset currency, decimal price) =>
        visit.Billing.Reads<IProcessors>().Find(visit.Caller, processor) is { Capabilities: var can }
        && Money.Amount.TryFrom(currency, price, out var amount) && can.Takes(currency) && can.CanPay(amount) && amount.Units >= can.Least(currency).Units;

    private static string? AddressOf(PortalVisit visit)
    {
        IPAddress? address = visit.Context.Connection.RemoteIpAddress;
        return address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4().ToString() : address?.ToString();
    }
}
