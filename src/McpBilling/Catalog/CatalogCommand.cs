using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Catalog;

/// <summary>
/// Changes the catalog. The writer calls <see cref="Decide"/> with the catalog as it is inside the write transaction, stores what comes out (the
/// document, the archive, new price rows, archived price rows) unless this is a dry run, and answers <see cref="CatalogChange.Answer"/>.
/// </summary>
public sealed class CatalogCommand(Func<CatalogSnapshot, Instant, CatalogChange> decide, bool dryRun, string? previewToken = null) : Command<ApplyCatalogOutput>
{
    /// <summary>Whether the request can name the version it was made from, which a live catalog then insists on; and the version that it names.</summary>
    public (bool CanName, long? Named) ExpectedVersion { get; init; }

    /// <summary>Nothing is to be stored; the answer says what would change.</summary>
    public bool DryRun { get; } = dryRun;

    /// <exception cref="BillingException"><c>invalid_catalog</c>, <c>version_conflict</c>, <c>catalog_item_not_found</c>.</exception>
    public CatalogChange Decide(CatalogSnapshot present, Instant now) => decide(present, now);

    /// <summary>A live catalog changes only as it was shown; a test one too, where a token is sent. Called between <see cref="Decide"/> and storing.</summary>
    /// <exception cref="BillingException"><c>preview_required</c>.</exception>
    public void RequirePreview(CatalogChange change, CatalogPreviews previews, Mode mode, Instant now)
    {
        if (DryRun || !change.ChangesAnything || (mode == Mode.Test && previewToken is null))
        {
            return;
        }
        var problems = new List<Problem>();
        long version = change.Present.Version;
        if (mode == Mode.Live && ExpectedVersion is { CanName: true, Named: null })
        {
            problems.Add(new("/expected_version", "is missing: a live catalog is changed from a named version", $"Add expected_version: {version}.") { Allowed = $"{version}, the version of the preview" });
        }
        string? wrong = previewToken is null ? "is missing: a live catalog changes only after the server has shown what will change" : previews.Check(previewToken, change, now);
        if (wrong is not null)
        {
            problems.Add(new("/preview_token", wrong, "Send the same request with dry_run: true, show its changes to the user, then add preview_token from its answer.")
            {
                Allowed = "the preview_token that the dry run of exactly this change answered",
            });
        }
        if (problems.Count > 0)
        {
            throw InputGuard.Refusal(problems, ErrorCode.PreviewRequired);
        }
    }

    /// <summary>The answer; that of a dry run carries the token with which exactly this change can be made.</summary>
    public ApplyCatalogOutput Answer(CatalogChange change, CatalogPreviews previews, Instant now)
    {
        var answer = change.Answer(DryRun);
        return DryRun && change.ChangesAnything ? answer with { PreviewToken = previews.Issue(change, now) } : answer;
    }
}
