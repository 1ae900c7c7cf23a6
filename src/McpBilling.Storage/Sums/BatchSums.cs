using System.Runtime.InteropServices;
using McpBilling.Costs;
using McpBilling.Storage.Writing;

namespace McpBilling.Storage.Sums;

/// <summary>What one batch adds to a workspace's sums.</summary>
internal sealed class BatchSums
{
    /// <summary>So many postings may wait: with more, each reader of sums would read them first, so that they are added at once.</summary>
    public const int MostWaiting = 16_384;

    private readonly List<DayPosting> _postings = [];
    private readonly Dictionary<(DayPosting Without, string Product), int> _places = [];

    public BatchSums() => Sums = new CostSums(Post);

    /// <summary>Where it is added.</summary>
    public CostSums Sums { get; }

    /// <summary>What it adds to the sums of days.</summary>
    public IReadOnlyList<DayPosting> Postings => _postings;

    /// <summary>Writes it, and counts it in the workspace.</summary>
    public void Flush(WriterSession session, WorkspaceRecord workspace)
    {
        if (workspace.LastPosting + _postings.Count - workspace.FoldedPostings <= MostWaiting)
        {
            Append(session, workspace);
        }
        else
        {
            Add(session, workspace);
        }
        foreach (var (key, sum) in Sums.Hours)
        {
            session.Costs.Add(workspace.Key, key, sum);
        }
    }

    // What is added to the same sums is one posting: of a customer who is asked for again and again, there would be hundreds.
    private void Post(DayPosting posting)
    {
        if (posting.Products is not [var product])
        {
            _postings.Add(posting);
            return;
        }
        // Everything by which it is summed.
        var place = (posting with { Sum = default, Products = default }, product.Product);
        ref int at = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, place, out bool isKnown);
        if (isKnown)
        {
            var before = _postings[at];
            _postings[at] = before with { Sum = before.Sum + posting.Sum, Products = [product with { Revenue = before.Products[0].Revenue + product.Revenue }] };
            return;
        }
        at = _postings.Count;
        _postings.Add(posting);
    }

    private void Append(WriterSession session, WorkspaceRecord workspace)
    {
        if (_postings.Count > 0)
        {
            workspace.LastPosting += _postings.Count;
            session.Postings.Append(workspace.Key, workspace.LastPosting, _postings);
        }
    }

    private void Add(WriterSession session, WorkspaceRecord workspace)
    {
        var days = new DaySums();
        foreach (var posting in _postings)
        {
            days.Add(posting);
        }
        foreach (var (key, sum) in days.All)
        {
            session.Costs.Add(workspace.Key, key, sum);
        }
    }
}
