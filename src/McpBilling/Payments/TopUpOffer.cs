using McpBilling.Catalog;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Payments;

/// <summary>What an order is for, as the catalog offers it.</summary>
public sealed record TopUpOffer(string? PackId, string Title, Amount Price, Amount Credit, long Bonus, int? ExpiresAfterDays, int? BonusExpiresAfterDays, int? Priority)
{
    /// <summary>The pack that is named, or the amount within its bounds.</summary>
    /// <exception cref="BillingException"><c>pack_not_found</c>, <c>payment_not_possible</c>, <c>invalid_request</c>.</exception>
    public static TopUpOffer Choose(CatalogSnapshot catalog, CreateTopUpInput input)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(input);
        if (input.Pack is { } id)
        {
            if (input.Amount is not null || input.Currency is not null || input.Asset is not null)
            {
                throw new BillingException(ErrorCode.InvalidRequest, "pack says the price and the credit. Remove amount, currency and asset, or remove pack.", "pack");
            }
            var packs = catalog.Document.TopUps?.Packs ?? [];
            return packs.FirstOrDefault(p => p.Id == id) is { } pack
                ? OfPack(catalog, pack)
                : throw new BillingException(ErrorCode.PackNotFound, $"There is no pack {WalletSession.Shown(id)}. {NearestName.Hint(id, packs.Select(p => p.Id))}".TrimEnd(), "pack");
        }
        if (input.Amount is not { } amount)
        {
            throw new BillingException(ErrorCode.InvalidRequest, "pack or amount is missing. Name a pack of the catalog, or what the customer pays.", "pack");
        }
        var free = Free(catalog, input);
        var (price, field) = (PriceOf(free.Currency, amount, "amount"), "amount");
        if (amount < free.Min || amount > free.Max)
        {
            throw new BillingException(
                ErrorCode.PaymentNotPossible, $"amount is {Quantity.Format(amount)}: the catalog takes {Quantity.Format(free.Min)} to {Quantity.Format(free.Max)} {free.Currency}. Use \"{Quantity.Format(amount < free.Min ? free.Min : free.Max)}\".", field);
        }
        var asset = catalog.RequireAsset(free.Asset);
        // The catalog's check has made sure that the most that can be paid buys no more than an account holds.
        long credit = TopUpPrices.CreditOf(free, amount, asset) ?? throw new BillingException(ErrorCode.AmountInvalid, "The credit is more than an account holds.", field);
        return new(null, Words(new Amount(asset, credit)), price, new Amount(asset, credit), 0, free.ExpiresAfterDays, null, free.Priority);
    }

    private static TopUpOffer OfPack(CatalogSnapshot catalog, TopUpPack pack)
    {
        var asset = catalog.RequireAsset(pack.Credit.Asset);
        var credit = new Amount(asset, WalletSession.Units(asset, pack.Credit.Amount, "pack"));
        long bonus = pack.Bonus is { } more ? WalletSession.Units(asset, more.Amount, "pack") : 0;
        return new(
            pack.Id, pack.Name ?? Words(credit), PriceOf(pack.Currency, pack.Price, "pack"), credit, bonus, pack.ExpiresAfterDays,
            pack.Bonus?.ExpiresAfterDays ?? pack.ExpiresAfterDays, pack.Priority);
    }

    private static FreeTopUp Free(CatalogSnapshot catalog, CreateTopUpInput input)
    {
        var all = catalog.Document.TopUps?.FreeAmounts ?? [];
        FreeTopUp[] fit = [.. all.Where(f => (input.Currency is null || f.Currency == input.Currency) && (input.Asset is null || f.Asset == input.Asset))];
        return fit.Length switch
        {
            1 => fit[0],
            0 => throw new BillingException(ErrorCode.PaymentNotPossible, all.Count == 0
                ? "The catalog's top_ups has no free_amounts: name a pack."
                : $"The catalog's free_amounts has no such pair; it has {string.Join(", ", all.Select(f => $"{f.Currency} for {f.Asset}").Take(20))}.", input.Currency is null ? "asset" : "currency"),
            _ => throw new BillingException(ErrorCode.InvalidRequest, $"It is not said which of these is meant: {string.Join(", ", fit.Select(f => $"{f.Currency} for {f.Asset}").Take(20))}. Name currency and asset.", input.Currency is null ? "currency" : "asset"),
        };
    }

    private static Amount PriceOf(string currency, decimal amount, string field)
    {
        var asset = Currencies.All[currency];
        return decimal.Round(amount, asset.MinorDigits) == amount && amount > 0
            ? new Amount(asset, WalletSession.Units(asset, amount, field))
            : throw new BillingException(ErrorCode.AmountInvalid, $"{field} is {Quantity.Format(amount)}: {currency} is paid with {asset.MinorDigits} digits after the point, above zero.", field);
    }

    private static string Words(Amount credit) => credit.Asset.IsCurrency ? $"{credit} {credit.Asset.Name} of credit" : $"{credit} {credit.Asset.Name}";
}
