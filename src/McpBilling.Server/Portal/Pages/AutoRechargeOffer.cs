using McpBilling.Catalog;
using McpBilling.Money;
using McpBilling.Payments;

namespace McpBilling.Server.Portal.Pages;

/// <summary>Something that a recharge may buy: a pack of the catalog, or an amount of the customer's choice.</summary>
/// <param name="Value">Its name in the form.</param>
internal sealed record AutoRechargeOffer(string Value, TopUpPack? Pack, FreeTopUp? Free)
{
    public string Currency => Pack?.Currency ?? Free!.Currency;

    /// <summary>What buys an asset, in the catalog's order.</summary>
    public static IReadOnlyList<AutoRechargeOffer> Of(CatalogSnapshot catalog, string asset) => catalog.Document.TopUps is not { } offered ? [] :
    [
        .. offered.Packs.Where(p => p.Credit.Asset == asset).Select(p => new AutoRechargeOffer("pack:" + p.Id, p, null)),
        // Of one currency and asset there is one.
        .. offered.FreeAmounts.Where(f => f.Asset == asset).Select(f => new AutoRechargeOffer("free:" + f.Currency, null, f)),
    ];

    /// <summary>What settings buy; null: it is not offered any more.</summary>
    public static AutoRechargeOffer? Of(CatalogSnapshot catalog, AutoRechargeView settings) =>
        Of(catalog, settings.Asset).FirstOrDefault(o => settings.Pack is { } pack ? o.Pack?.Id == pack : o.Free?.Currency == settings.Currency);

    /// <summary>The assets that can be bought, each once, in the catalog's order.</summary>
    public static IEnumerable<string> Assets(CatalogSnapshot catalog) => catalog.Document.TopUps is not { } offered ? [] :
        offered.Packs.Select(p => p.Credit.Asset).Concat(offered.FreeAmounts.Select(f => f.Asset)).Distinct(StringComparer.Ordinal);

    /// <summary>What one charge takes, without tax.</summary>
    /// <param name="chosen">The amount of the customer's choice, where there is no pack.</param>
    public decimal Price(decimal chosen) => Pack?.Price ?? chosen;

    /// <summary>What one charge brings.</summary>
    public decimal Credit(Asset asset, decimal chosen) =>
        Pack is { } pack ? pack.Credit.Amount + (pack.Bonus?.Amount ?? 0) : new Amount(asset, TopUpPrices.CreditOf(Free!, chosen, asset) ?? 0).ToDecimal();

    public string Name(PortalVisit visit) => Pack is { } pack
        ? visit.Language.Text(
            "auto.what.pack", ("name", pack.Name ?? pack.Id), ("credit", visit.Language.Exact(visit.Asset(pack.Credit.Asset), Credit(visit.Asset(pack.Credit.Asset), 0))),
            ("price", visit.Language.Exact(visit.Asset(pack.Currency), pack.Price)))
        : visit.Language.Text("auto.what.free", ("currency", Free!.Currency.ToUpperInvariant()));
}
