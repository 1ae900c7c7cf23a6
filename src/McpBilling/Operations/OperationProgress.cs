namespace McpBilling.Operations;

/// <summary>How far a long operation has come. Doors that can show it do; the others run the operation without.</summary>
/// <param name="Done">Units of work that are done; never falls within one run …</param>
/// <param name="Total">… of so many.</param>
/// <param name="Message">What is being done, in a few words for a person.</param>
public readonly record struct OperationProgress(long Done, long Total, string Message);
