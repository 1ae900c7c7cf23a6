using System.Text.Json;

namespace McpBilling.Costs.Reconciliation.Reports;

/// <summary>A report's pages in JSON: one page, a list of pages, or a page per line.</summary>
internal static class ReportPages
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 24 };

    /// <summary>The rows with their buckets; a bucket without results gives none, but its day is told.</summary>
    public static IEnumerable<(ReportRow? Row, Bucket Bucket)> Rows(ReportSource source, IEnumerable<JsonElement> pages)
    {
        int p = 0;
        foreach (var page in pages)
        {
            string at = p++ == 0 ? "" : $"page {p}, ";
            int b = 0;
            foreach (var bucket in Data(source, page, at).EnumerateArray())
            {
                string place = $"{at}data[{b++}]";
                if (bucket.ValueKind != JsonValueKind.Object)
                {
                    throw source.Problem(place, "must be an object: a bucket of time with its results.");
                }
                var head = new JsonRow(source, place, bucket);
                var span = Bucket.Read(head, head.Time("start_time", "start_time_iso", "starting_at"), head.Time("end_time", "end_time_iso", "ending_at"));
                if (!bucket.TryGetProperty("results", out var results) && !bucket.TryGetProperty("result", out results))
                {
                    throw source.Problem(place, "has no results.");
                }
                if (results.ValueKind != JsonValueKind.Array)
                {
                    throw source.Problem(place, "results must be a list.");
                }
                yield return (null, span);
                int r = 0;
                foreach (var result in results.EnumerateArray())
                {
                    string where = $"{place}.results[{r++}]";
                    yield return (result.ValueKind == JsonValueKind.Object ? new JsonRow(source, where, result) : throw source.Problem(where, "must be an object."), span);
                }
            }
        }
    }

    /// <summary>Whether the pages say that more follow: each page but the last does.</summary>
    public static bool LackMore(IReadOnlyList<JsonElement> pages) =>
        pages.All(p => p.TryGetProperty("has_more", out var more) && more.ValueKind == JsonValueKind.True);

    public static List<JsonElement> Read(ReportSource source, string text)
    {
        List<JsonElement> pages = [];
        if (TryParse(text, out var whole) is { } wrong)
        {
            // A page per line is how scripts that follow next_page write them down.
            string[] lines = [.. text.Split('\n').Where(l => l.AsSpan().Trim().Length > 0)];
            foreach (string line in lines)
            {
                if (lines.Length == 1 || TryParse(line, out var page) is not null)
                {
                    throw source.Problem($"line {wrong.LineNumber + 1}, byte {wrong.BytePositionInLine + 1}", "is not JSON.");
                }
                pages.Add(page);
            }
        }
        else if (whole.ValueKind == JsonValueKind.Array)
        {
            pages.AddRange(whole.EnumerateArray());
        }
        else
        {
            pages.Add(whole);
        }
        return pages;
    }

    private static JsonException? TryParse(string text, out JsonElement value)
    {
        try
        {
            value = JsonElement.Parse(text, Options);
            return null;
        }
        catch (JsonException e)
        {
            value = default;
            return e;
        }
    }

    private static JsonElement Data(ReportSource source, JsonElement page, string at) =>
        page.ValueKind == JsonValueKind.Object && page.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Array
            ? data
            : throw source.Problem(at.TrimEnd(',', ' '), "is no page of a report: a page is an object whose data lists buckets of time.");
}
