using System.Diagnostics;

namespace McpBilling.Storage.Tests.Postgres;

/// <summary>Counts the ways over the network to a database.</summary>
internal static class RoundTrips
{
    /// <summary>How often the server is asked for something while work is done.</summary>
    /// <param name="database">Its name.</param>
    /// <param name="answered">Only what somebody waits for: not the end of a snapshot, which follows its answer.</param>
    public static async Task<int> Of(string database, Func<Task> work, bool answered = false)
    {
        int trips = 0;
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if (activity.TagObjects.Any(t => t.Value as string == database) && !(answered && activity.GetTagItem("db.query.text") as string == "COMMIT"))
                {
                    Interlocked.Increment(ref trips);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        await work();
        return trips;
    }
}
