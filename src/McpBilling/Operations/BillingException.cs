namespace McpBilling.Operations;

/// <summary>A request that was refused. It changed nothing.</summary>
public sealed class BillingException(ErrorCode code, string detail, string? field = null) : Exception(RefusalText.Of(detail))
{
    public ErrorCode Code { get; } = code;

    /// <summary>What was wrong this time, in words, without secrets or stack traces; what it repeats of an input is masked and cut (<see cref="RefusalText"/>).</summary>
    public string Detail => Message;

    /// <summary>The input field at fault, dotted (<c>event.quantity</c>), where there is one.</summary>
    public string? Field { get; } = field is null ? null : RefusalText.Cut(field);

    /// <summary>Every problem of a document that was checked as a whole.</summary>
    public IReadOnlyList<Problem> Problems { get; init; } = [];
}

/// <summary>One problem of a document or an input.</summary>
/// <param name="Pointer">JSON pointer (RFC 6901) to the place, <c>/products/0/prices/1/asset</c>; empty for the whole.</param>
/// <param name="Message">What was found and what is allowed.</param>
/// <param name="Hint">
/// The fix, where one can be named, as something to do: <c>Use "0.04".</c> (put this value there), <c>Did you mean "usd"?</c> (this name instead),
/// <c>Add id: "images".</c>, <c>Remove per.</c>, <c>Set up_to to null.</c>
/// </param>
public sealed record Problem(string Pointer, string Message, string? Hint = null)
{
    public string Pointer { get; init; } = RefusalText.Cut(Pointer);

    public string Message { get; init; } = RefusalText.Of(Message);

    public string? Hint { get; init; } = Hint is null ? null : RefusalText.Of(Hint);

    /// <summary>What stands there, as JSON, cut when it is long; null when nothing does.</summary>
    public string? Found { get; init => field = value is null ? null : RefusalText.Of(value); }

    /// <summary>What may stand there: the names, or the rule in words; null where it depends on other parts.</summary>
    public string? Allowed { get; init; }

    /// <summary>The pointer as a dotted field name (<c>products[0].prices[1].asset</c>).</summary>
    public string Field => string.Concat(Pointer.Split('/').Skip(1).Select((part, i) =>
        part.Length > 0 && part.All(char.IsAsciiDigit) ? $"[{part}]" : i == 0 ? part : "." + part));
}
