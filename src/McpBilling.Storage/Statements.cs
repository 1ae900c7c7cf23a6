using System.Data.Common;

namespace McpBilling.Storage;

/// <summary>The statements of one owner on a connection, which end together.</summary>
internal sealed class Statements(DbConnection db) : IDisposable
{
    private readonly List<Statement> _all = [];

    public Statement Prepare(string sql)
    {
        var statement = db.Statement(sql);
        _all.Add(statement);
        return statement;
    }

    public void Dispose()
    {
        foreach (var statement in _all)
        {
            statement.Dispose();
        }
    }
}
