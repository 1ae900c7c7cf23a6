using System.Collections.Frozen;

namespace McpBilling.Money;

/// <summary>The ISO 4217 currencies, assets without being declared. Source: ISO 4217 list one (minor digits).</summary>
public static class Currencies
{
    /// <summary>Digits kept beyond the minor unit, so that one cent divides into ten million (DESIGN, Numbers).</summary>
    public const int ExtraDigits = 7;

    private const string ZeroDigits = "bif clp djf gnf isk jpy kmf krw pyg rwf ugx uyi vnd vuv xaf xof xpf";
    private const string ThreeDigits = "bhd iqd jod kwd lyd omr tnd";
    private const string TwoDigits =
        "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd btn bwp byn bzd cad cdf chf cny cop crc cup cve czk dkk dop dzd " +
        "egp ern etb eur fjd fkp gbp gel ghs gip gmd gtq gyd hkd hnl htg huf idr ils inr irr jmd kes kgs khr kpw kyd kzt lak lbp lkr lrd lsl mad mdl " +
        "mga mkd mmk mnt mop mru mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd rub sar sbd scr sdg sek sgd shp " +
        "sle sos srd ssp stn svc syp szl thb tjs tmt top try ttd twd tzs uah usd uyu uzs ved ves wst xcd xcg yer zar zmw zwg";

    /// <summary>Every currency by its lower-case code; scale = minor digits + 7.</summary>
    public static FrozenDictionary<string, Asset> All { get; } =
        Of(ZeroDigits, 0).Concat(Of(TwoDigits, 2)).Concat(Of(ThreeDigits, 3)).ToFrozenDictionary(a => a.Id, StringComparer.Ordinal);

    private static IEnumerable<Asset> Of(string codes, int minorDigits) =>
        codes.Split(' ').Select(code => new Asset(code, code.ToUpperInvariant(), minorDigits + ExtraDigits, minorDigits) { IsCurrency = true });
}
