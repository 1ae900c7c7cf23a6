namespace McpBilling.Operations;

/// <summary>
/// An input of the hot path, which can say by itself whether it keeps to every bound and pattern of its schema. Inputs that cannot are checked by
/// <see cref="InputGuard"/> on every request.
/// </summary>
public interface ICheckedInput
{
    /// <summary>
    /// False when the guard would report anything that deserializing does not: lengths, ranges, patterns, control characters, half surrogates. The guard then
    /// names the problem; what it lets pass is accepted.
    /// </summary>
    bool IsWithinBounds();
}
