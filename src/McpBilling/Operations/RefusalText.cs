namespace McpBilling.Operations;

/// <summary>
/// The words of a refusal. What they repeat of an input is masked (<see cref="SecretText"/>) and never long: an id of a megabyte must not come back as a
/// megabyte, to be logged, or to be read by a model that asked for one line.
/// </summary>
internal static class RefusalText
{
    /// <summary>In characters; no refusal that was written by hand comes near it.</summary>
    public const int MaxLength = 4_000;

    public static string Of(string text) => Cut(SecretText.Masked(text));

    public static string Cut(string text) =>
        text.Length <= MaxLength ? text : text[..(char.IsHighSurrogate(text[MaxLength - 1]) ? MaxLength - 1 : MaxLength)] + "…";
}
