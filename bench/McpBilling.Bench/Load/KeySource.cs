namespace McpBilling.Bench.Load;

/// <summary>Random (version 4) UUIDs as text, as clients send them: the worst that an index of keys can get. Seeded, and one per sending thread.</summary>
internal sealed class KeySource(ulong seed)
{
    public const int Length = 36;

    private ulong state = seed;

    public void Write(Span<byte> text)
    {
        Hex(Next(), text[..8], 8);
        text[8] = (byte)'-';
        ulong middle = Next();
        Hex(middle, text[9..13], 4);
        text[13] = (byte)'-';
        text[14] = (byte)'4';
        Hex(middle >> 16, text[15..18], 3);
        text[18] = (byte)'-';
        Hex(0x8000 | ((middle >> 32) & 0x3fff), text[19..23], 4);
        text[23] = (byte)'-';
        Hex(Next(), text[24..36], 12);
    }

    public int Below(int bound) => (int)(Next() % (ulong)bound);

    // SplitMix64: every seed gives a stream of its own.
    private ulong Next()
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    private static void Hex(ulong value, Span<byte> text, int digits)
    {
        for (int i = digits - 1; i >= 0; i--, value >>= 4)
        {
            text[i] = "0123456789abcdef"u8[(int)(value & 15)];
        }
    }
}
