using McpBilling.Insights.Margins;
using McpBilling.Operations;
using McpBilling.Storage;

namespace McpBilling.Server.Jobs;

/// <summary>
/// Looks through the month that is over for customers that lose money, in every workspace, again and again: late costs and new prices may turn a margin, and
/// what is kept already is not kept twice. It costs one report each time.
/// </summary>
internal static class MarginWatch
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(6);

    // Whoever starts the program has other things to wait for.
    private static readonly TimeSpan Delay = TimeSpan.FromMinutes(1);

    public static Round Round(IBilling billing, Database file, ILogger log)
    {
        var callers = new WorkspaceCallers(file);
        return new Round("margins", Interval, stop => Jobs.Round.ForEach(callers.All(), async caller =>
        {
            var checkedMonth = await new CheckMargins().Run(new CheckMarginsInput(), caller, billing, stop);
            if (checkedMonth.Added.Count > 0)
            {
                log.LogInformation("{Count} margin alerts of {Month} in workspace {Workspace}", checkedMonth.Added.Count, checkedMonth.Month, caller.WorkspaceKey);
            }
        }, stop))
        {
            First = Delay,
        };
    }
}
