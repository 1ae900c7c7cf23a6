namespace McpBilling.Storage;

/// <summary>
/// A statement that is prepared once and bound by position (from 1), with <c>?</c> where values go: the hot path's way around ADO.NET's parameters and boxing.
/// Belongs to one connection, and to one thread at a time.
/// </summary>
internal abstract class Statement : IDisposable
{
    public abstract Statement Bind(int index, long value);

    public abstract Statement Bind(int index, long? value);

    public abstract Statement Bind(int index, string? text);

    /// <summary>Binds text that is UTF-8 already.</summary>
    public abstract Statement BindUtf8(int index, ReadOnlyMemory<byte> text);

    /// <summary>Runs a statement that gives no rows. An engine may wait with it until something is read or committed.</summary>
    /// <exception cref="StorageException">The database refused it.</exception>
    public abstract void Run();

    /// <summary>The next row; false, and ready to be bound again, after the last.</summary>
    /// <exception cref="StorageException">The database refused it.</exception>
    public abstract bool Next();

    /// <summary>
    /// Says that it will be run next with the values that are bound, after what was expected of it before. An engine that is far away then asks for all that is
    /// expected of its connection at once, with the first of them. Whoever expects runs them in that order, before anything is written; what is passed over was asked for in vain.
    /// </summary>
    public virtual void Expect()
    {
    }

    /// <summary>Leaves the rows that were not read.</summary>
    public abstract void Reset();

    public abstract long Long(int column);

    public abstract bool IsNull(int column);

    public abstract string Text(int column);

    /// <summary>The text's bytes, valid until the next step.</summary>
    public abstract ReadOnlySpan<byte> Utf8(int column);

    /// <summary>All rows that are left, read one after the other.</summary>
    public List<T> All<T>(Func<Statement, T> read)
    {
        var rows = new List<T>();
        while (Next())
        {
            rows.Add(read(this));
        }
        return rows;
    }

    /// <summary>Reads what a statement answers for each of some values, all of which are expected at once.</summary>
    /// <param name="bind">Binds it for a value.</param>
    /// <param name="read">Reads its rows to the end.</param>
    public static List<T> ForEach<TValue, T>(IReadOnlyCollection<TValue> values, Func<TValue, Statement> bind, Func<Statement, T> read)
    {
        foreach (var value in values)
        {
            bind(value).Expect();
        }
        return [.. values.Select(value => read(bind(value)))];
    }

    public int Int(int column) => (int)Long(column);

    public long? LongOrNull(int column) => IsNull(column) ? null : Long(column);

    public string? TextOrNull(int column) => IsNull(column) ? null : Text(column);

    public abstract void Dispose();
}
