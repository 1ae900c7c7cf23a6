using McpBilling.Money;

namespace McpBilling.Catalog;

/// <summary>What must hold of top-ups: a price that can be paid to the last coin, credit that its asset can hold, bounds in order.</summary>
internal sealed partial class CatalogChecks
{
    private void CheckTopUps()
    {
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (pointer, pack) in parts.Packs)
        {
            CheckId(pointer, pack.Id, "pack", seen);
            CheckMoney(pointer + "/price", pack.Price, CheckCurrency(pointer + "/currency", pack.Currency));
            var asset = CheckAsset(pointer + "/credit/asset", pack.Credit.Asset);
            CheckCredit(pointer + "/credit/amount", pack.Credit.Amount, asset);
            if (pack.Bonus is { } bonus)
            {
                CheckCredit(pointer + "/bonus/amount", bonus.Amount, asset);
            }
        }
        var places = new Dictionary<(string Currency, string Asset), string>();
        foreach (var (pointer, free) in parts.FreeAmounts)
        {
            CheckFree(pointer, free);
            if (!places.TryAdd((free.Currency, free.Asset), pointer))
            {
                Report(pointer, $"there is already a free amount of {free.Asset} for {free.Currency} at {places[(free.Currency, free.Asset)]}", "Remove one of the two.", allowed: "one entry per currency and asset");
            }
        }
    }

    private void CheckFree(string pointer, FreeTopUp free)
    {
        var currency = CheckCurrency(pointer + "/currency", free.Currency);
        CheckMoney(pointer + "/min", free.Min, currency);
        CheckMoney(pointer + "/max", free.Max, currency);
        if (free.Min > free.Max && free.Max > 0)
        {
            Report(pointer + "/max", $"is {Quoted(free.Max)}, less than min, {Quoted(free.Min)}", $"Use {Quoted(free.Min)} or more.", Quoted(free.Max), "min or more");
        }
        var asset = CheckAsset(pointer + "/asset", free.Asset);
        if (free.Rate <= 0)
        {
            Report(pointer + "/rate", "must be above zero", "Use \"1\" for the currency itself, \"100\" for a hundred credits per unit of it.", Quoted(free.Rate), "above zero");
        }
        else if (asset is not null && asset.Id == free.Currency && free.Rate != 1)
        {
            warnings.Add($"{pointer}: a customer who pays 1 {free.Currency} gets {Quantity.Format(free.Rate)} {free.Asset}.");
        }
        if (asset is not null && free.Rate > 0 && free.Max > 0 && TopUpPrices.CreditOf(free, free.Max, asset) is null)
        {
            Report(pointer + "/rate", $"max times rate is more {free.Asset} than an account can hold", $"Use a smaller rate or max, so that their product stays under {long.MaxValue / asset.UnitsPerWhole}.", Quoted(free.Rate), "max times rate within what an account holds");
        }
        if (asset is not null && free.Rate > 0 && free.Min > 0 && TopUpPrices.CreditOf(free, free.Min, asset) == 0)
        {
            Report(pointer + "/rate", $"min times rate is less than the smallest unit of {free.Asset}: whoever pays it would get nothing", "Use a greater rate or min.", Quoted(free.Rate), "min times rate above zero");
        }
    }

    private Asset? CheckCurrency(string pointer, string id)
    {
        if (Currencies.All.TryGetValue(id, out var currency))
        {
            return currency;
        }
        Report(pointer, $"there is no currency {Quoted(id)}: what is paid is money", Operations.NearestName.Hint(id, Currencies.All.Keys.Order(StringComparer.Ordinal)) ?? "Use an ISO 4217 code such as usd.", Quoted(id), "an ISO 4217 code such as usd");
        return null;
    }

    // Nobody can pay a fraction of a coin.
    private void CheckMoney(string pointer, decimal amount, Asset? currency)
    {
        if (amount <= 0)
        {
            Report(pointer, "must be above zero", amount < 0 ? $"Use {Quoted(-amount)}." : "Use an amount above zero such as \"10\".", Quoted(amount), "above zero");
        }
        else if (currency is not null && decimal.Round(amount, currency.MinorDigits) != amount)
        {
            Report(pointer, $"{Quantity.Format(amount)} cannot be paid: {currency.Id} has {currency.MinorDigits} digits after the point", $"Use {Quoted(Math.Max(decimal.Round(amount, currency.MinorDigits, MidpointRounding.AwayFromZero), TopUpPrices.Coin(currency)))}.", Quoted(amount), $"at most {currency.MinorDigits} digits after the point");
        }
        else if (currency is not null)
        {
            CheckScale(pointer, amount, currency);
        }
    }

    private void CheckCredit(string pointer, decimal amount, Asset? asset)
    {
        if (amount <= 0)
        {
            Report(pointer, "must be above zero", amount < 0 ? $"Use {Quoted(-amount)}." : "Use an amount above zero such as \"1000\".", Quoted(amount), "above zero");
        }
        else if (asset is not null)
        {
            CheckScale(pointer, amount, asset);
        }
    }
}
