namespace McpBilling.Storage.Reading;

/// <summary>
/// Rows that are found by their keys. All are expected at once, so that a server is asked for them together, and with whatever else is expected of the connection by the time the first is read.
/// </summary>
/// <param name="bind">Binds the question for a key.</param>
/// <param name="read">Reads the row of a key, on which the question stands.</param>
internal sealed class ExpectedRows<T>
{
    // So many values go with a question; a file takes them one by one.
    private const int AtOnce = 1000;

    private readonly List<long> _keys;
    private readonly Func<long, Statement> _bind;
    private readonly Func<long, Statement, T> _read;
    private Dictionary<long, T>? _rows;

    public ExpectedRows(IEnumerable<long> keys, Func<long, Statement> bind, Func<long, Statement, T> read)
    {
        (_keys, _bind, _read) = ([.. keys.Distinct()], bind, read);
        Expect(_keys.Take(AtOnce));
    }

    /// <summary>Those that there are, by their keys. Nothing may have been written since they were expected.</summary>
    public IReadOnlyDictionary<long, T> Found => _rows ??= Read();

    private Dictionary<long, T> Read()
    {
        var rows = new Dictionary<long, T>();
        foreach (var (i, some) in _keys.Chunk(AtOnce).Index())
        {
            if (i > 0)
            {
                Expect(some);
            }
            foreach (long key in some)
            {
                var row = _bind(key);
                if (row.Next())
                {
                    rows[key] = _read(key, row);
                    row.Reset();
                }
            }
        }
        return rows;
    }

    private void Expect(IEnumerable<long> keys)
    {
        foreach (long key in keys)
        {
            _bind(key).Expect();
        }
    }
}
