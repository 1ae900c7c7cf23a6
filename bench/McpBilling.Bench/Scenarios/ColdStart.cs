namespace McpBilling.Bench.Scenarios;

/// <summary>The packaged program beside npm's server-everything, each from process start to the answer of tools/list, in turns.</summary>
internal static class ColdStart
{
    /// <returns>For each contender its name and its times, turn by turn.</returns>
    public static IReadOnlyList<(string Name, double[] Milliseconds)> Run(ColdStartOptions options, string folder)
    {
        string data = Path.Combine(folder, "cold.db");
        (string Name, string Program, string[] Arguments)[] contenders =
        [
            ("server-everything", options.Node, [options.Everything, "stdio"]),
            ("mcp-billing stdio", options.Program, ["stdio", "--data", data]),
            ("mcp-billing stdio --no-http", options.Program, ["stdio", "--no-http", "--data", data]),
        ];
        var times = contenders.Select(_ => new List<double>()).ToArray();
        // The first turn warms the disk and makes the data file; it does not count.
        for (int turn = 0; turn <= options.Turns; turn++)
        {
            foreach (var (contender, taken) in contenders.Zip(times))
            {
                double time = StartTimes.ToolsList(contender.Program, contender.Arguments).TotalMilliseconds;
                if (turn > 0)
                {
                    taken.Add(time);
                }
            }
        }
        return [.. contenders.Zip(times, (c, t) => (c.Name, t.ToArray()))];
    }
}

/// <param name="Program">The published mcp-billing (not its dll).</param>
/// <param name="Node">With which server-everything is started.</param>
/// <param name="Everything">dist/index.js of @modelcontextprotocol/server-everything.</param>
/// <param name="Turns">How many starts of each.</param>
internal sealed record ColdStartOptions(string Program, string Node, string Everything, int Turns);
