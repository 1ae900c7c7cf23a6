using System.Data.Common;
using McpBilling.Storage.Postgres;
using McpBilling.Storage.Tests.Compliance;
using Microsoft.Extensions.Time.Testing;

namespace McpBilling.Storage.Tests.Postgres;

/// <summary>What is expected of a statement for several values is one question; each of them gets the rows that it would have got by itself.</summary>
public sealed class ExpectedTests : IDisposable
{
    private readonly PostgresServer _server = PostgresServer.Running;
    private readonly PostgresDatabase _database;
    private readonly string _name;

    public ExpectedTests()
    {
        string address = _server.NewDatabase();
        _name = PostgresServer.NameOf(address);
        _database = PostgresDatabase.At(address);
        Migrator.Prepare(_database, new FakeTimeProvider(StoreUnderTest.Start));
        _server.Sql(_name, "CREATE TABLE thing (a BIGINT NOT NULL, b TEXT COLLATE \"C\" NOT NULL, n BIGINT NOT NULL, c TEXT, PRIMARY KEY (a, b, n))");
        _server.Sql(_name, "INSERT INTO thing SELECT i % 5, 'b' || i % 3, i, CASE WHEN i % 4 > 0 THEN 'c''?' || i END FROM generate_series(1, 60) i");
    }

    public void Dispose() => _database.Dispose();

    [Theory]
    [InlineData("SELECT n, c FROM thing WHERE a = ? AND b = ? ORDER BY n DESC")]
    // Of so many as are named at once; what is quoted is no value.
    [InlineData("SELECT n, c FROM thing WHERE a = ?1 AND b = ?2 AND n > 20 AND c <> '?' UNION ALL SELECT n, c FROM thing WHERE a = ?1 AND b = ?2 AND n < 10")]
    // What may not be asked for together.
    [InlineData("SELECT n, c FROM thing WHERE a = ? AND b >= ? ORDER BY n LIMIT 2")]
    public void Each_value_gets_its_own_rows(string sql)
    {
        (long, string?)[] values = [(3, "b1"), (0, "b0"), (3, "b1"), (77, "b1"), (2, null), (4, "b2"), (1, "no 'such'\u0001?")];
        using var connection = _database.OpenWriter();
        using var statement = connection.Statement(sql);
        var (together, alone) = InTransaction(connection, () =>
        {
            foreach (var (a, b) in values)
            {
                statement.Bind(1, a).Bind(2, b).Expect();
            }
            var read = values.Select(v => Rows(statement, v)).ToList();
            // Nothing is expected any more.
            return (read, values.Select(v => Rows(statement, v)).ToList());
        });
        Assert.Equal(alone, together);
        Assert.Contains(together, rows => rows.Length > 0);
        Assert.Contains(together, rows => rows.Length == 0);
    }

    [Fact]
    public void Whoever_asks_otherwise_than_was_expected_gets_what_was_asked_for()
    {
        using var connection = _database.OpenWriter();
        using var statement = connection.Statement("SELECT n, c FROM thing WHERE a = ? AND b = ?");
        InTransaction(connection, () =>
        {
            foreach (long a in new long[] { 1, 2, 3 })
            {
                statement.Bind(1, a).Bind(2, "b1").Expect();
            }
            var expected = Rows(statement, (1, "b1"));
            Assert.All(Rows(statement, (3, "b1")), row => Assert.DoesNotContain(row, expected));
            Assert.Equal(Rows(statement, (1, "b1")), expected);
            return 0;
        });
    }

    [Fact]
    public async Task What_is_passed_over_or_asked_in_between_keeps_the_rest_from_nobody()
    {
        using var connection = _database.OpenReader();
        using var statement = connection.Statement("SELECT n, c FROM thing WHERE a = ? AND b = ?");
        using var other = connection.Statement("SELECT n, c FROM thing WHERE b = ? AND a = ?");
        var alone = new long[] { 0, 1, 2, 3, 4 }.Select(a => Rows(statement, (a, "b1"))).ToList();
        int trips = await RoundTrips.Of(_name, () =>
        {
            Engine.Of(connection).BeginRead(connection);
            foreach (long a in new long[] { 1, 2, 3, 4 })
            {
                statement.Bind(1, a).Bind(2, "b1").Expect();
            }
            other.Bind(1, "b1").Bind(2, 3L).Expect();
            Assert.Equal(alone[1], Rows(statement, (1, "b1")));
            Assert.Equal(alone[0], Rows(statement, (0, "b1")));
            Assert.Equal(alone[2], Rows(statement, (2, "b1")));
            Assert.Equal(alone[4], Rows(statement, (4, "b1")));
            Assert.True(other.Bind(1, "b1").Bind(2, 3L).Next());
            Assert.Equal(alone[3][0].Item1, other.Long(0));
            other.Reset();
            Engine.Of(connection).EndRead(connection);
            return Task.CompletedTask;
        });
        // What was expected, with which the transaction begins; what was not; the end.
        Assert.Equal(3, trips);
    }

