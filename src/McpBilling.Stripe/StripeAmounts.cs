using System.Collections.Frozen;
using McpBilling.Money;

namespace McpBilling.Stripe;

/// <summary>
/// Amounts as Stripe counts them, in a currency's minor units, and its bounds. Source: Stripe's documentation of currencies. It is not ISO 4217 everywhere:
/// krónur and Ugandan shillings go with two digits that are always 00, ariary with none, and of three digits the last is always 0.
/// </summary>
internal static class StripeAmounts
{
    // At most eight digits, whatever the currency; a few have more, which nobody tops up by.
    private const long Most = 99_999_999;

    private static readonly FrozenSet<string> ZeroDecimal = Set("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf");
    private static readonly FrozenSet<string> ThreeDecimal = Set("bhd jod kwd omr tnd");
    private static readonly FrozenSet<string> TwoDecimalWhole = Set("isk ugx");

    private static readonly FrozenSet<string> TwoDecimal = Set(
        "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip " +
        "gmd gtq gyd hkd hnl htg huf idr ils inr jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen " +
        "pgk php pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd szl thb tjs top try ttd twd tzs uah usd uyu uzs wst xcd xcg yer zar zmw");

    // In minor units. What is not listed has no published bound in its own currency: Stripe then asks for half a dollar's worth, and says so when it is less.
    private static readonly FrozenDictionary<string, long> LeastUnits = new Dictionary<string, long>
    {
        ["aed"] = 200,
        ["aud"] = 50,
        ["bgn"] = 100,
        ["brl"] = 50,
        ["cad"] = 50,
        ["chf"] = 50,
        ["czk"] = 1500,
        ["dkk"] = 250,
        ["eur"] = 50,
        ["gbp"] = 30,
        ["hkd"] = 400,
        ["huf"] = 17500,
        ["inr"] = 50,
        ["jpy"] = 50,
        ["mxn"] = 1000,
        ["myr"] = 200,
        ["nok"] = 300,
        ["nzd"] = 50,
        ["pln"] = 200,
        ["ron"] = 200,
        ["sek"] = 300,
        ["sgd"] = 50,
        ["thb"] = 1000,
        ["usd"] = 50,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static bool Takes(Asset asset) => asset.IsCurrency && Digits(asset.Id) is not null;

    /// <summary>The least payment of a currency; zero where Stripe publishes none.</summary>
    public static Amount Least(Asset asset) =>
        LeastUnits.TryGetValue(asset.Id, out long units) && Takes(asset) ? From(asset, units) ?? Amount.Zero(asset) : Amount.Zero(asset);

    /// <summary>Whether it is a whole number of coins that Stripe takes, and within its bounds.</summary>
    public static bool CanPay(Amount amount) => Takes(amount.Asset) && To(amount) is > 0 and <= Most && amount.Units >= Least(amount.Asset).Units;

    /// <summary>Minor units; null: it is no whole number of them, or the currency is not taken.</summary>
    public static long? To(Amount amount)
    {
        if (!amount.Asset.IsCurrency || Digits(amount.Asset.Id) is not { } digits)
        {
            return null;
        }
        var units = (Int128)amount.Units * Power(digits);
        var whole = (Int128)Power(amount.Asset.Scale);
        if (units % whole != 0)
        {
            return null;
        }
        var minor = units / whole;
        return minor % Step(amount.Asset.Id) == 0 && minor >= long.MinValue && minor <= long.MaxValue ? (long)minor : null;
    }

    /// <summary>What Stripe reported. It is taken as it is said: a tax may have digits that a payment may not.</summary>
    /// <returns>Null: the asset's scale cannot hold it.</returns>
    public static Amount? From(Asset asset, long minor)
    {
        if (Digits(asset.Id) is not { } digits)
        {
            return null;
        }
        var units = (Int128)minor * Power(asset.Scale);
        var each = (Int128)Power(digits);
        return units % each == 0 && units / each is var exact && exact >= long.MinValue && exact <= long.MaxValue ? new Amount(asset, (long)exact) : null;
    }

    /// <summary>As <see cref="From(Asset, long)"/>, by the currency's code in any case.</summary>
    public static Amount? From(string? currency, long minor) =>
        currency is not null && Currencies.All.TryGetValue(currency.ToLowerInvariant(), out var asset) ? From(asset, minor) : null;

    private static int? Digits(string id) =>
        TwoDecimal.Contains(id) || TwoDecimalWhole.Contains(id) ? 2 : ZeroDecimal.Contains(id) ? 0 : ThreeDecimal.Contains(id) ? 3 : null;

    private static long Step(string id) => TwoDecimalWhole.Contains(id) ? 100 : ThreeDecimal.Contains(id) ? 10 : 1;

    private static long Power(int digits)
    {
        long power = 1;
        for (int i = 0; i < digits; i++)
        {
            power *= 10;
        }
        return power;
    }

    private static FrozenSet<string> Set(string codes) => codes.Split(' ').ToFrozenSet(StringComparer.Ordinal);
}
