using System.Data.Common;
using McpBilling.Costs;
using McpBilling.Storage.Writing;

namespace McpBilling.Storage.Sums;

/// <summary>The writer's statements on postings. All of it runs on the writer's thread.</summary>
internal sealed class PostingRows : IDisposable
{
    private readonly Statements _statements;
    private readonly Statement _append, _point, _setPoint, _deleteFolded;
    private readonly RowJson _json = new();

    public PostingRows(DbConnection db)
    {
        _statements = new Statements(db);
        _append = _statements.Prepare("INSERT INTO cost_posting (workspace_id, upto, postings) VALUES (?, ?, ?)");
        _point = _statements.Prepare(PendingPostings.SelectPoint);
        _setPoint = _statements.Prepare(
            """
            INSERT INTO cost_fold (workspace_id, folded, through, dimension, day, key) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (workspace_id) DO UPDATE SET folded = excluded.folded, through = excluded.through, dimension = excluded.dimension, day = excluded.day, key = excluded.key
            """);
        _deleteFolded = _statements.Prepare("DELETE FROM cost_posting WHERE workspace_id = ? AND upto <= ?");
    }

    /// <summary>Leaves postings to be added later.</summary>
    /// <param name="upto">How many there are in the workspace, with these.</param>
    public void Append(long workspaceKey, long upto, IReadOnlyList<DayPosting> postings) =>
        _append.Bind(1, workspaceKey).Bind(2, upto).BindUtf8(3, _json.Of(postings, PostingText.Write)).Run();

    /// <summary>How far a workspace's postings have been added.</summary>
    public FoldPoint PointOf(long workspaceKey) => PendingPostings.PointOf(_point, workspaceKey);

    /// <summary>Says how far they have been added, and deletes those that have been, as a whole.</summary>
    public void SetPoint(long workspaceKey, FoldPoint point)
    {
        _setPoint.Bind(1, workspaceKey).Bind(2, point.Folded).Bind(3, point.Through).Bind(4, (long)point.Done.Dimension).Bind(5, point.Done.Day).Bind(6, point.Done.Key).Run();
        if (point.Through == point.Folded)
        {
            _deleteFolded.Bind(1, workspaceKey).Bind(2, point.Folded).Run();
        }
    }

    public void Dispose()
    {
        _statements.Dispose();
        _json.Dispose();
    }
}
