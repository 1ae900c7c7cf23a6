using System.Data.Common;
using McpBilling.Costs;

namespace McpBilling.Storage.Sums;

/// <summary>What a snapshot has of postings that are not in the sums of days yet: whoever reads <c>cost_day</c> adds it.</summary>
internal sealed class PendingPostings
{
    private readonly List<(long Upto, DayPosting Posting)> _postings = [];

    /// <summary>How far the others have been added.</summary>
    public FoldPoint Point { get; private init; }

    /// <summary>The last posting, as it is counted; nothing waits where it is <see cref="FoldPoint.Folded"/>.</summary>
    public long Last { get; private set; }

    /// <param name="inFold">Only those that a fold was begun with, where one was.</param>
    public static PendingPostings Read(DbConnection connection, long workspaceKey, bool inFold = false)
    {
        using var position = connection.Statement(SelectPoint);
        var point = PointOf(position, workspaceKey);
        var pending = new PendingPostings { Point = point, Last = point.Folded };
        using var rows = connection.Statement("SELECT upto, postings FROM cost_posting WHERE workspace_id = ? AND upto > ? AND upto <= ? ORDER BY upto");
        rows.Bind(1, workspaceKey).Bind(2, point.Folded).Bind(3, inFold && point.Through > point.Folded ? point.Through : long.MaxValue);
        while (rows.Next())
        {
            pending.Last = rows.Long(0);
            pending._postings.AddRange(PostingText.Read(rows.Utf8(1)).Select(p => (pending.Last, p)));
        }
        return pending;
    }

    /// <summary>What <see cref="PointOf"/> asks.</summary>
    public const string SelectPoint = "SELECT folded, through, dimension, day, key FROM cost_fold WHERE workspace_id = ?";

    /// <summary>How far a workspace's postings have been added.</summary>
    public static FoldPoint PointOf(Statement row, long workspaceKey)
    {
        row.Bind(1, workspaceKey);
        var point = row.Next() ? new FoldPoint(row.Long(0), row.Long(1), new((CostDimension)row.Long(2), row.Long(3), row.Text(4))) : FoldPoint.At(0);
        row.Reset();
        return point;
    }

    /// <summary>What is to be added to the sums of a dimension; the same sum may come several times.</summary>
    public IEnumerable<(CostDayKey Key, CostDaySum Sum)> Of(CostDimension dimension)
    {
        foreach (var (upto, posting) in _postings)
        {
            foreach (var (key, sum) in posting.Of(dimension))
            {
                if (!Point.Has(upto, key))
                {
                    yield return (key, sum);
                }
            }
        }
    }

    /// <summary>What is to be added to each sum.</summary>
    public DaySums Sums()
    {
        var sums = new DaySums();
        foreach (var dimension in DayPosting.Dimensions)
        {
            foreach (var (key, sum) in Of(dimension))
            {
                sums.Add(key, sum);
            }
        }
        return sums;
    }
}
