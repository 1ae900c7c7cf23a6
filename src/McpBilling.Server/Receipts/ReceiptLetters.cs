namespace McpBilling.Server.Receipts;

/// <summary>What can be written on a receipt. Apart from the fonts, so that asking loads no library.</summary>
internal static class ReceiptLetters
{
    // What both files have, in order.
    private static readonly (int First, int Last)[] Ranges =
    [
        (0x20, 0x7E), (0xA0, 0x24F), (0x370, 0x377), (0x37A, 0x37F), (0x384, 0x38A), (0x38C, 0x38C), (0x38E, 0x3A1), (0x3A3, 0x4FF), (0x1E00, 0x1EFB), (0x2010, 0x2027), (0x202F, 0x2030),
        (0x2032, 0x2033), (0x2039, 0x203A), (0x20A0, 0x20B5), (0x20B8, 0x20BA), (0x20BD, 0x20BD), (0x2116, 0x2116), (0x2122, 0x2122), (0x2212, 0x2212),
    ];

    /// <summary>Whether every letter of a text is in the fonts. Scripts whose letters must be joined or turned around are not, since the library writes letter by letter.</summary>
    public static bool CanWrite(string text) => text.All(Has);

    private static bool Has(char c)
    {
        foreach (var (first, last) in Ranges)
        {
            if (c >= first && c <= last)
            {
                return true;
            }
        }
        return false;
    }
}
