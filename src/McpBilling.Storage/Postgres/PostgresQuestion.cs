using Npgsql;

namespace McpBilling.Storage.Postgres;

/// <summary>One of the questions that are asked at once: a statement, with one row of values or with several, which the server answers many times faster together than one by one.</summary>
internal sealed class PostgresQuestion
{
    private readonly PostgresStatement _statement;
    private readonly List<PostgresValue[]> _values;

    private PostgresQuestion(PostgresStatement statement, List<PostgresValue[]> values) => (_statement, _values) = (statement, values);

    /// <summary>What is expected as few questions. Each statement has its answers in the order in which they were expected of it.</summary>
    public static List<PostgresQuestion> Of(IEnumerable<(PostgresStatement Statement, PostgresValue[] Values)> expected) =>
    [
        .. from of in expected.GroupBy(e => e.Statement, e => e.Values)
           from some in of.Key.Sql.OfSome is null ? of.Select(one => new List<PostgresValue[]> { one }) : [of.ToList()]
           select new PostgresQuestion(of.Key, some),
    ];

    public NpgsqlBatchCommand Command() => _values is [var one] ? _statement.Sql.Command(one) : PostgresValue.Command(_statement.Sql.OfSome!, _values);

    /// <summary>Hands its rows to the statement.</summary>
    /// <param name="turn">The connection's, for which they are good.</param>
    public void Take(NpgsqlDataReader reader, int turn)
    {
        var answers = _values.ConvertAll(_ => new Queue<object[]>());
        while (reader.Read())
        {
            var row = PostgresStatement.Values(reader);
            if (_values.Count == 1)
            {
                answers[0].Enqueue(row);
            }
            else
            {
                answers[(int)(long)row[0] - 1].Enqueue(row[1..]);
            }
        }
        foreach (var (values, rows) in _values.Zip(answers))
        {
            _statement.Answer(values, turn, rows);
        }
    }
}
