using System.Numerics;

namespace McpBilling.Bench.Load;

/// <summary>Counts durations in buckets whose width is at most 1/32 of their value, so a percentile is right to 3 %.</summary>
internal sealed class Histogram
{
    private const int Fine = 32;
    private readonly long[] buckets = new long[64 * Fine];

    public long Count { get; private set; }

    public void Add(TimeSpan time)
    {
        buckets[IndexOf(Math.Max(0, time.Ticks))]++;
        Count++;
    }

    public void Add(Histogram other)
    {
        for (int i = 0; i < buckets.Length; i++)
        {
            buckets[i] += other.buckets[i];
        }
        Count += other.Count;
    }

    public TimeSpan Within(double share)
    {
        long left = (long)Math.Ceiling(share * Count);
        for (int i = 0; i < buckets.Length; i++)
        {
            left -= buckets[i];
            if (left <= 0)
            {
                return TimeSpan.FromTicks(UpperOf(i));
            }
        }
        return TimeSpan.Zero;
    }

    private static int IndexOf(long ticks)
    {
        int shift = Math.Max(0, BitOperations.Log2((ulong)ticks | 1) - 5);
        return (shift * Fine) + (int)(ticks >> shift);
    }

    private static long UpperOf(int index)
    {
        int shift = Math.Max(0, (index / Fine) - 1);
        return ((long)(index - (shift * Fine)) + 1) << shift;
    }
}
