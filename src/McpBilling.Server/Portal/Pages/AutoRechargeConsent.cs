using McpBilling.Portal;
using McpBilling.Server.Reports;

namespace McpBilling.Server.Portal.Pages;

/// <summary>
/// What customers agree to before anything is charged by itself. Kept with each consent is its version: which text, in which language. A text that somebody may
/// have agreed to stays in the files of the languages as it is; another one gets the next number.
/// </summary>
internal static class AutoRechargeConsent
{
    /// <summary>The text that is shown now: <c>consent.1</c> …</summary>
    public const int Latest = 1;

    public static string VersionIn(Language language) => $"portal-{Latest}-{language.Code}";

    /// <summary>Whether it is the text of today, in whichever language it was read: between form and answer the visitor may have changed that.</summary>
    public static bool IsOfToday(string version) => PortalLanguages.All.Any(code => version == VersionIn(Language.Of(code)));

    public static Html Text(PortalVisit visit, string asset) =>
        visit.Language.Phrase($"consent.{Latest}", ("seller", visit.Brand.Name ?? visit.Language["consent.seller"]), ("asset", visit.Asset(asset).Name));
}
