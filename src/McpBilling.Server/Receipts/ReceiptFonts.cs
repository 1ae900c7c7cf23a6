using PdfSharp.Fonts;

namespace McpBilling.Server.Receipts;

/// <summary>
/// The fonts of receipts: DejaVu Sans, cut down to Latin, Greek and Cyrillic letters, punctuation and signs of currencies (Receipts/README.md). No font of the
/// machine is used, so that a receipt looks the same wherever it is made.
/// </summary>
internal sealed class ReceiptFonts : IFontResolver
{
    public const string Family = "DejaVu Sans";

    private static readonly Lazy<bool> Installed = new(static () =>
    {
        GlobalFontSettings.FontResolver = new ReceiptFonts();
        return true;
    });

    /// <summary>Makes these the fonts of the library, once.</summary>
    public static void Install() => _ = Installed.Value;

    public byte[] GetFont(string faceName)
    {
        using var stream = typeof(ReceiptFonts).Assembly.GetManifestResourceStream($"receipts/{faceName}.ttf")!;
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    public FontResolverInfo? ResolveTypeface(string familyName, bool bold, bool italic) => new(bold ? "DejaVuSans-Bold" : "DejaVuSans");
}
