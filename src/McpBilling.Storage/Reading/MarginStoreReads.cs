using McpBilling.Insights.Margins;
using McpBilling.Operations;

namespace McpBilling.Storage.Reading;

/// <summary>The port of margins on one data file.</summary>
internal sealed class MarginStoreReads(ReaderPool pool) : IMarginReads
{
    public ValueTask<MarginFigures?> Margins(Caller caller, MarginQuestion question, CancellationToken cancellation) =>
        new(pool.Read(r => new MarginReader(r, pool.Workspace(r, caller.WorkspaceKey), cancellation).Read(question)));
}
