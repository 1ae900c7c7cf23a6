using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Payments;
using McpBilling.Portal;
using McpBilling.Server.Portal;
using McpBilling.Wallets;

namespace McpBilling.Server.Receipts;

/// <summary>
/// What a receipt says on paper, line by line, in one language. In the customer's own where its letters can be written: Arabic joins its letters and Japanese has
/// thousands, and neither is in the fonts (Receipts/README.md), so their receipts are English, as their pages say beside the link. A name that cannot be written stands as the id that the app
/// knows it by.
/// </summary>
internal sealed record ReceiptDocument
{
    public required string Title { get; init; }

    /// <summary>ISO 639-1: what it is written in.</summary>
    public required string Language { get; init; }

    /// <summary>The receipt's id.</summary>
    public required string Id { get; init; }

    public required Instant PaidAt { get; init; }

    public string? Seller { get; init; }

    /// <summary>Above everything: that no real money moved. Null in a live workspace.</summary>
    public string? Notice { get; init; }

    public required IReadOnlyList<ReceiptLine> Facts { get; init; }
    public required IReadOnlyList<ReceiptLine> Items { get; init; }
    public required IReadOnlyList<ReceiptLine> Sums { get; init; }

    /// <summary>What went back, or is about to.</summary>
    public required IReadOnlyList<ReceiptLine> Refunds { get; init; }

    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>The language that receipts of a page's language are written in.</summary>
    public static Language LanguageOf(Language page) => ReceiptLetters.CanWrite(page["receipt.title"]) ? page : Server.Portal.Language.Of(PortalLanguages.Default);

    public static ReceiptDocument Of(PortalVisit visit, GetReceiptOutput found)
    {
        var (language, receipt, order) = (LanguageOf(visit.Language), found.Receipt, found.TopUp);
        string Money(AssetAmount amount, int sign = 1)
        {
            var asset = visit.Asset(amount.Asset);
            return language.Exact(ReceiptLetters.CanWrite(asset.Name) ? asset : asset with { Name = asset.Id }, sign * PortalVisit.Decimal(amount.Amount));
        }
        string Day(Instant at) => language.Date(visit.DayOf(at));
        string? seller = visit.Brand.Name is { } name && ReceiptLetters.CanWrite(name) ? name : null;
        List<ReceiptLine> facts = [];
        if (seller is not null)
        {
            facts.Add(new(language["receipt.from"], seller));
        }
        facts.Add(new(language["receipt.to"], found.CustomerName is { } customer && ReceiptLetters.CanWrite(customer) ? customer : found.CustomerId));
        facts.Add(new(language["receipt.number"], receipt.Id));
        facts.Add(new(language["receipt.date"], Day(receipt.PaidAt)));
        if (order is not null)
        {
            facts.Add(new(language["receipt.method"], MethodOf(order, language)));
        }
        List<ReceiptLine> items = [new(language.Text("receipt.item", ("credit", Money(receipt.Credit))), Money(receipt.Paid))];
        if (order?.Bonus is { } bonus)
        {
            items.Add(new(language.Text("receipt.bonus", ("credit", Money(bonus))), Money(receipt.Paid with { Amount = "0" })));
        }
        List<ReceiptLine> sums = [new(language["receipt.total"], Money(receipt.Paid))];
        if (order?.Tax is { } tax)
        {
            sums.Add(new(language["receipt.tax"], Money(tax)));
            sums.Add(new(language["receipt.sum"], Money(tax with { Amount = Sum(tax, receipt.Paid) })));
        }
        var refunds = (order?.Refunds ?? []).Where(r => r.Status != RefundStatus.Failed);
        List<string> notes = [];
        if (receipt.ExpiresAt is { } expires)
        {
            notes.Add(language.Text("receipt.expires", ("date", Day(expires))));
        }
        if (receipt.Voided == true)
        {
            notes.Add(language["receipt.voided"]);
        }
        return new ReceiptDocument
        {
            Title = language["receipt.title"],
            Language = language.Code,
            Id = receipt.Id,
            PaidAt = receipt.PaidAt,
            Seller = seller,
            Notice = visit.Session.Mode == Mode.Test ? language["portal.test"] : null,
            Facts = facts,
            Items = items,
            Sums = sums,
            Refunds = [.. refunds.Select(r => new ReceiptLine(language.Text(r.Status == RefundStatus.Pending ? "receipt.refunding" : "receipt.refunded", ("date", Day(r.CreatedAt))), Money(r.Amount, -1)))],
            Notes = notes,
        };
    }

    /// <summary>Who took the money, and the number under which they know it: what the ledger knows of a payment. Cards are known to the processor alone.</summary>
    public static string MethodOf(TopUpView order, Language language)
    {
        string who = order.Processor switch
        {
            "stripe" => "Stripe",
            "sandbox" => language["receipt.method.sandbox"],
            _ => language["receipt.method.manual"],
        };
        return order.Payment is { } payment && ReceiptLetters.CanWrite(payment) ? $"{who}, {payment}" : who;
    }

    private static string Sum(AssetAmount one, AssetAmount other) =>
        (PortalVisit.Decimal(one.Amount) + PortalVisit.Decimal(other.Amount)).ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>A line: what, and its value or amount.</summary>
internal readonly record struct ReceiptLine(string What, string Value);
