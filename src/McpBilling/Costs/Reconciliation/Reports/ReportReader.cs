using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using McpBilling.Operations;

namespace McpBilling.Costs.Reconciliation.Reports;

/// <summary>Reads a provider's report, whichever it is: the document itself says so, by its fields.</summary>
public static class ReportReader
{
    // In the order in which they are tried; their fields do not overlap.
    private static readonly IReadOnlyList<IReportFormat> Formats = [new OpenAiCostReport(), new AnthropicUsageReport(), new AnthropicCostReport(), new OpenAiUsageReport()];

    private const string Known =
        "OpenAI organization/costs and organization/usage/* (JSON pages, or the dashboard's CSV), Anthropic cost_report and usage_report/messages (JSON pages, or the console's CSV)";

    /// <param name="document">The text as it was got.</param>
    /// <param name="field">The input's field that holds it, for what is wrong with it.</param>
    /// <exception cref="BillingException"><c>invalid_request</c>: no such report, another currency, a negative or fractional count, text where a number must be. Names the place.</exception>
    public static ProviderReport Read(ReportDocument document, string field)
    {
        var source = new ReportSource(document.Name, field);
        string text = document.Text.TrimStart('\uFEFF').Trim();
        if (text.Length == 0)
        {
            throw source.Problem("", "is empty.");
        }
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(document.Text)));
        if (text[0] is not ('{' or '['))
        {
            var table = CsvTable.Read(source, text);
            return Make(source, hash, TableRows(table, source), false, table);
        }
        try
        {
            var pages = ReportPages.Read(source, text);
            bool lacks = pages.Count > 0 && pages.All(p => p.ValueKind == JsonValueKind.Object) && ReportPages.LackMore(pages);
            return Make(source, hash, ReportPages.Rows(source, pages), lacks, null);
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair in an escaped text: valid JSON, but no text.
            throw source.Problem("", "holds a text with half of a surrogate pair, which is no character.");
        }
    }

    private static ProviderReport Make(ReportSource source, string hash, IEnumerable<(ReportRow? Row, Bucket Bucket)> rows, bool lacksPages, CsvTable? table)
    {
        IReportFormat? format = null;
        string? name = null;
        int? begins = null;
        var days = ImmutableSortedSet.CreateBuilder<long>();
        var facts = ImmutableArray.CreateBuilder<ProviderFact>();
        foreach (var (row, bucket) in rows)
        {
            days.Add(bucket.DayNumber);
            begins ??= bucket.DayBegins;
            if (row is null)
            {
                continue;
            }
            format ??= Formats.FirstOrDefault(f => f.Recognizes(row)) ?? throw Unknown(source, table);
            string own = format.Recognizes(row) ? format.NameOf(row) : throw row.Problem($"is no row of {format.Provider} {name}, as those before it are: give each report as a document of its own.");
            if (own != (name ??= own))
            {
                throw row.Problem($"is a row of {own}, those before it are of {name}: give each report as a document of its own.");
            }
            facts.AddRange(format.Facts(row, bucket));
        }
        return format is null ? throw (days.Count == 0 ? Unknown(source, table) : source.Problem("", "no bucket has any result, so that it does not say whose report it is: there is nothing to compare."))
            : new ProviderReport
            {
                Name = source.Name,
                Provider = format.Provider,
                Kind = format.Kind,
                Report = name!,
                Sha256 = hash,
                Facts = facts.ToImmutable(),
                Days = days.ToImmutable(),
                LacksPages = lacksPages,
                DayBegins = begins,
            };
    }

    private static IEnumerable<(ReportRow?, Bucket)> TableRows(CsvTable table, ReportSource source)
    {
        if (table.Rows(source).FirstOrDefault() is not { } first || !Formats.Any(f => f.Recognizes(first)))
        {
            throw Unknown(source, table);
        }
        // An export whose times have hours tells hours, though it does not say where each ends.
        bool isHourly = table.Has("usage_date_utc") && table.Rows(source).Any(r => r.Time("usage_date_utc") is { } at && !UtcDays.IsMidnight(at));
        foreach (var row in table.Rows(source))
        {
            var begins = row.Time("start_time", "start_time_iso", "usage_date_utc", "starting_at", "usage_date");
            var ends = row.Time("end_time", "end_time_iso", "ending_at") ?? (isHourly && begins is { } at ? at + TimeSpan.FromHours(1) : null);
            yield return (row, Bucket.Read(row, begins, ends));
        }
    }

    private static BillingException Unknown(ReportSource source, CsvTable? table) =>
        source.Problem("", $"is none of the reports that can be read: {Known}.{(table is null ? "" : $" Its columns are: {string.Join(", ", table.Names.Take(20))}.")}");
}
