using McpBilling.Insights;

namespace McpBilling.Tests.Insights;

public sealed class PercentilesTests
{
    [Fact]
    public void The_nearest_rank_is_what_so_many_of_a_hundred_do_not_exceed()
    {
        Assert.Equal([10, 50, 75, 99], Percentiles.Of(Enumerable.Range(1, 100).Select(i => ((long)i, 1L)), 10, 50, 75, 99));
        Assert.Equal([15, 20, 50], Percentiles.Of([(50, 1), (20, 1), (15, 1), (40, 1), (35, 1)], 10, 30, 95));
        Assert.Equal([7, 7], Percentiles.Of([(7, 1)], 1, 99));
        Assert.Equal([0], Percentiles.Of([], 50));
    }

    [Fact]
    public void Many_of_the_same_count_as_many()
    {
        var random = new Random(5);
        for (int round = 0; round < 200; round++)
        {
            var groups = Enumerable.Range(0, 1 + random.Next(6)).Select(_ => ((long)random.Next(-5, 20), (long)random.Next(1, 30))).ToList();
            var singly = groups.SelectMany(g => Enumerable.Repeat((g.Item1, 1L), (int)g.Item2));
            Assert.Equal(Percentiles.Of(singly, 10, 50, 75, 90, 95, 99), Percentiles.Of(groups, 10, 50, 75, 90, 95, 99));
        }
    }
}
