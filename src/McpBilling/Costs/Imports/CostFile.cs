using McpBilling.Operations;

namespace McpBilling.Costs.Imports;

/// <summary>Files of costs that others have kept: read into reports of model calls. A record that is wrong is named by its line and holds back no other.</summary>
public static class CostFile
{
    private static readonly ICostFileFormat[] Formats = [new HeliconeExport(), new LiteLlmSpendLog(), new LangfuseExport(), new RawResponses()];

    /// <summary>The names of the formats.</summary>
    public static IReadOnlyList<string> FormatNames { get; } = [.. Formats.Select(f => f.Name)];

    /// <summary>Reads a file, record by record.</summary>
    /// <exception cref="BillingException"><c>invalid_request</c> at <c>format</c>.</exception>
    /// <exception cref="FormatException">The file as a whole is neither JSON, JSON Lines nor CSV.</exception>
    public static IEnumerable<ImportedCost> Read(TextReader text, string formatName, ImportSettings settings)
    {
        var format = Array.Find(Formats, f => f.Name == formatName)
            ?? throw new BillingException(ErrorCode.InvalidRequest, $"format must be one of {string.Join(", ", FormatNames)}. {NearestName.Hint(formatName, FormatNames)}".TrimEnd(), "format");
        return FileRecords.Read(text).SelectMany(record => record.Value is { } value
            ? Checked(format, new FileRecord(value, record.Line), settings)
            : [new ImportedCost(record.Line) { Problem = "not a JSON object" }]);
    }

    private static List<ImportedCost> Checked(ICostFileFormat format, FileRecord record, ImportSettings settings)
    {
        try
        {
            return [.. format.Read(record, settings).Select(Drafted)];
        }
        catch (BillingException e)
        {
            return [new ImportedCost(record.Line) { Problem = e.Detail }];
        }
        catch (InvalidOperationException)
        {
            return [new ImportedCost(record.Line) { Problem = "a text in it is not Unicode" }];
        }
    }

    private static ImportedCost Drafted(ImportedCost imported)
    {
        if (imported.Cost is not { } cost)
        {
            return imported;
        }
        if (!cost.IsWithinBounds())
        {
            // Longer texts and other scripts are right over REST; in a file they stand where names and ids should.
            throw new BillingException(ErrorCode.InvalidRequest, "id, provider, model, operation_id, subject and feature must be printable ASCII of at most 128 characters (id: 255).");
        }
        return imported with { Draft = CostDraft.Read(cost, cost.Subject, cost.Feature, "") };
    }
}