    [Fact]
    public void What_was_expected_of_one_snapshot_is_no_answer_in_the_next()
    {
        using var connection = _database.OpenReader();
        using var statement = connection.Statement("SELECT n, c FROM thing WHERE a = ? AND b = ?");
        for (int turn = 0; turn < 3; turn++)
        {
            _server.Sql(_name, $"UPDATE thing SET c = 'turn {turn}' WHERE a = 1 AND b = 'b1'");
            Engine.Of(connection).BeginRead(connection);
            foreach (long a in new long[] { 3, 1 })
            {
                statement.Bind(1, a).Bind(2, "b1").Expect();
            }
            // Of the one that was expected second the answer stays behind.
            Assert.NotEmpty(Rows(statement, (3, "b1")));
            Engine.Of(connection).EndRead(connection);
            _server.Sql(_name, $"UPDATE thing SET c = 'after {turn}' WHERE a = 1 AND b = 'b1'");
            Engine.Of(connection).BeginRead(connection);
            Assert.All(Rows(statement, (1, "b1")), row => Assert.Equal($"after {turn}", row.Item2));
            Engine.Of(connection).EndRead(connection);
        }
    }

    [Theory]
    [InlineData("SELECT n FROM nothing WHERE a = ?", "42P01")]
    [InlineData("SELECT 1 / ?", "22012")]
    public void A_first_question_that_is_refused_leaves_no_transaction_behind(string sql, string state)
    {
        using var connection = _database.OpenReader();
        using var good = connection.Statement("SELECT COUNT(*) FROM thing WHERE a >= ?");
        foreach (bool expected in new[] { true, false })
        {
            using var refused = connection.Statement(sql);
            Engine.Of(connection).BeginRead(connection);
            refused.Bind(1, 0L);
            if (expected)
            {
                refused.Expect();
            }
            Assert.Equal(state, (Assert.Throws<StorageException>(() => refused.Next()).InnerException as Npgsql.PostgresException)?.SqlState);
            Engine.Of(connection).BeginRead(connection);
            Assert.True(good.Bind(1, 0L).Next());
            good.Reset();
            Engine.Of(connection).EndRead(connection);
        }
        Assert.Equal("0", _server.Sql("postgres", $"SELECT COUNT(*) FROM pg_stat_activity WHERE datname = '{_name}' AND state LIKE 'idle in transaction%'"));
    }

    [Fact]
    public async Task A_write_that_is_made_once_waits_like_the_others_and_keeps_its_place()
    {
        using var connection = _database.OpenWriter();
        using var insert = connection.Statement("INSERT INTO thing (a, b, n, c) VALUES (?, ?, ?, ?)");
        int trips = await RoundTrips.Of(_name, () =>
        {
            InTransaction(connection, () =>
            {
                insert.Bind(1, 100L).Bind(2, "b").Bind(3, 1L).Bind(4, "first").Run();
                connection.Write("UPDATE thing SET c = (SELECT CAST(COUNT(*) AS TEXT) FROM thing) || @said WHERE a = @a", ("@a", 100L), ("@said", "\u0001"));
                insert.Bind(1, 101L).Bind(2, "b").Bind(3, 2L).Bind(4, (string?)null).Run();
                return 0;
            });
            return Task.CompletedTask;
        });
        Assert.Equal(["61\u0001"], Rows(connection.Statement("SELECT n, c FROM thing WHERE a = ? AND b = ?"), (100, "b")).Select(row => row.Item2));
        Assert.Equal(2, trips);
    }

    private static T InTransaction<T>(DbConnection connection, Func<T> work) => Engine.Of(connection).InWriteTransaction(connection, work);

    private static (long, string?)[] Rows(Statement statement, (long A, string? B) values)
    {
        statement.Bind(1, values.A).Bind(2, values.B);
        var rows = new List<(long, string?)>();
        while (statement.Next())
        {
            rows.Add((statement.Long(0), statement.TextOrNull(1)));
        }
        return [.. rows];
    }
}
