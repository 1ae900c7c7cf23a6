using System.Collections.Immutable;
using McpBilling.Operations;

namespace McpBilling.Costs.Imports;

/// <summary>What a record of a file became: a cost, a record that is no cost of ours, or one that is wrong.</summary>
/// <param name="Line">Of the file, from 1, where the record begins; of a JSON list, the place of the record in it, from 1.</param>
public sealed record ImportedCost(int Line)
{
    /// <summary>To be sent as any report of a model call; its key is the provider's id of the response where the file has it, so that a second import adds nothing.</summary>
    public RecordLlmCostInput? Cost { get; init; }

    /// <summary>The same, read: what it used.</summary>
    public CostDraft? Draft { get; init; }

    /// <summary>Why it is no cost: a cache answered, the call failed before anything was billed, a span that is no call.</summary>
    public string? Skipped { get; init; }

    /// <summary>What is wrong with it; the other records are read all the same.</summary>
    public string? Problem { get; init; }
}

/// <summary>How a file is to be read.</summary>
public sealed record ImportSettings
{
    /// <summary>Where the customer's id stands in a record, dotted (<c>request_properties.customer</c>); null: where the format has it.</summary>
    public string? CustomerField { get; init; }

    /// <summary>Whose a record without a customer is.</summary>
    public string Customer { get; init; } = CostEvent.Unattributed;

    /// <summary>The provider of a record that names none and whose model does not tell.</summary>
    public string? Provider { get; init; }
}

/// <summary>A format of files with costs: reads one record of them.</summary>
internal interface ICostFileFormat
{
    string Name { get; }

    /// <summary>Where its records say whose a call was, best first.</summary>
    ImmutableArray<string> CustomerFields { get; }

    /// <exception cref="BillingException">The record is wrong: what and where.</exception>
    IEnumerable<ImportedCost> Read(FileRecord record, ImportSettings settings);
}
